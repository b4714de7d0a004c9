"""Escalated notes: whom each reached and what they said, and what of it waits on Today (R54)."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from engagements import access
from engagements.models import Engagement, Escalation, Note, User
from engagements.note_markdown import plain
from engagements.selectors.days import on_day
from engagements.selectors.todo import SHOWN, Group, todo_row, within
from engagements.selectors.words import listed
from engagements.working_days import working_day_after
from tasks.prepared import prepared

ANSWERED_WITHIN = 2  # working days
NOBODY = "to nobody: no primary FastTrack Manager or Team Manager answers for this tenant beside the author"


def told(notes: Iterable[Note], today: date) -> dict[int, str]:
    """Note id → "to Tom Marsh, acknowledged today 14:32: “I call them”"; one query where a note is escalated."""
    escalated = [note.pk for note in notes if note.escalated]
    if not escalated:
        return {}
    said: dict[int, list[str]] = {pk: [] for pk in escalated}
    for row in Escalation.objects.filter(note__in=escalated).select_related("user").order_by("acknowledged_at", "pk"):
        said[row.note_id].append(_said(row, today))
    return {pk: f"to {listed(people)}" if people else NOBODY for pk, people in said.items()}


def saved_said(note: Note) -> str:
    """What is said at once when a note was saved: whom it reached, or that it reached nobody."""
    if not note.escalated:
        return "Note saved."
    people = [str(row.user) for row in note.escalations.select_related("user").order_by("pk")]
    return f"Note saved, and escalated to {listed(people)}." if people else f"Note saved. It was escalated {NOBODY}."


def waiting_for(user: User, note: Note) -> Escalation | None:
    """What this person has not acknowledged yet."""
    return Escalation.objects.filter(note=note, user=user, acknowledged_at=None).first() if note.escalated else None


def escalation_groups(user: User, today: date) -> tuple[Group, Group]:
    """What was escalated to somebody, and what they escalated that nobody has acknowledged in time."""
    to_me, mine = (_still_seen(user, rows) for rows in (_to_me(user=user.pk), _mine(user=user.pk)))
    rows = [
        todo_row(row.note.engagement, f"escalation-{row.pk}", "warning")
        | {
            "what": _begins(row.note),
            "why": f"{row.note.author} escalated it to you, {_when(row.note, today)}.",
            "lead": f"{row.note.author} escalated a note to you",
            "action": "Read and acknowledge",
            "action_url": reverse("escalation_acknowledge", args=[row.pk]),
            "returns": "action_url",
        }
        for row in to_me
    ]
    late = _late(mine, today)
    silent = [
        todo_row(people[0].note.engagement, f"unread-{pk}", "overdue")
        | {
            "what": _begins(people[0].note),
            "why": f"You escalated it {_when(people[0].note, today)}; {listed(str(row.user) for row in people)} "
            f"{'has' if len(people) == 1 else 'have'} not acknowledged it. Call them.",
            "lead": "an escalation is not acknowledged",
            "action": "Open note",
            "action_url": reverse("note_detail", args=[people[0].note.engagement_id, pk]),
        }
        for pk, people in late.items()
    ]
    return (
        Group("escalations", "Escalated to you", len(rows), rows),
        Group("unread", "Not acknowledged", len(silent), silent),
    )


def _still_seen(user: User, rows: list[Escalation]) -> list[Escalation]:
    """Whoever lost access to an engagement reads nothing of it any more."""
    seen = access.visible_ids(user, {row.note.engagement_id for row in rows})
    return [row for row in rows if row.note.engagement_id in seen]


def _late(rows: Iterable[Escalation], today: date) -> dict[int, list[Escalation]]:
    """Note id → whom it waits for, where two working days have passed."""
    late: dict[int, list[Escalation]] = {}
    for row in rows:
        written, country = timezone.localdate(row.note.created_at), row.note.engagement.tenant.country
        if working_day_after(written, ANSWERED_WITHIN, country) < today:
            late.setdefault(row.note_id, []).append(row)
    return late


def _unacknowledged() -> QuerySet[Escalation]:
    rows = Escalation.objects.filter(acknowledged_at=None).exclude(note__engagement__status=Engagement.Status.CLOSED)
    engagement = ("note__engagement__tenant__customer", "note__engagement__summary")
    return rows.select_related("user", "note__author", *engagement).order_by("pk")


@prepared
def _to_me(user) -> QuerySet[Escalation]:
    return _unacknowledged().filter(user=user)[:SHOWN]


@prepared
def _mine(user) -> QuerySet[Escalation]:
    """Of notes that the person wrote and nobody at all has acknowledged."""
    answered = Escalation.objects.filter(note=OuterRef("note"), acknowledged_at__isnull=False).order_by()
    return _unacknowledged().filter(~Exists(answered), note__author=user)[:SHOWN]


def _said(row: Escalation, today: date) -> str:
    if row.acknowledged_at is None:
        return f"{row.user} (not acknowledged yet)"
    at = timezone.localtime(row.acknowledged_at)
    answer = f": “{row.answer}”" if row.answer else ""
    return f"{row.user} (acknowledged {on_day(at.date(), today)} {at:%H:%M}{answer})"


def _begins(note: Note) -> str:
    """The first words of a note, as one reads them in a list."""
    text = " ".join(plain(note.body[:600]).split())
    return text if len(text) <= 140 else text[:140].rsplit(" ", 1)[0] + "…"


def _when(note: Note, today: date) -> str:
    written = timezone.localtime(note.created_at)
    said = within(written.date(), today)
    return f"{said} at {written:%H:%M}" if today - written.date() <= timedelta(14) else said
