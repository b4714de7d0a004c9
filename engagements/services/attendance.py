"""Who came to a review, by the sides that its rule lets in, and whether it was held on site (R37)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from engagements.attending import why_not_in, why_not_on_site
from engagements.models import Attendance, Contact, Review, ReviewSeries, User
from engagements.selectors import people
from engagements.services import events
from engagements.services.locking import lock_customer, lock_review, write
from engagements.services.refusals import Refused

LONGEST = {"on_site_approved_by": 120, "on_site_why": 500}


@dataclass(frozen=True)
class Attending:
    """Who came, by id, and what on site asks for."""

    contacts: tuple[int, ...] = ()
    users: tuple[int, ...] = ()
    on_site: bool = False
    on_site_approved_by: str = ""
    on_site_why: str = ""


@write
def tick_attendance(*, review_id: int, attending: Attending, by: User) -> Review:
    """Keeps who came while the review is being held; closing it sends the same once more."""
    review = locked_review(review_id)
    if review.state != Review.State.PLANNED:
        raise Refused(f"This review is {review.get_state_display().lower()}; who came is not changed any more.")
    put_attendance(review, attending, by)
    return review


def locked_review(review_id: int) -> Review:
    """The review, held with its customer and tenants until the transaction ends."""
    at = ReviewSeries.objects.values_list("customer", "tenant__customer").get(reviews=review_id)
    lock_customer(at[0] or at[1])
    return lock_review(review_id)


def put_attendance(review: Review, attending: Attending, by: User) -> None:
    """Writes who came, already under the lock; somebody who never takes part is refused."""
    contacts, users = _contacts(review, attending), _users(review, attending)
    _put_on_site(review, attending, by)
    came = Attendance.State.CAME
    kept = review.attendance.filter(state=came).exclude(Q(contact__in=contacts) | Q(user__in=users))
    kept.update(state=Attendance.State.INVITED)
    there = {(row.contact_id, row.user_id) for row in review.attendance.all()}
    review.attendance.filter(Q(contact__in=contacts) | Q(user__in=users)).update(state=came)
    Attendance.objects.bulk_create(
        [
            *(Attendance(review=review, contact=one, state=came) for one in contacts if (one.pk, None) not in there),
            *(Attendance(review=review, user=one, state=came) for one in users if (None, one.pk) not in there),
        ]
    )


def audience(series: ReviewSeries) -> Mapping[str, str]:
    """Side → whether it takes part."""
    rule = series.rule
    return {
        "fasttrack": rule.fasttrack,
        "microsoft": rule.account_team,
        "customer": rule.customer,
        "partner": rule.partner,
    }


def where(series: ReviewSeries) -> dict:
    """Where the events of a series belong."""
    return {"tenant": series.tenant} if series.tenant_id else {"customer": series.customer}


def _contacts(review: Review, attending: Attending) -> list[Contact]:
    series = review.series
    customer = series.customer or series.tenant.customer
    found = list(Contact.objects.known().filter(customer=customer, pk__in=attending.contacts))
    if len(found) != len(set(attending.contacts)):
        raise Refused(f"Somebody you ticked is not among the contacts of {customer} any more. Reload the page.", "came")
    for one in found:
        _must_be_let_in(one.name, one.kind, series)
    return found


def _users(review: Review, attending: Attending) -> list[User]:
    series = review.series
    team = people.team_of(series.tenant_id, series.customer_id or series.tenant.customer_id)
    found = {row.user_id: row.user for row in team if row.user_id in attending.users}
    asked = {row.user_id: row.user for row in review.attendance.exclude(user=None).select_related("user")}
    found |= {pk: user for pk, user in asked.items() if pk in attending.users}
    if set(attending.users) - found.keys():
        raise Refused("Somebody you ticked is not on the team any more. Reload the page.", "came")
    known = people.persons(found.values())
    for pk, user in found.items():
        _must_be_let_in(str(user), "partner" if known[pk].is_partner else "fasttrack", series)
    return list(found.values())


def _must_be_let_in(name: str, side: str, series: ReviewSeries) -> None:
    if why := why_not_in(name, side, series.rule.name, audience(series)):
        raise Refused(why, "came")


def _put_on_site(review: Review, attending: Attending, by: User) -> None:
    approved_by, why = attending.on_site_approved_by.strip(), attending.on_site_why.strip()
    if attending.on_site:
        field, lacks = why_not_on_site(approved_by, why)
        if lacks:
            raise Refused(lacks, field)
        for name, text in (("on_site_approved_by", approved_by), ("on_site_why", why)):
            if len(text) > LONGEST[name]:
                raise Refused(f"At most {LONGEST[name]} characters; this has {len(text)}.", name)
    else:
        approved_by = why = ""
    was = (review.on_site, review.on_site_approved_by, review.on_site_why)
    if was == (attending.on_site, approved_by, why):
        return
    review.on_site, review.on_site_approved_by, review.on_site_why = attending.on_site, approved_by, why
    review.changed_at = timezone.now()
    review.save(update_fields=["on_site", "on_site_approved_by", "on_site_why", "changed_at"])
    events.record(
        "approved on-site attendance at" if attending.on_site else "took back on-site attendance at",
        f"review:{review.pk}",
        by=by,
        before={"approved": was[1], "why": was[2]} if was[0] else {},
        after={"series": review.series_id} | ({"approved": approved_by, "why": why} if attending.on_site else {}),
        **where(review.series),
    )
