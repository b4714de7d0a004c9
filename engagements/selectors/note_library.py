"""The library: the latest notes, and those that hold some words, among all that a reader may see (R50, R54).

The index names the notes, a page of which is then read by id. Of more than MOST, the newest are looked at, ranked and
counted, and the page says so: nobody reads the ten-thousandth note, and every search costs about the same.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from engagements.levels import READ_ALL
from engagements.models import Customer, Engagement, Note, NoteWords, Tenant, User
from engagements.note_filters import MINE, NoteFilter
from engagements.searching.excerpts import Piece, excerpt
from engagements.searching.matching import fit
from engagements.searching.query import Asked, Part, read
from engagements.selectors.days import day, due, on_day
from engagements.selectors.notes import moment, redacted, with_later_changes
from engagements.selectors.words import count
from tasks.prepared import prepared
from tasks.together import together

PAGE = 25
MOST = 10_000
RECENT = timedelta(days=7)
FORMATS = {"csv": "CSV", "xlsx": "Excel (.xlsx)"}
SORTS = {"relevance": "Best first", "date": "Newest first", "tenant": "By customer and tenant"}
NAMES = ("q", "category", "service", "scope", "author", "at", "customer", "tenant", "engagement", "written")
NAMES += ("since", "until", "next", "escalated", "standing", "sort", "page")
# All that rows and files say of a note; PostgreSQL puts at most a hundred values into one row of JSON.
SHOWN = ("engagement", "category", "body", "task__number", "escalated", "created_at", "corrects")
SHOWN += tuple(f"next_action__{name}" for name in ("note", "text", "due_on", "done_at"))
SHOWN += ("engagement__tenant__name", "engagement__tenant__customer__name", "engagement__tenant__customer__tpid")
NAMED = ("username", "first_name", "last_name")


@dataclass(frozen=True)
class Query:
    """What the address asks for."""

    values: dict[str, str]

    @classmethod
    def read(cls, params: QueryDict) -> "Query":
        given = {name: params[name].strip() for name in NAMES if name in params}
        return cls({name: value for name, value in given.items() if value})

    def url(self, address: str = "note_library", **changes: Any) -> str:
        """The same search, changed; every change but that of the page begins at the first page."""
        values = self.values | {"page": ""} | {name: str(value) for name, value in changes.items()}
        kept = {name: values[name] for name in (*NAMES, "format") if values.get(name)}
        return f"{reverse(address)}?{urlencode(kept)}" if kept else reverse(address)

    @cached_property
    def asked(self) -> Asked:
        return read(self.values.get("q", ""))

    @property
    def sorts(self) -> list[str]:
        """Without words, no note fits better than another."""
        return [key for key in SORTS if key != "relevance" or self.asked.wanted]

    @property
    def sort(self) -> str:
        wanted = self.values.get("sort", "")
        return wanted if wanted in self.sorts else self.sorts[0]

    @property
    def page(self) -> int:
        wanted = self.values.get("page", "")
        return max(int(wanted), 1) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 7 else 1


@dataclass(frozen=True)
class Found:
    """The ids of one page, how many notes there are in all, and whether there are more than are looked at."""

    ids: list[int]
    total: int
    page: int
    is_cut: bool

    @property
    def pages(self) -> int:
        return max(-(-self.total // PAGE), 1)


def library_page(user: User, params: QueryDict, today: date) -> dict[str, Any]:
    """Everything that the page, and the fragment that htmx swaps, are drawn from."""
    query = Query.read(params)
    wanted = NoteFilter(query.values, user=user, today=today, asked=query.asked)
    found = _find(wanted.qs, query)
    chips = _chips(wanted, query, user, today)
    start = (found.page - 1) * PAGE
    return {
        "form": wanted.form,
        "query": query,
        "url": query.url(page=found.page if found.page > 1 else ""),
        "reads_all": user.has_perm(READ_ALL),
        "notes": _rows(found.ids, query, today),
        "found": _said(found, query),
        "problem": query.asked.refusal,
        "hints": [query.asked.hint] * bool(query.asked.hint) + _date_problems(wanted),
        "chips": chips,
        "kept": [(name, query.values[name]) for name in ("customer", "tenant", "engagement") if name in query.values],
        "clear_url": reverse("note_library"),
        "sorts": _sorts(query),
        "pager": {
            "say": f"{start + 1:,}–{start + len(found.ids):,} of {_number(found)}",
            "previous_url": query.url(page=found.page - 1) if found.page > 1 else "",
            "next_url": query.url(page=found.page + 1) if found.page < found.pages else "",
        }
        if found.pages > 1
        else None,
        "exports": [{"label": label, "url": query.url("note_export", format=key)} for key, label in FORMATS.items()],
        "bound": f"Only the newest {MOST:,} go into a file." if found.is_cut else "",
        "empty": None if found.ids else _empty(query, chips),
    }


def asked_for(user: User, params: QueryDict, today: date) -> tuple[list[int], bool]:
    """The ids of all notes that the address asks for, in its order, and whether there are more than the newest MOST."""
    query = Query.read(params)
    ids = _sorted(NoteFilter(query.values, user=user, today=today, asked=query.asked).qs, query)
    return ids[:MOST], len(ids) > MOST


def _find(rows: QuerySet[NoteWords], query: Query) -> Found:
    """By date alone the database finds a page at once; otherwise the ids of all are put in order here.

    Asked for a page of a rare word, PostgreSQL would walk all notes from the newest on, in the hope of meeting it soon.
    """
    if query.asked.refusal:
        return Found([], 0, 1, False)
    if query.sort != "date" or query.asked.wanted:
        ids = _sorted(rows, query)
        total = min(len(ids), MOST)
        page = min(query.page, max(-(-total // PAGE), 1))
        return Found(ids[:total][(page - 1) * PAGE : page * PAGE], total, page, len(ids) > MOST)
    start = (min(query.page, MOST // PAGE) - 1) * PAGE
    ids = list(_newest(rows).values_list("pk", flat=True)[start : start + PAGE])
    if 0 < len(ids) < PAGE or not (ids or start):
        return Found(ids, start + len(ids), start // PAGE + 1, False)
    number = rows.order_by()[: MOST + 1].count()
    total = min(number, MOST)
    page = min(start // PAGE + 1, max(-(-total // PAGE), 1))
    if not ids:
        ids = list(_newest(rows).values_list("pk", flat=True)[(page - 1) * PAGE : page * PAGE])
    return Found(ids, total, page, number > MOST)


def _newest(rows: QuerySet[NoteWords]) -> QuerySet[NoteWords]:
    return rows.order_by("-created_at", "-pk")


def _sorted(rows: QuerySet[NoteWords], query: Query) -> list[int]:
    """The ids of the newest MOST and one more, which says that there are others."""
    newest = _newest(rows)
    if query.asked.refusal:
        return []
    if query.sort == "date":
        return list(newest.values_list("pk", flat=True)[: MOST + 1])
    if query.sort == "relevance":
        found = list(newest.annotate(fit=fit(query.asked)).values_list("pk", "fit")[: MOST + 1])
        rest, found = found[MOST:], found[:MOST]
        found.sort(key=lambda row: -row[1])  # stays newest first among equals
        return [pk for pk, _ in found + rest]
    found = list(newest.values_list("pk", "tenant")[: MOST + 1])
    rest, found = found[MOST:], found[:MOST]
    places = {pk: (*names, pk) for pk, *names in _folded_names(tenants=list({tenant for _, tenant in found}))}
    found.sort(key=lambda row: places[row[1]])
    return [pk for pk, _ in found + rest]


@prepared
def _folded_names(tenants) -> QuerySet:
    rows = Tenant.objects.filter(pk__in=tenants).order_by()
    return rows.values_list("pk", "customer__name_folded", "name_folded")


def drawable(ids: list[int]) -> list[Note]:
    """Notes with all that the library says of them, in the order of their ids."""
    if not ids:
        return []
    notes, services, corrections = _drawn(ids=ids)
    rows = {note.pk: note for note in notes}
    for note in notes:
        note.service_labels, note.corrected_by = [], []
    # Asked for an order, SQLite would read the whole index that has it.
    for row in sorted(services, key=lambda row: row.service_id):
        rows[row.note_id].service_labels.append(row.service.label)
    for corrected, pk in sorted(corrections):
        rows[corrected].corrected_by.append(pk)
    return [rows[pk] for pk in ids if pk in rows]


def _notes(ids) -> QuerySet[Note]:
    found = with_later_changes(Note.objects.filter(pk__in=ids)).order_by()
    found = found.select_related("author", "task", "next_action__owner", "engagement__tenant__customer")
    return found.only(*SHOWN, *(f"{person}__{name}" for person in ("author", "next_action__owner") for name in NAMED))


def _services(ids) -> QuerySet:
    return Note.services.through.objects.filter(note__in=ids).select_related("service").order_by()


def _corrections(ids) -> QuerySet:
    return Note.objects.filter(corrects__in=ids).order_by().values_list("corrects", "pk")


_drawn = together(_notes, _services, _corrections)


def _rows(ids: list[int], query: Query, today: date) -> list[dict[str, Any]]:
    return [_row(note, query, today) for note in drawable(ids)]


def _row(note: Note, query: Query, today: date) -> dict[str, Any]:
    tenant = note.engagement.tenant
    customer, wanted = tenant.customer, query.asked.wanted
    action = getattr(note, "next_action", None)
    return {
        "id": note.pk,
        "url": reverse("note_detail", args=[note.engagement_id, note.pk]),
        "customer": customer.name,
        "tenant": tenant.name if tenant.name != customer.name else "",
        "category": note.get_category_display(),
        "author": str(note.author),
        "when": moment(note.created_at, today),
        "services": ", ".join(note.service_labels),
        "task": note.task.number if note.task else "",
        "escalated": note.escalated,
        "recent": timezone.now() - note.created_at < RECENT,
        "corrected": _corrected(note),
        "correction": note.corrects_id is not None,
        "redacted": redacted(note, today),
        "pieces": excerpt(note.body, wanted),
        "next": _next(action, wanted, today) if action else None,
        "only": None if query.values.get("customer") == str(customer.pk) else query.url(customer=customer.pk),
    }


def _corrected(note: Note) -> str:
    """Where the last note stands that corrects this one."""
    return reverse("note_detail", args=[note.engagement_id, note.corrected_by[-1]]) if note.corrected_by else ""


def _next(action, wanted: tuple[Part, ...], today: date) -> dict[str, Any]:
    pieces: list[Piece] = excerpt(action.text, wanted)
    if action.done_at:
        said = f"done {on_day(timezone.localtime(action.done_at).date(), today)}"
        return {"pieces": pieces, "owner": str(action.owner), "said": said, "late": False}
    late = action.due_on < today
    return {"pieces": pieces, "owner": str(action.owner), "said": due(action.due_on, today), "late": late}


def _number(found: Found) -> str:
    return f"more than {MOST:,}" if found.is_cut else f"{found.total:,}"


def _said(found: Found, query: Query) -> str:
    if not found.is_cut:
        return count(found.total, "note")
    does = {"relevance": "ranked", "date": "listed", "tenant": "sorted"}[query.sort]
    return f"More than {MOST:,} notes; the newest {MOST:,} are {does}"


def _sorts(query: Query) -> list[dict[str, Any]]:
    """The usual order has no name, so that it changes by itself once words are looked for."""
    usual = query.sorts[0]
    return [
        {"value": "" if key == usual else key, "label": SORTS[key], "selected": key == query.sort}
        for key in query.sorts
    ]


def _date_problems(wanted: NoteFilter) -> list[str]:
    said = [
        f"“{wanted.data[name][:40]}” is no day; write it like 2026-05-21."
        for name in ("since", "until")
        if name in wanted.form.errors
    ]
    values = wanted.form.cleaned_data
    since, until = values.get("since"), values.get("until")
    if since and until and since > until:
        said.append("The first day is after the last, so no note was written between them.")
    return said


def _chips(wanted: NoteFilter, query: Query, user: User, today: date) -> list[dict[str, str]]:
    """What narrows the search, each with the address of the search without it."""
    values = {name: value for name, value in wanted.form.cleaned_data.items() if value not in (None, "", False)}
    said = [(f"Words: {query.values['q'][:60]}", "q")] if query.asked.wanted or query.asked.unwanted else []
    for name, value in values.items():
        if words := _chip(name, value, wanted, user, today):
            said.append((words, name))
    return [{"label": label, "name": name, "url": query.url(**{name: ""})} for label, name in said]


def _chip(name: str, value: Any, wanted: NoteFilter, user: User, today: date) -> str:
    field = wanted.form.fields[name]
    match name:
        case "at":
            return f"Name has “{value}”"
        case "author":
            return "Written by me" if value == MINE else _by(wanted, value, user)
        case "customer":
            return f"Customer: {_name(Customer.objects.visible_to(user), value)}"
        case "tenant":
            return f"Tenant: {_name(Tenant.objects.visible_to(user), value)}"
        case "engagement":
            found = Engagement.objects.visible_to(user).select_related("tenant__customer").filter(pk=value).first()
            return f"Engagement {value}{f' with {found.tenant.customer}' if found else ''}"
        case "since" | "until":
            return f"{'From' if name == 'since' else 'Until'} {day(value, today)}"
        case "next":
            return f"Next update {dict(field.choices)[value].lower()}"
        case "escalated":
            return "Escalated"
        case "standing":
            return "Without corrected ones"
    return dict(field.choices).get(value, "")


def _name(rows: QuerySet, pk: Any) -> str:
    """Nothing is said of what the reader may not see."""
    return rows.filter(pk=pk).values_list("name", flat=True).first() or f"number {pk}"


def _by(wanted: NoteFilter, value: str, user: User) -> str:
    """Somebody who wrote a note that the reader may see."""
    if not (value.isascii() and value.isdecimal()):
        return ""
    written = NoteWords.objects.visible_to(user).filter(author=int(value))
    found = User.objects.filter(pk=int(value)).first() if written.exists() else None
    name = str(found) if found else f"number {value}"
    wanted.form.fields["author"].widget.choices = [("", "Any author"), (MINE, "Mine"), (value, name)]
    return f"Written by {name}"


def _empty(query: Query, chips: list[dict[str, str]]) -> dict[str, str]:
    if query.asked.refusal:
        return {
            "title": "Nothing was looked for",
            "text": query.asked.refusal,
            "url": query.url(q=""),
            "action": "Clear",
        }
    if not chips:
        return {
            "title": "No notes yet",
            "text": "Notes of the engagements that you may see stand here as soon as they are saved.",
            "url": reverse("engagement_list"),
            "action": "Go to the portfolio",
        }
    if query.asked.is_empty:
        text = "No note that you may see is left by these filters."
    elif len(chips) > 1:
        text = "No note that you may see holds all of it within these filters. Take one away, or use fewer words."
    else:
        text = "No note that you may see holds all of it. Use fewer words, or begin a word and put a star: migr*."
    wider = query.url(**{chip["name"]: "" for chip in chips if chip["name"] != "q"})
    if len(chips) > 1 and not query.asked.is_empty:
        return {"title": "No note is found", "text": text, "url": wider, "action": "Search without filters"}
    return {
        "title": "No note is found",
        "text": text,
        "url": reverse("note_library"),
        "action": "Show the latest notes",
    }
