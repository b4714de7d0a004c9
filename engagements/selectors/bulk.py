"""What the page of a bulk change says: who may be changed, how far it is, what became of each."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from engagements import access
from engagements.models import BulkChange, Engagement, User
from engagements.selectors.words import count
from engagements.services.bulk import KINDS, UNDONE_WITHIN, why_not

Do = BulkChange.Do
# (what is asked above the form, the button that does it)
WORDS = {
    Do.NEXT_ACTION: ("Set a next action", "Set it in {}"),
    Do.HAND_OVER: ("Hand over", "Offer {}"),
    Do.TAG: ("Add a tag", "Tag {}"),
    Do.PARK: ("Park", "Park {}"),
}
AFTER = {
    Do.HAND_OVER: "Each stays with its FastTrack Manager until the receiver has read the brief and accepted.",
    Do.TAG: "The tag stands on the tenant of each.",
    Do.PARK: "They come back on Today on their day.",
}


def bulk_page(change: BulkChange, user: User) -> dict[str, Any]:
    """One page for all of it: the question before it begins, how far it is, and the outcome."""
    asked, button = WORDS[change.do]
    rows = Engagement.objects.visible_to(user).filter(pk__in=change.ids).select_related("tenant__customer")
    rows = {row.pk: row for row in rows}
    total = len(change.ids)
    page = {
        "change": change,
        "asked": asked,
        "title": f"{asked}: {count(total, 'engagement')}",
        "total": total,
        "back_url": list_url(change.came_from),
    }
    if change.begun_at is None:
        refused = why_not(change.do, rows.values(), change.ids, user)
        may = total - len(refused)
        everyone = f"All {total} of them" if total > 1 else "It"
        few = f"{may} of {total}"
        say = f"{everyone if not refused else few if may else 'None of them'} may be changed by you."
        return page | {
            "say": say,
            "button": button.format(count(may, "engagement")) if may else "",
            "left_out": _named([(pk, refused[pk]) for pk in change.ids if pk in refused], rows),
            "them": [str(rows[pk].tenant) for pk in change.ids if pk in rows and pk not in refused],
        }
    changed = len(change.made)
    page["say"] = f"{changed} changed, {len(change.refused)} refused."
    page["refused"] = _named(change.refused, rows)
    page["after"] = AFTER.get(change.do, "") if changed else ""
    page["changed"] = _named([(pk, "") for pk, _ in change.made], rows)
    if change.undone_at:
        page["undone"] = f"Undone for {changed - len(change.kept)}."
        page["kept"] = _named(change.kept, rows)
    in_time = timezone.now() - change.begun_at < UNDONE_WITHIN
    page["may_undo"] = bool(
        KINDS[change.do].undo and changed and change.is_finished and not change.undone_at and in_time
    )
    return page


def bulk_choices(user: User) -> list[tuple[str, str]]:
    """What the selection bar offers; partners hand nothing over."""
    return [one for one in Do.choices if one[0] != Do.HAND_OVER or access.may_read_internal(user)]


def list_url(came_from: str) -> str:
    """The list that the engagements were selected in."""
    return f"{reverse('engagement_list')}?{came_from}" if came_from else reverse("engagement_list")


def _named(reasons: list, rows: dict[int, Engagement]) -> list[dict[str, str]]:
    """The engagements with their reasons, those alike together."""
    named = [
        {"name": str(rows[pk].tenant) if pk in rows else "An engagement", "why": why}
        | {"url": rows[pk].get_absolute_url() if pk in rows else ""}
        for pk, why in reasons
    ]
    return sorted(named, key=lambda one: one["why"])
