"""Rating the health of a customer: each judgement stays, with its reason, and every engagement shows the newest."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from engagements.models import Event, HealthRating, User
from engagements.services import events, overtaking, summaries
from engagements.services.locking import lock_customer, write
from engagements.services.refusals import Refused

LONGEST = 500
CONFIRMED = "confirmed"


@write
def rate_health(
    *,
    customer_id: int,
    group: int,
    colour: str,
    why: str,
    by: User,
    today: date,
    seen: Mapping[str, Any] | None = None,
) -> Event:
    """Judges a group of services, or the customer overall (group 0), and says why.

    The same colour again confirms it; ``seen`` is the colour that stood there when the person began.
    """
    customer = lock_customer(customer_id)
    _must_be_whole(group, colour, why)
    now = newest(customer_id, group) or HealthRating(customer=customer, group=group)
    about = f"health:{customer_id}:{group}"
    before = now.colour
    overtaking.put(now, {"colour": colour}, seen=seen, object=about)
    rating = HealthRating.objects.create(
        customer=customer,
        group=group,
        colour=colour,
        before=before,
        why=why.strip(),
        on=today,
        at=timezone.now(),
        by=by,
    )
    _refresh(customer_id, group)
    after = {"rating": rating.pk, "colour": colour}
    return events.record("rated", about, by=by, customer=customer, before={"colour": before}, after=after)


@write
def confirm_health(*, customer_id: int, group: int, colour: str, by: User, today: date, why: str = CONFIRMED) -> Event:
    """Says that the colour which the person saw still holds; refused where somebody judged otherwise meanwhile."""
    lock_customer(customer_id)
    now = newest(customer_id, group)
    if now is None or now.colour != colour:
        said = f"It is {now.get_colour_display()} by now, judged {now.on:%-d %B}" if now else "Nobody rated it yet"
        raise Refused(f"{said}. Say which colour holds, and why.", "colour")
    return rate_health(customer_id=customer_id, group=group, colour=colour, why=why, by=by, today=today)


@write
def restore(event: Event, by: User) -> None:
    """Removes the rating that the event tells of; that it was given, and taken back, stays in the history."""
    customer = lock_customer(event.customer_id)
    rating = HealthRating.objects.filter(pk=event.after.get("rating"), customer=customer).first()
    if rating is None or rating != newest(customer.pk, rating.group):
        raise Refused("Somebody has rated again since. Rate anew instead.")
    group, colour, before = rating.group, rating.colour, rating.before
    rating.delete()
    _refresh(customer.pk, group)
    events.record(
        "took back", event.object, by=by, customer=customer, before={"colour": colour}, after={"colour": before}
    )


def newest(customer_id: int, group: int) -> HealthRating | None:
    """The rating that holds."""
    return HealthRating.objects.filter(customer=customer_id, group=group).order_by("-at", "-pk").first()


def _refresh(customer_id: int, group: int) -> None:
    if group == HealthRating.Group.OVERALL:
        summaries.refresh_health(customer_id)


def _must_be_whole(group: int, colour: str, why: str) -> None:
    if group not in HealthRating.Group.values:
        raise Refused("Choose what is rated: the customer overall, or one of the three groups.", "group")
    if colour not in HealthRating.Colour.values:
        raise Refused("Choose a colour.", "colour")
    if not why.strip():
        raise Refused("Say why; who reads it in a year was not there.", "why")
    if len(why.strip()) > LONGEST:
        raise Refused(f"The reason has at most {LONGEST} characters; this one has {len(why.strip())}.", "why")
