"""Keeping what somebody types before it is a note, so that a crash or an ended session loses nothing (R50)."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engagements.models import Note, NoteDraft, User
from engagements.services.locking import hold_one, write

MOST = 10


@dataclass(frozen=True)
class Kept:
    """What became of it, and the draft where there is one; ``other`` is the one that stands in its way.

    *apart*: another window has changed the draft meanwhile, so both texts are kept. *full*: the person has ten;
    ``other`` is the oldest. *saved*: this is the note already. *empty*: there is nothing to keep.
    """

    how: Literal["kept", "apart", "full", "saved", "empty"]
    draft: NoteDraft | None = None
    other: NoteDraft | None = None


@write
def keep_draft(
    *, by: User, engagement_id: int, place: str, token: uuid.UUID, version: int, values: dict[str, Any], now: datetime
) -> Kept:
    """Keeps the text of one form. ``version`` is the one that the form knows; nothing of another window is lost."""
    hold_one(User.objects.all(), by.pk)
    draft = NoteDraft.objects.filter(user=by, token=token).first()
    if not any(str(values.get(name) or "").strip() for name in ("body", "next_action")):
        if draft and draft.version == version:
            draft.delete()
        return Kept("empty")
    said = Note.objects.filter(token=token).values_list("body", flat=True).first()
    if said is not None:
        if said == as_saved(values.get("body")):
            return Kept("saved")
        return _begin(by, engagement_id, place, values, now, "apart")
    if draft is None:
        return _begin(by, engagement_id, place, values, now, "kept", token=token)
    if draft.values == values:
        return Kept("kept", draft)
    if draft.version != version:
        return _begin(by, engagement_id, place, values, now, "apart", other=draft)
    draft.values, draft.version, draft.saved_at, draft.place = values, version + 1, now, place
    draft.save()
    return Kept("kept", draft)


def end_draft(*, by: User, token: uuid.UUID) -> None:
    """The note was saved, and is no draft any more."""
    NoteDraft.objects.filter(user=by, token=token).delete()


def as_saved(body: object) -> str:
    """A text as the note keeps it."""
    return str(body or "").replace("\r\n", "\n").strip()


def _begin(
    by: User,
    engagement_id: int,
    place: str,
    values: dict[str, Any],
    now: datetime,
    how: Literal["kept", "apart"],
    *,
    token: uuid.UUID | None = None,
    other: NoteDraft | None = None,
) -> Kept:
    drafts = list(NoteDraft.objects.filter(user=by).select_related("engagement__tenant__customer"))
    if len(drafts) >= MOST:
        return Kept("full", other=drafts[-1])
    draft = NoteDraft.objects.create(
        user=by,
        engagement_id=engagement_id,
        place=place,
        token=token or uuid.uuid4(),
        values=values,
        saved_at=now,
    )
    return Kept(how, draft, other)
