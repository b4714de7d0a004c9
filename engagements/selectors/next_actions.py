"""Next actions as their pages draw them: what, by when, whose, and all that became of each (R51)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from engagements.models import Engagement, Event, NextAction, User
from engagements.selectors import people
from engagements.selectors.days import due, on_day
from engagements.selectors.history.page import told_rows
from engagements.selectors.words import count

DONE_SHOWN = 30


def actions_page(engagement: Engagement, today: date) -> dict[str, Any]:
    """The open ones by their day, the last that were done, each with its history."""
    rows = NextAction.objects.filter(engagement=engagement).select_related("owner", "handed_by", "note")
    still = list(rows.filter(done_at=None))
    done = list(rows.filter(done_at__isnull=False).order_by("-done_at", "-pk")[:DONE_SHOWN])
    told = histories([*still, *done], today)
    return {
        "still": [drawn(row, today) | {"history": told[row.pk]} for row in still],
        "done": [drawn(row, today) | {"history": told[row.pk]} for row in done],
        "say": count(len(still), "open next action"),
    }


def drawn(action: NextAction, today: date) -> dict[str, Any]:
    """One next action, for its page and for lists of them."""
    done = action.done_at is not None
    return {
        "id": f"action-{action.pk}",
        "url": reverse("next_action", args=[action.pk]),
        "note_url": reverse("note_detail", args=[action.engagement_id, action.note_id]) if action.note_id else "",
        "text": action.text,
        "owner": str(action.owner),
        "giver": str(action.handed_by) if action.handed_by_id else "",
        "done": f"done {on_day(timezone.localtime(action.done_at).date(), today)}" if done else "",
        "due": due(action.due_on, today),
        "late": action.due_on < today and not done,
    }


def histories(actions: Iterable[NextAction], today: date) -> dict[int, list[dict[str, str]]]:
    """Action id → what became of it, the oldest first; in one query, and one for the names."""
    by_word = {f"next action:{action.pk}": action for action in actions}
    found: dict[int, list[dict[str, str]]] = {action.pk: [] for action in by_word.values()}
    if by_word:
        engagement = next(iter(by_word.values())).engagement_id
        events = Event.objects.filter(engagement=engagement, object__in=by_word).select_related("actor")
        events = list(events.order_by("at", "pk"))
        for event, row in zip(events, told_rows(events, today), strict=True):
            found[by_word[event.object].pk].append(row)
    return found


def receivers(action: NextAction, engagement: Engagement, others: Iterable[User] = ()) -> list[User]:
    """Who may be given it: the team, and those who answer for the tenant; not who has it."""
    known = {row.user_id: row.user for row in people.team(engagement)} | {user.pk: user for user in others}
    return [user for pk, user in known.items() if pk != action.owner_id]


def last_change(action: NextAction) -> QuerySet[Event]:
    """The event that Undo takes back, and those before it."""
    return Event.objects.filter(engagement=action.engagement_id, object=f"next action:{action.pk}").order_by("-pk")
