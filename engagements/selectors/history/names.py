"""What the ids in events stand for today, in one query for each kind of thing; what is gone is left out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.db.models import QuerySet

from engagements.models import Contact, Event, HealthRating, NextAction, Note, ReviewSeries, User, Waiver
from playbook.models import Requirement
from tasks.models import Service

Ids = Iterator[tuple[str, int]]


def _waived(row: Waiver) -> str:
    return f"“{row.requirement.text.rstrip('.:')}”" if row.requirement else f"task {row.task.number}"


# What an id names → the rows, and what a row is called.
NAMED: dict[str, tuple[Callable[[], QuerySet], Callable[..., str]]] = {
    "service": (lambda: Service.objects.all(), lambda row: row.label),
    "contact": (lambda: Contact.objects.only("name"), lambda row: row.name),
    "next action": (lambda: NextAction.objects.only("text"), lambda row: row.text),
    "note": (lambda: Note.objects.only("category"), lambda row: row.get_category_display()),
    "rating": (lambda: HealthRating.objects.only("why"), lambda row: row.why),
    "route": (lambda: Requirement.objects.only("text"), lambda row: row.text),
    "series": (lambda: ReviewSeries.objects.select_related("rule"), lambda row: row.rule.name),
    "waiver": (lambda: Waiver.objects.select_related("requirement", "task"), _waived),
    "user": (lambda: User.objects.all(), str),
}
# Values of an event that are ids, or lists of ids: field of before and after → what it names.
VALUES: dict[str, str] = {
    "success_owner": "contact",
    "contact": "contact",
    "contacts": "contact",
    "approved_by": "contact",
    "service": "service",
    "services": "service",
    "user": "user",
    "users": "user",
    "note": "note",
    "rating": "rating",
    "owner": "user",
    "series": "series",
    "route": "route",
    "waiver": "waiver",
    "giver": "user",
    "receiver": "user",
}


def ids_in_values(event: Event) -> Ids:
    """(what it is, id) of everything that the values of an event name by id."""
    for values in (event.before, event.after):
        for field, kind in VALUES.items():
            value = values.get(field)
            for pk in value if isinstance(value, list) else [value]:
                if isinstance(pk, int):
                    yield kind, pk


def names_of(found: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    """(what it is, id) → its name of today."""
    ids: dict[str, set[int]] = defaultdict(set)
    for kind, pk in found:
        ids[kind].add(pk)
    names = {}
    for kind, pks in ids.items():
        rows, call = NAMED[kind]
        names |= {(kind, pk): call(row) for pk, row in rows().in_bulk(pks).items()}
    return names
