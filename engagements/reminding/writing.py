"""What a reminder says, looked up when it is sent: an occurrence that no longer stands is dropped with the reason.

A writer is one function for the word that an occurrence begins with. It gets the ids of a handful of
occurrences at once and answers, for each, a ``Message`` or a sentence that says why there is nothing to send.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from engagements.models import (
    Customer,
    Engagement,
    EnterpriseStatus,
    Escalation,
    Event,
    Handover,
    Mention,
    NextAction,
    Referral,
    Reminder,
    Review,
    ReviewSeries,
    Tenant,
    TenantService,
    User,
)
from engagements.note_markdown import plain
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
    recipient: int | None = None

    @classmethod
    def of(cls, reminder: Reminder) -> "Occasion":
        _, pk, *day = reminder.occurrence.split(":")
        on = date.fromisoformat(day[0]) if day else None
        return cls(int(pk), on, Kind(reminder.kind), reminder.engagement_id, reminder.recipient_id)


Written = Message | str
Writer = Callable[[list[Occasion]], dict[Occasion, Written]]

QUOTED = 1_000  # of a note, in a mail about it
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
        customers = {row.customer_id for row in theirs if row.customer_id}
        known = set(Customer.objects.visible_to(user).filter(pk__in=customers).values_list("pk", flat=True))
        for row in theirs:
            places = ((row.engagement_id, seen), (row.tenant_id, here), (row.customer_id, known))
            if not user.is_active:
                refused[row.pk] = "The recipient may not sign in any more."
            elif any(place and place not in found for place, found in places):
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


def _reviews(occasions: list[Occasion]) -> dict[Occasion, Written]:
    rows = Review.objects.select_related(
        "series__rule", "series__owner", "series__tenant__customer", "series__customer"
    )
    found = rows.in_bulk({one.id for one in occasions})
    return {one: _review(found[one.id], one) for one in occasions if one.id in found}


def _review(row: Review, about: Occasion) -> Written:
    series = row.series
    if gone := _not_planned(row, about):
        return gone
    if about.kind == Kind.REVIEW_AHEAD and timezone.now().astimezone(ZoneInfo(series.time_zone)).date() >= row.on:
        return "Its day had come by then."
    if about.kind != Kind.REVIEW_ESCALATED and series.owner_id != about.recipient:
        return f"{series.owner} leads it by now."
    customer = series.customer or series.tenant.customer
    what, on = f"{series.rule.name} with {customer}", f"{about.on:%A %-d %B}"
    at = f"{row.at:%H:%M} ({series.time_zone})"
    subject, lines = {
        Kind.REVIEW_AHEAD: (f"{series.rule.name} on {on}", (f"Your {what} is on {on} at {at}.", _prepared(row))),
        Kind.REVIEW_DUE: (f"{series.rule.name} today", (f"Your {what} is today at {at}.", _prepared(row))),
        Kind.REVIEW_LATE: (
            f"{series.rule.name} was not held",
            (f"Your {what} was planned for {on}, and is not closed.", "Hold it, move it, or say why it is skipped."),
        ),
        Kind.REVIEW_ESCALATED: (
            f"{series.rule.name} of {series.owner} is still not held",
            (f"{series.owner}'s {what} was planned for {on}, and nobody has held, moved or skipped it.",),
        ),
    }[about.kind]
    return Message(f"{customer}: {subject}", lines, "Open the review", review_page(row))


def _not_planned(row: Review, about: Occasion) -> str:
    """Why there is nothing to be said about a review any more."""
    if row.state != Review.State.PLANNED:
        why = f": {row.why}" if row.why and row.state != Review.State.HELD else " before"
        return f"It was {row.get_state_display().lower()}{why}."
    if row.on != about.on:
        return "It was moved to another day."
    return "The series has ended." if row.series.status != ReviewSeries.Status.OPEN else ""


def _prepared(row: Review) -> str:
    where = f" Where: {row.place}." if row.place else ""
    return f"It takes {row.minutes} minutes and opens prepared with what changed since the last one.{where}"


def review_page(row: Review) -> str:
    return reverse("review_detail", args=[row.pk])


def _enterprise_statuses(occasions: list[Occasion]) -> dict[Occasion, Written]:
    found = EnterpriseStatus.objects.select_related("customer").in_bulk({one.id for one in occasions})
    newest = _newest_statuses({row.customer_id for row in found.values()})
    return {one: _enterprise_status(found[one.id], one, newest) for one in occasions if one.id in found}


def _newest_statuses(customers: set[int]) -> set[int]:
    """The ids of those that hold."""
    rows = EnterpriseStatus.objects.filter(customer__in=customers).order_by("at", "pk").values_list("customer", "pk")
    return set(dict(rows).values())


def _enterprise_status(row: EnterpriseStatus, about: Occasion, newest: set[int]) -> Written:
    if row.pk not in newest:
        return "A newer one was written since."
    if about.on != (row.next_update_on if about.kind == Kind.STATUS_DUE else row.on):
        return "Another day was set."
    name, colour = row.customer.name, row.get_status_display()
    if about.kind == Kind.STATUS_DUE:
        subject = f"{name}: enterprise status is due today"
        first = (
            f"The enterprise status of {name} is {colour} since {row.on:%-d %B}; the next one was announced for today."
        )
    else:
        subject = f"{name}: enterprise status is three weeks old"
        first = f"{name} is {colour}, and its enterprise status was written on {row.on:%-d %B}, 21 days ago."
    path = reverse("enterprise_status", args=[row.customer_id])
    return Message(subject, (first, "Write the next one, also where nothing moved."), "Write the status", path)


def _mentions(occasions: list[Occasion]) -> dict[Occasion, Written]:
    rows = Mention.objects.select_related("note__author", "note__engagement__tenant__customer")
    found = rows.in_bulk({one.id for one in occasions})
    return {one: _mention(found[one.id]) for one in occasions if one.id in found}


def _mention(row: Mention) -> Written:
    if row.seen_at:
        return "The recipient has seen it in the desk."
    note = row.note
    text = plain(note.body[:2_000])
    return Message(
        subject=f"{note.engagement.tenant.customer.name}: {note.author} mentions you in a note",
        lines=(f"{note.author} wrote:", text if len(text) <= 600 else text[:600].rsplit(" ", 1)[0] + "…"),
        button="Read the note",
        path=reverse("note_detail", args=[note.engagement_id, note.pk]),
    )


def _escalations(occasions: list[Occasion]) -> dict[Occasion, Written]:
    rows = Escalation.objects.select_related("note__author", "note__engagement__tenant__customer")
    found = rows.in_bulk({one.id for one in occasions})
    return {one: _escalation(found[one.id]) for one in occasions if one.id in found}


def _escalation(row: Escalation) -> Written:
    if row.acknowledged_at:
        return "It was acknowledged before."
    name, text = row.note.engagement.tenant.customer.name, plain(row.note.body[:QUOTED])
    return Message(
        subject=f"{name}: {row.note.author} escalates a note to you",
        lines=(
            f"{row.note.author} escalated what they wrote about {name} to you:",
            text,
            "Acknowledge it, so that they know that you have read it.",
        ),
        button="Read and acknowledge",
        path=reverse("escalation_acknowledge", args=[row.pk]),
    )


def _handed(occasions: list[Occasion]) -> dict[Occasion, Written]:
    """By the event of handing it on, as somebody may be handed the same twice."""
    told = Event.objects.select_related("actor").in_bulk({one.id for one in occasions})
    about = {pk: int(event.about.last) for pk, event in told.items()}
    rows = NextAction.objects.select_related("engagement__tenant__customer").in_bulk(set(about.values()))
    found = [one for one in occasions if about.get(one.id) in rows]
    return {one: _handed_action(rows[about[one.id]], told[one.id]) for one in found}


def _handed_action(row: NextAction, event: Event) -> Written:
    if row.done_at:
        return "It was done before."
    if row.owner_id != event.after.get("user"):
        return "It was handed on."
    if row.engagement.status == Engagement.Status.CLOSED:
        return "The engagement is closed."
    name, giver, why = row.engagement.tenant.customer.name, event.actor or "Somebody", event.after.get("why", "")
    return Message(
        subject=f"{name}: {giver} hands a next action to you",
        lines=(
            f"{giver} hands you a next action with {name}, due {row.due_on:%A %-d %B}:",
            row.text,
            f"Why: {why}",
        ),
        button="Look at it",
        path=reverse("next_action", args=[row.pk]),
    )


WRITERS: dict[str, Writer] = {
    "action": _actions,
    "escalation": _escalations,
    "handed": _handed,
    "handover": _handovers,
    "mention": _mentions,
    "referral": _referrals,
    "review": _reviews,
    "status": _enterprise_statuses,
    "start": _starts,
    "target": _targets,
}
