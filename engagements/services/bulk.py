"""One thing done to many engagements: a part of them at a time, each changed or refused with its reason (DESIGN §8).

A part is one transaction under the locks of its tenants. Whoever watches asks for the next part, so that nothing
runs unseen; what can be done to them stands in ``bulk_kinds``.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from engagements import access
from engagements.models import BulkChange, Engagement, User
from engagements.services import handovers
from engagements.services.bulk_kinds import KINDS, Do, Reasons
from engagements.services.locking import hold_one, lock_engagements, write
from engagements.services.refusals import Refused
from engagements.services.tags import LONGEST

MOST = 500
KEPT = timedelta(days=1)
UNDONE_WITHIN = timedelta(minutes=10)
CLOSED = "It is closed. Reopen it first."
READ_ONLY = "You may read it, not change it."
GONE = "It is not there any more, or not one of yours."


def choose(*, do: str, ids: Iterable[int], by: User, came_from: str = "") -> BulkChange:
    """Keeps what was selected until they say what to do with it."""
    ids = list(dict.fromkeys(ids))
    if do not in Do.values:
        raise Refused("Choose what to do with the engagements that are selected.")
    seen = set(Engagement.objects.visible_to(by).filter(pk__in=ids).values_list("pk", flat=True))
    ids = [pk for pk in ids if pk in seen]
    if not ids:
        raise Refused("Select the engagements first, each by the box before its name.")
    if len(ids) > MOST:
        raise Refused(f"{len(ids):,} engagements are selected, and at most {MOST} are changed in one go. Filter them.")
    BulkChange.objects.filter(by=by, chosen_at__lt=timezone.now() - KEPT).delete()
    return BulkChange.objects.create(do=do, by=by, ids=ids, came_from=came_from)


@write
def begin(*, change_id: int, values: Mapping[str, Any], by: User, today: date) -> BulkChange:
    """Says what to do and does the first part. Said a second time, it goes on with what the first one said."""
    change = _held(change_id, by)
    if change.begun_at is None:
        change.begun_at, change.values = timezone.now(), dict(values)
        change.save(update_fields=["begun_at", "values"])
    return go_on(change_id=change_id, by=by, today=today)


@write
def go_on(*, change_id: int, by: User, today: date) -> BulkChange:
    """Does the next part; nothing is left to do where all are done."""
    change = _held(change_id, by)
    kind = KINDS[change.do]
    ids = change.ids[change.done : change.done + kind.at_once]
    if change.begun_at is None or not ids:
        return change
    rows = lock_engagements(ids)
    refused = why_not(change.do, rows, ids, by)
    part = kind.change([row for row in rows if row.pk not in refused], change.values, by, today)
    refused |= part.refused
    change.refused += [[pk, refused[pk]] for pk in ids if pk in refused]
    change.made += [[pk, made] for pk, made in part.made.items()]
    change.done += len(ids)
    if change.is_finished:
        change.values = {}
    change.save(update_fields=["refused", "made", "done", "values"])
    return change


@write
def undo(*, change_id: int, by: User) -> BulkChange:
    """Takes back what nobody went on from; the others keep what they have, and it is said why."""
    change = _held(change_id, by)
    kind = KINDS[change.do]
    if kind.undo is None or not change.is_finished or change.undone_at:
        raise Refused("There is nothing left to undo.")
    if timezone.now() - change.begun_at > UNDONE_WITHIN:
        raise Refused("It is too late to undo this in one go. Each engagement can be changed by hand.")
    made = dict(change.made)
    rows = lock_engagements(made)
    refused = why_not(change.do, rows, made, by)
    change.kept = [*(refused | kind.undo({pk: one for pk, one in made.items() if pk not in refused}, by)).items()]
    change.undone_at = timezone.now()
    change.save(update_fields=["kept", "undone_at"])
    return change


def why_not(do: str, rows: Iterable[Engagement], ids: Iterable[int], by: User) -> Reasons:
    """Engagement → why this person may not change it in this way, for those that they may not."""
    rows = {row.pk: row for row in rows}
    allowed = _led(by, rows) if do == Do.HAND_OVER else _editable(by, rows)
    refused = {pk: GONE for pk in ids if pk not in rows}
    for pk, row in rows.items():
        if row.status == Engagement.Status.CLOSED:
            refused[pk] = CLOSED
        elif pk not in allowed:
            refused[pk] = handovers.NOT_YOURS if do == Do.HAND_OVER else READ_ONLY
    return refused


def must_be_a_tag(name: str) -> str:
    """A tag as it will be spelt; refuses one that is too long."""
    name = " ".join(name.split())
    if not name:
        raise Refused("Give the tag.", "tag")
    if len(name) > LONGEST:
        raise Refused(f"A tag has at most {LONGEST} characters.", "tag")
    return name


def _held(change_id: int, by: User) -> BulkChange:
    return hold_one(BulkChange.objects.filter(by=by), change_id)


def _editable(by: User, rows: Mapping[int, Engagement]) -> set[int]:
    return set(Engagement.objects.editable_by(by).filter(pk__in=list(rows)).values_list("pk", flat=True))


def _led(by: User, rows: Mapping[int, Engagement]) -> set[int]:
    tenants = access.assigns_at(by, {row.tenant_id for row in rows.values()})
    return {pk for pk, row in rows.items() if row.tenant_id in tenants}
