"""The portfolio: which engagements a reader asked for, in which order, a page at a time (DESIGN §8).

Filters and sorts by the summary rows. The ids of a page are found first and its rows are read by id, so
that sorting thousands carries no wide rows; the number of queries is the same for every page.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.http import QueryDict
from django.urls import reverse

from engagements.filters import UNKNOWN, UNRATED, EngagementFilter, shows
from engagements.levels import READ_ALL
from engagements.models import Engagement, EngagementSummary, HealthRating, User
from engagements.selectors.days import day, on_day
from engagements.selectors.health import health_chip
from engagements.selectors.places import place_url
from engagements.selectors.usage import bar
from engagements.selectors.words import count, late, motions_said
from engagements.usage import SHARE
from tasks.prepared import prepared
from tasks.together import together

PAGE_SIZES = (25, 50, 100)
FORMATS = {"csv": "CSV", "xlsx": "Excel (.xlsx)"}
FEW = 1_000  # sorted in one go
# A workbook is written cell by cell; more than this would take longer than a request may.
MOST_IN_WORKBOOK = 8_000
DIBS = (("D", "due date"), ("I", "intent"), ("B", "business reason"), ("S", "success owner"))
NAMES = ("q", "scope", "status", "show", "health", "phase", "motion", "service", "on", "sort", "per", "page")

_RANK = Case(
    When(status="closed", then=Value(6)),
    When(status="parked", then=Value(5)),
    When(summary__tasks_blocked__gt=0, then=Value(0)),
    When(summary__steps_shaken__gt=0, then=Value(1)),
    When(summary__steps_ready__gt=0, then=Value(2)),
    When(~Q(summary__next_step_key=""), then=Value(3)),
    default=Value(4),
)


def _colour(today: date) -> Case:
    """The worst first, then those that nobody confirmed; who is not rated comes last."""
    ranks = (When(summary__health=colour, then=Value(at)) for at, colour in enumerate(HealthRating.Colour.values))
    return Case(When(summary__health_until__lt=today, then=Value(8)), *ranks, default=Value(9))


# Key → label, and what it sorts by, or how that comes from today; dates that are not there come last both ways.
COLUMNS = {
    "customer": ("Customer", F("summary__found_by")),
    "health": ("Health", _colour),
    "phase": ("Phase", F("summary__phase_position")),
    "now": ("What now", _RANK),
    "dibs": ("DIBS", F("summary__dibs_missing_count")),
    "active": ("Active users", F("summary__active_percent")),
    "progress": ("Progress", F("summary__steps_done")),
    "next": ("Next action", F("summary__next_action_on")),
}
SHOWN_AS_TABS = ("ready", "dibs", "blocked", "overdue", "unplanned")
PRESETS = (
    ("active", "My active", {}),
    ("ready", "Ready to complete", {"show": "ready"}),
    ("dibs", "DIBS missing", {"show": "dibs"}),
    ("blocked", "Blocked", {"show": "blocked"}),
    ("overdue", "Overdue", {"show": "overdue"}),
    ("unplanned", "Without a next action", {"show": "unplanned"}),
    ("all", "All I may see", {"scope": "all", "status": "any"}),
)


@dataclass(frozen=True)
class Query:
    """What the address asks for. A find from the top bar brings no scope: it looks in all that one may see."""

    values: dict[str, str]

    @classmethod
    def read(cls, params: QueryDict) -> "Query":
        values = {name: params[name].strip() for name in NAMES if params.get(name, "").strip()}
        is_find = "q" in values and "scope" not in values
        return cls({"scope": "all" if is_find else "mine", "status": "any" if is_find else "open"} | values)

    def url(self, **changes: Any) -> str:
        """The same list, changed; every change but that of the page begins at the first page."""
        values = self.values | {"page": ""} | {name: str(value) for name, value in changes.items()}
        kept = {name: values[name] for name in NAMES if values.get(name)}
        if "q" not in kept:
            for name, usual in (("scope", "mine"), ("status", "open")):
                if kept.get(name) == usual:
                    del kept[name]
        return f"{reverse('engagement_list')}?{urlencode(kept)}" if kept else reverse("engagement_list")

    @property
    def sort(self) -> tuple[str, bool]:
        """(column, whether descending); what is due first unless asked otherwise."""
        wanted = self.values.get("sort", "next")
        key = wanted.removeprefix("-")
        return (key, wanted.startswith("-")) if key in COLUMNS else ("next", False)

    @property
    def per(self) -> int:
        wanted = self.values.get("per", "")
        return int(wanted) if wanted in {str(size) for size in PAGE_SIZES} else PAGE_SIZES[0]

    @property
    def page(self) -> int:
        wanted = self.values.get("page", "")
        return max(int(wanted), 1) if wanted.isdecimal() and len(wanted) < 7 else 1


def portfolio_page(user: User, params: QueryDict, today: date) -> dict[str, Any]:
    """Everything that the page, and the fragment that htmx swaps, are drawn from."""
    query = Query.read(params)
    wanted = EngagementFilter(query.values, user=user, today=today)
    numbers = _numbers(user, today)
    total = _total(wanted, query, numbers)
    pages = max(-(-total // query.per), 1)
    page = min(query.page, pages)
    start = (page - 1) * query.per
    rows = _rows(_ids(wanted, query, total, slice(start, start + query.per)), today)
    return {
        "form": wanted.form,
        "query": query,
        "url": query.url(page=page if page > 1 else ""),
        "views": _views(query, numbers),
        "columns": _columns(query),
        "rows": rows,
        "found": count(total, "engagement"),
        "found_all": f"All {total:,} found" if total > len(rows) else "",
        "list": urlencode({name: value for name, value in query.values.items() if name != "page"}),
        "pager": {
            "say": f"{start + 1:,}–{start + len(rows):,} of {total:,}",
            "previous_url": query.url(page=page - 1) if page > 1 else "",
            "next_url": query.url(page=page + 1) if page < pages else "",
        },
        "exports": _exports(query, total),
        "sizes": _sizes(query) if total > PAGE_SIZES[0] else [],
        "due_on": _due_on(wanted, query, today),
        "empty": None if rows else _empty(wanted, query, numbers),
    }


def asked_for(user: User, params: QueryDict, today: date) -> QuerySet[Engagement]:
    """All that the address asks for, of every page, in its order."""
    query = Query.read(params)
    return _sorted(EngagementFilter(query.values, user=user, today=today).qs, query, today)


def _numbers(user: User, today: date) -> dict[str, int]:
    """The numbers on the tabs; the many that one may see are counted without looking at what they are."""
    by_status = {status: numbers for status, *numbers in _mine_by_status(user=user.pk, today=today)}
    total = sum(numbers[0] for numbers in by_status.values())
    of_open = by_status.get(Engagement.Status.OPEN, [0] * (1 + len(SHOWN_AS_TABS)))
    numbers = {"all": total, **dict(zip(("active", *SHOWN_AS_TABS), of_open, strict=True))}
    return numbers | {"all": Engagement.objects.counted().count()} if user.has_perm(READ_ALL) else numbers


@prepared
def _mine_by_status(user, today) -> QuerySet[Engagement]:
    """One's own by their status: how many, and how many of them are such as the tabs show."""
    such = shows(today)
    mine = Engagement.objects.assigned_to(user).counted().order_by().values("status")
    counts = {key: Count("pk", filter=such[key]) for key in SHOWN_AS_TABS}
    return mine.annotate(all=Count("pk"), **counts).values_list("status", "all", *SHOWN_AS_TABS)


def _total(wanted: EngagementFilter, query: Query, numbers: dict[str, int]) -> int:
    """How many are found; the tabs know the number of their own lists already."""
    narrowing = {name: value for name, value in query.values.items() if name not in ("sort", "per", "page")}
    for key, values in (("active", {"scope": "mine", "status": "open"}), ("all", {"scope": "all", "status": "any"})):
        if narrowing == values:
            return numbers[key]
    return wanted.qs.count()


def _sorted(found: QuerySet[Engagement], query: Query, today: date) -> QuerySet[Engagement]:
    """By the row that lists read, which every engagement has; asked for nulls, SQLite would not sort by index."""
    (key, is_descending), name = query.sort, F("summary__found_by")
    found, by = found.filter(summary__isnull=False), COLUMNS[key][1]
    by = by(today) if callable(by) else by
    if key == "customer":
        return found.order_by(name.desc() if is_descending else name.asc(), "pk")
    return found.order_by(by.desc(nulls_last=True) if is_descending else by.asc(nulls_last=True), name.asc(), "pk")


def _ids(wanted: EngagementFilter, query: Query, total: int, page: slice) -> list[int]:
    """The ids of one page. Among many, an index gives the dated ones in order, so those without a date follow apart."""
    found, today = wanted.qs, wanted.today
    if query.sort[0] != "next" or total <= FEW:
        return list(_sorted(found, query, today).values_list("pk", flat=True)[page])
    dated = found.filter(summary__next_action_on__isnull=False)
    ids = list(_sorted(dated, query, today).values_list("pk", flat=True)[page])
    left = page.stop - page.start - len(ids)
    if left:
        start = 0 if ids else max(page.start - dated.count(), 0)
        others = found.filter(summary__next_action_on=None).order_by("summary__found_by", "pk")
        ids += others.values_list("pk", flat=True)[start : start + left]
    return ids


def _rows(ids: list[int], today: date) -> list[dict[str, Any]]:
    if not ids:
        return []
    found, run = _drawn(ids=ids)
    rows, motions = {row.pk: row for row in found}, defaultdict(list)
    for pk, name in run:
        motions[pk].append(name)
    return [_row(rows[pk], motions[pk], today) for pk in ids]


def _engagements(ids) -> QuerySet[Engagement]:
    return Engagement.objects.filter(pk__in=ids).select_related("tenant__customer", "summary")


def _motions(ids) -> QuerySet:
    rows = Engagement.motions.through.objects.filter(engagement__in=ids)
    return rows.order_by("motion").values_list("engagement", "motion__name")


_drawn = together(_engagements, _motions)


def _row(engagement: Engagement, motions: list[str], today: date) -> dict[str, Any]:
    tenant, summary = engagement.tenant, engagement.summary
    second = [
        *([tenant.name] if tenant.name != tenant.customer.name else []),
        motions_said(motions),
        f"{tenant.seats:,} seats",
    ]
    is_open = engagement.status == Engagement.Status.OPEN
    return {
        "id": engagement.pk,
        "name": tenant.customer.name,
        "second": " · ".join(filter(None, second)),
        "url": reverse("engagement_detail", args=[engagement.pk]),
        "health": health_chip(summary, today),
        "phase": summary.phase,
        "now": _now(engagement, today),
        "dibs": _dibs(summary, today),
        "active": bar(summary.active_percent),
        "progress": f"{summary.steps_done} of {summary.steps_total}",
        "next": day(summary.next_action_on, today),
        "late": late(summary.next_action_on, today) if is_open and summary.next_action_on else "",
        "review": f"Review {on_day(summary.next_review_on, today)}" if summary.next_review_on else "",
        "review_late": late(summary.next_review_on, today) if is_open and summary.next_review_on else "",
    }


def what_now(engagement: Engagement, today: date) -> tuple[str, str, str]:
    """(shape, words, key of the step where it is dealt with) of the state that decides."""
    summary = engagement.summary
    if engagement.status == Engagement.Status.CLOSED:
        return "off", f"Closed {on_day(engagement.closed_on, today)}: {engagement.outcome}".rstrip(": "), ""
    if engagement.status == Engagement.Status.PARKED:
        return "paused", f"Parked until {day(engagement.parked_until, today)}", ""
    if summary.tasks_blocked:
        return "blocked", f"Blocked: {summary.blocked_task}", summary.blocked_step_key
    if summary.steps_shaken:
        verb = "holds" if summary.steps_shaken == 1 else "hold"
        return "warning", f"{count(summary.steps_shaken, 'step')} no longer {verb}", ""
    if summary.steps_ready:
        return "ready", f"Complete {summary.ready_step_title}", summary.ready_step_key
    if summary.next_step_key:
        left = f", {summary.next_step_left} left" if summary.next_step_left else ""
        kind = "progress" if summary.steps_done else "open"
        return kind, f"{summary.next_step_title}{left}", summary.next_step_key
    return "done", "Every step is complete", ""


def _now(engagement: Engagement, today: date) -> dict[str, str]:
    kind, word, key = what_now(engagement, today)
    return {"kind": kind, "word": word, "url": place_url(engagement.pk, key) if key else ""}


def _dibs(summary: EngagementSummary, today: date) -> dict[str, Any]:
    """A letter is there when every service in scope has it; a date that has passed stays, and asks."""
    lacking = {
        name for part in summary.dibs_missing.split("; ") for name in part.rpartition(": ")[2].split(", ") if name
    }
    marks = [{"letter": letter, "state": "no" if name in lacking else "yes"} for letter, name in DIBS]
    if not summary.dibs_missing_count:
        asks = summary.dibs_due_on is not None and summary.dibs_due_on < today
        return {"marks": marks, "name": "DIBS complete", "said": "Date to confirm" if asks else ""}
    there = sum(mark["state"] == "yes" for mark in marks)
    return {
        "marks": marks,
        "name": f"DIBS {there} of 4, missing: {summary.dibs_missing}",
        "said": count(summary.dibs_missing_count, "service"),
    }


def _views(query: Query, numbers: dict[str, int]) -> list[dict[str, Any]]:
    now = {name: query.values.get(name, "") for name in ("scope", "status", "show")}
    views = []
    for key, label, values in PRESETS:
        preset = Query({"scope": "mine", "status": "open", "show": ""} | values)
        views.append(
            {"label": label, "url": preset.url(), "count": f"{numbers[key]:,}", "current": now == preset.values}
        )
    return views


def _columns(query: Query) -> list[dict[str, Any]]:
    sorted_by, is_descending = query.sort
    columns = []
    for key, (label, _) in COLUMNS.items():
        is_this = key == sorted_by
        turned = f"-{key}" if is_this and not is_descending else key
        order = "descending" if is_descending else "ascending"
        columns.append({"key": key, "label": label, "url": query.url(sort=turned), "sort": order if is_this else ""})
    return columns


def _exports(query: Query, total: int) -> list[dict[str, str]]:
    """The whole list that is asked for as a file, not only its page; ``why_not`` in place of an address."""
    of_list = {name: value for name, value in query.values.items() if name not in ("page", "per")}
    address = reverse("engagement_export")
    files = [
        {"label": label, "url": f"{address}?{urlencode(of_list | {'format': key})}"} for key, label in FORMATS.items()
    ]
    if total > MOST_IN_WORKBOOK:
        files[-1] = {"label": FORMATS["xlsx"], "why_not": f"up to {MOST_IN_WORKBOOK:,} engagements; filter the list"}
    return files


def _sizes(query: Query) -> list[dict[str, Any]]:
    return [{"size": size, "url": query.url(per=size), "current": size == query.per} for size in PAGE_SIZES]


def _due_on(wanted: EngagementFilter, query: Query, today: date) -> dict[str, str] | None:
    on = wanted.form.cleaned_data.get("on")
    return {"said": f"Due on {day(on, today)}", "value": on.isoformat(), "url": query.url(on="")} if on else None


def _empty(wanted: EngagementFilter, query: Query, numbers: dict[str, int]) -> dict[str, str]:
    """Names the filters that hide everything, and offers the list without them."""
    hiding = _hiding(wanted)
    if query.values.get("q") and (query.values["scope"], query.values["status"]) != ("all", "any"):
        again = Query({"scope": "all", "status": "any", "q": query.values["q"]})
        url, action = again.url(), f"Look in all {numbers['all']:,}"
    elif numbers["active"] and hiding:
        url, action = Query({}).url(), f"Show all {numbers['active']:,}"
    elif numbers["all"]:
        url, action = Query({"scope": "all", "status": "any"}).url(), f"Show all {numbers['all']:,}"
    else:
        return {"title": "No engagement yet", "text": "You see the engagements that you are assigned to.", "url": ""}
    title = f"No engagement {' and '.join(hiding)}" if hiding else "No open engagement is yours"
    whose = {"mine": "yours", "all": "those you may see"}.get(query.values["scope"], "yours")
    status = query.values["status"]
    text = f"Among {whose}{'' if status == 'any' else f' that are {status}'}, nothing is left by this filter."
    return {"title": title, "text": text if hiding else "You see those you are assigned to here.", "url": url} | {
        "action": action
    }


def _hiding(wanted: EngagementFilter) -> list[str]:
    """The filters in words that finish "No engagement …"."""
    values = wanted.form.cleaned_data
    labels = {name: dict(field.choices) for name, field in wanted.form.fields.items() if hasattr(field, "choices")}
    states = {
        "ready": "is ready to complete",
        "dibs": "lacks DIBS",
        "blocked": "is blocked",
        "overdue": "is overdue",
        "unplanned": "is without a next action",
        "shaken": "has a step that no longer holds",
        "handshake": "has a handshake to do",
        "few-active": f"has less than {SHARE} % active users",
        "waivers": "waits for a waiver",
    }
    said = [states.get(values.get("show", ""), "")]
    if values.get("health"):
        special = {UNRATED: "is not rated", UNKNOWN: "has a colour to confirm"}
        said.append(special.get(values["health"]) or f"is {labels['health'][values['health']]}")
    for name, words in (("phase", "is in {}"), ("motion", "runs {}"), ("service", "covers {}")):
        if values.get(name):
            said.append(words.format(labels[name].get(values[name], values[name])))
    if values.get("on"):
        said.append(f"is due on {values['on']:%-d %b %Y}")
    if values.get("q"):
        said.append(f"matches “{values['q']}”")
    return [words for words in said if words]
