"""One page of an engagement's history, the newest first.

Services write events with ids; here ids become the names of today, in a constant number of queries.
What happened to the tenant (DIBS, enabled services, team) or to the customer as a whole belongs to the
history of each of its engagements.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.core.paginator import Paginator
from django.utils import timezone

from engagements.models import Event
from engagements.selectors import people
from engagements.selectors.history.names import ids_in_values, names_of
from engagements.selectors.history.objects import KINDS, named_by, tell
from engagements.selectors.history.told import Told
from engagements.selectors.history.wanted import Wanted, all_events
from engagements.selectors.words import count
from engagements.walk import Walk
from tasks.folding import fold

PER_PAGE = 50
# Words stand in sentences, not in columns, so the newest events are told and looked through.
LOOKED_THROUGH = 3_000
EXPORTED = 20_000
CHUNK = 500


def engagement_events(walk: Walk, query: Mapping[str, str], *, internal: bool = True) -> dict[str, Any]:
    """One page of events, with the filter and the ways to earlier and later pages.

    ``internal`` readers are told what is kept from partners, such as the competitors of a customer.
    """
    wanted = Wanted.from_query(query)
    pk, rows = walk.engagement.pk, wanted.of(walk.engagement)
    found = _with_words(rows, wanted, walk, internal) if wanted.words else rows
    page = Paginator(found, PER_PAGE).get_page(query.get("page"))
    shown = list(page.object_list)
    who = _people(walk)
    return {
        "events": shown if wanted.words else told_rows(shown, walk.today, walk, internal),
        "wanted": wanted,
        "said": wanted.said(who),
        "kinds": [{"value": name, "label": label, "selected": name == wanted.kind} for name, label in KINDS.items()],
        "people": [{"value": pk, "label": name, "selected": pk == wanted.who} for pk, name in who.items()],
        "say": f"{page.start_index()}–{page.end_index()} of {page.paginator.count}" if shown else "",
        "count": count(page.paginator.count, "event"),
        "bounded": LOOKED_THROUGH if wanted.words and rows.count() > LOOKED_THROUGH else 0,
        "newer_url": wanted.address(pk, page.previous_page_number()) if page.has_previous() else "",
        "older_url": wanted.address(pk, page.next_page_number()) if page.has_next() else "",
        "filter_url": Wanted().address(pk),
        "all_url": "" if wanted.is_all else Wanted().address(pk),
        "export_url": wanted.address(pk, name="engagement_history_export"),
    }


def events_to_export(walk: Walk, query: Mapping[str, str], *, internal: bool = True) -> Iterator[list[str]]:
    """The rows of a CSV: when in the reader's time zone, who, what, before, after, and where it leads."""
    wanted = Wanted.from_query(query)
    yield ["When", "Who", "What", "Before", "Now", "Page"]
    rows = list(wanted.of(walk.engagement)[:EXPORTED])
    for at in range(0, len(rows), CHUNK):
        chunk = rows[at : at + CHUNK]
        for event, row in zip(chunk, told_rows(chunk, walk.today, walk, internal), strict=True):
            if _has(row, wanted.words):
                moment = f"{timezone.localtime(event.at):%Y-%m-%d %H:%M}"
                yield [moment, row["actor"], row["text"], row["before"], row["after"], row["url"]]


def told_rows(
    events: Iterable[Event], today: date, walk: Walk | None = None, internal: bool = True
) -> list[dict[str, str]]:
    """The rows of ``components/event.html``; without a walk for events that name no step of an engagement."""
    events = list(events)
    ids = chain.from_iterable(chain(named_by(event), ids_in_values(event)) for event in events)
    told = Told(walk, names_of(ids), internal)
    return [_row(event, told, today) for event in events]


def _with_words(rows: Iterable[Event], wanted: Wanted, walk: Walk, internal: bool) -> list[dict[str, str]]:
    told = told_rows(rows[:LOOKED_THROUGH], walk.today, walk, internal)
    return [row for row in told if _has(row, wanted.words)]


def _has(row: Mapping[str, str], words: list[str]) -> bool:
    text = fold(" ".join([row["actor"], row["text"], row["before"], row["after"]])) if words else ""
    return all(word in text for word in words)


def _people(walk: Walk) -> dict[int, str]:
    """Everybody who did something here, by name."""
    ids = all_events(walk.engagement).order_by().exclude(actor=None).values_list("actor", flat=True).distinct()
    return dict(sorted(people.names(ids).items(), key=lambda one: fold(one[1])))


def _row(event: Event, told: Told, today: date) -> dict[str, str]:
    said = tell(event, told)
    return {
        "when": _when(event.at, today),
        "actor": str(event.actor or "Somebody"),
        "text": said.text,
        "url": said.url,
        "before": said.before,
        "after": said.after,
    }


def _when(at: datetime, today: date) -> str:
    here = timezone.localtime(at)
    year = "" if here.year == today.year else f" {here.year}"
    return f"{here:%a %-d %b}{year}, {here:%H:%M}"
