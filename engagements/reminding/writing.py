"""What a reminder says, looked up when it is sent: an occurrence that no longer stands is dropped with the reason.

A writer is one function for the word that an occurrence begins with. It gets the ids of a handful of
occurrences at once and answers, for each, a ``Message`` or a sentence that says why there is nothing to send.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from engagements.models import Engagement, Handover, NextAction, Referral, Reminder, Tenant, TenantService, User
from engagements.reminding.kinds import Kind


@dataclass(frozen=True)
class Message:
    """``path`` is where the one button of the mail leads, ``button`` what it says."""

    subject: str
    lines: tuple[str, ...]
    button: str
    path: str


@dataclass(frozen=True)
class Occasion:
    """An occurrence taken apart: what it is about, for which day, and which kind of reminder asks."""

    id: int
    on: date | None
    kind: Kind
    engagement: int | None = None

    @classmethod
    def of(cls, reminder: Reminder) -> "Occasion":
        _, pk, *day = reminder.occurrence.split(":")
        return cls(int(pk), date.fromisoformat(day[0]) if day else None, Kind(reminder.kind), reminder.engagement_id)


Written = Message | str
Writer = Callable[[list[Occasion]], dict[Occasion, Written]]

GONE = "What it was about is not there any more."


def write(reminders: Iterable[Reminder]) -> dict[int, Written]:
    """Reminder id → its message, or why it is not sent. The number of queries grows with kinds and people only."""
    reminders = list(reminders)
    said: dict[int, Written] = _without_access(reminders)
    by_word: dict[str, dict[int, Occasion]] = defaultdict(dict)
    for reminder in reminders:
        if reminder.pk not in said:
            by_word[reminder.occurrence.partition(":")[0]][reminder.pk] = Occasion.of(reminder)
    for word, occasions in by_word.items():
        written = WRITERS[word](list(occasions.values()))
        said |= {pk: written.get(occasion, GONE) for pk, occasion in occasions.items()}
    return said


def _without_access(reminders: list[Reminder]) -> dict[int, str]:
    """Whoever lost access since it was planned hears nothing."""
    refused: dict[int, str] = {}
    by_person: dict[User, list[Reminder]] = defaultdict(list)
    for reminder in reminders:
        by_person[reminder.recipient].append(reminder)
    for user, theirs in by_person.items():
        engagements = {row.engagement_id for row in theirs if row.engagement_id}
        tenants = {row.tenant_id for row in theirs if row.tenant_id}
        seen = set(Engagement.objects.visible_to(user).filter(pk__in=engagements).values_list("pk", flat=True))
        here = set(Tenant.objects.visible_to(user).filter(pk__in=tenants).values_list("pk", flat=True))
        for row in theirs:
            if not user.is_active:
                refused[row.pk] = "The recipient may not sign in any more."
            elif row.engagement_id and row.engagement_id not in seen or row.tenant_id and row.tenant_id not in here:
                refused[row.pk] = "The recipient has no access there any more."
    return refused


# Writers ----------------------------------------------------------------------------------------------


def _actions(occasions: list[Occasion]) -> dict[Occasion, Written]:
    rows = NextAction.objects.select_related("engagement__tenant__customer").in_bulk({one.id for one in occasions})
    return {one: _action(rows[one.id], one) for one in occasions if one.id in rows}


def _action(row: NextAction, about: Occasion) -> Written:
    if row.done_at:
        return "It was done before."
    if row.due_on != about.on:
        return "It was moved to another day."
    if row.engagement.status != Engagement.Status.OPEN:
        return f"The engagement is {row.engagement.get_status_display().lower()}."
    name = row.engagement.tenant.customer.name
    when = "is due today" if about.kind == Kind.ACTION_DUE else f"was due on {about.on:%-d %B}"
    return Message(
        subject=f"{name}: {row.text}",
        lines=(f"Your next action with {name} {when}:", row.text),
        button="Open the engagement",
        path=row.engagement.get_absolute_url(),
    )


def _referrals(occasions: list[Occasion]) -> dict[Occasion, Written]:
    rows = Referral.objects.select_related("engagement__tenant__customer").prefetch_related("partners")
    found = rows.in_bulk({one.id for one in occasions})
    return {one: _referral(found[one.id], one) for one in occasions if one.id in found}


def _referral(row: Referral, about: Occasion) -> Written:
    waiting = [partner.name for partner in row.partners.all() if not partner.contacted_on and not partner.outcome]
    if row.closed_on or not waiting:
        return "Every partner made contact before."
    if row.contact_due_on != about.on:
        return "The day was changed."
    name = row.engagement.tenant.customer.name
    return Message(
        subject=f"{name}: partners have not made contact yet",
        lines=(
            f"By {about.on:%-d %B} the partners of your referral were to call {name}. "
            f"Nothing is recorded yet for {', '.join(waiting)}.",
            "Ask the customer and the partners, and note what you hear.",
        ),
        button="Open the referral",
        path=reverse("referral_detail", args=[row.engagement_id]),
    )


def _starts(occasions: list[Occasion]) -> dict[Occasion, Written]:
    rows = _services(occasions)
    return {one: _start(rows[one.id], one) for one in occasions if one.id in rows}


def _start(row: TenantService, about: Occasion) -> Written:
    if row.starts_on != about.on:
        return "The day was changed."
    name = row.tenant.customer.name
    return Message(
        subject=f"{name} wants to start with {row.service.label} on {about.on:%-d %B}",
        lines=(f"In a week, on {about.on:%A %-d %B}, {name} wants to begin to work on {row.service.label} with you.",),
        button="Open the services",
        path=_services_page(row, about),
    )


def _targets(occasions: list[Occasion]) -> dict[Occasion, Written]:
    rows = _services(occasions)
    return {one: _target(rows[one.id], one) for one in occasions if one.id in rows}


def _target(row: TenantService, about: Occasion) -> Written:
    aimed = [one for one in row.slices.all() if one.target_on == about.on]
    if not aimed:
        return "The day was changed."
    name, seats = row.tenant.customer.name, sum(one.count for one in aimed)
    return Message(
        subject=f"{name}: target date of {row.service.label} on {about.on:%-d %B}",
        lines=(
            f"For {seats:,} seats of {row.service.label} {name} aims at {about.on:%A %-d %B}, a week from now.",
            "Say whether that holds, or set another date.",
        ),
        button="Open the services",
        path=_services_page(row, about),
    )


def _services(occasions: list[Occasion]) -> dict[int, TenantService]:
    rows = TenantService.objects.select_related("tenant__customer", "service").prefetch_related("slices")
    return rows.in_bulk({one.id for one in occasions})


def _services_page(row: TenantService, about: Occasion) -> str:
    return f"{reverse('engagement_services', args=[about.engagement])}#service-{row.service_id}"


def _handovers(occasions: list[Occasion]) -> dict[Occasion, Written]:
    rows = Handover.objects.select_related("giver", "engagement__tenant__customer")
    found = rows.in_bulk({one.id for one in occasions})
    return {one: _handover(found[one.id]) for one in occasions if one.id in found}


def _handover(row: Handover) -> Written:
    if row.decision != Handover.Decision.OPEN:
        return f"It was {row.decision} before."
    if row.engagement.status == Engagement.Status.CLOSED:
        return "The engagement is closed."
    name = row.engagement.tenant.customer.name
    return Message(
        subject=f"{name}: {row.giver} hands this engagement to you",
        lines=(f"{row.giver} hands the engagement with {name} to you: {row.why}", "It stays theirs until you accept."),
        button="Read the brief",
        path=reverse("handover_detail", args=[row.pk]),
    )


WRITERS: dict[str, Writer] = {
    "action": _actions,
    "handover": _handovers,
    "referral": _referrals,
    "start": _starts,
    "target": _targets,
}
