"""The history of an engagement as sentences: "Ana Ruiz set task 983 from In Progress to Complete".

Services write events with ids; here ids become the names of today, in a constant number of queries.
Events of the tenant (DIBS, enabled services, team) belong to the history of each of its engagements.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from engagements.models import AdoptionRecord, Contact, Engagement, Event, NextAction, Note, User, Waiver
from engagements.walk import Walk
from playbook.models import Requirement
from tasks.models import Service

PER_PAGE = 50
# What people filter by → how the object of an event begins.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "steps": ("Steps", ("step:", "waiver:")),
    "tasks": ("Tasks", ("task:",)),
    "notes": ("Notes and next actions", ("note:", "next action:")),
    "services": ("Services and DIBS", ("adoption:", "service:")),
    "questions": ("Questions", ("condition:",)),
    "people": ("Team and contacts", ("contact:", "csm", "account team", "user:")),
    "engagement": ("The engagement and its tenant", ("engagement", "tenant")),
}


def engagement_events(walk: Walk, query: Mapping[str, str]) -> dict[str, Any]:
    """One page of events, with the filter and the ways to earlier and later pages."""
    kind = query.get("kind", "")
    rows = _events(walk.engagement, KINDS[kind][1] if kind in KINDS else ())
    page = Paginator(rows, PER_PAGE).get_page(query.get("page"))
    events = list(page.object_list)
    teller = Teller(walk, Names.of(events))
    return {
        "events": [teller.tell(event) for event in events],
        "kind": kind if kind in KINDS else "",
        "kinds": [{"value": name, "label": label, "selected": name == kind} for name, (label, _) in KINDS.items()],
        "say": f"{page.start_index()}–{page.end_index()} of {page.paginator.count}" if events else "",
        "count": f"{page.paginator.count} event{'' if page.paginator.count == 1 else 's'}",
        "newer_url": _address(walk, kind, page.previous_page_number()) if page.has_previous() else "",
        "older_url": _address(walk, kind, page.next_page_number()) if page.has_next() else "",
        "filter_url": _address(walk, "", 1),
        "all_url": _address(walk, "", 1) if kind in KINDS else "",
    }


def _events(engagement: Engagement, beginnings: Iterable[str]):
    mine = Q(engagement=engagement) | Q(engagement=None, tenant=engagement.tenant_id)
    rows = Event.objects.filter(mine).select_related("actor").order_by("-at", "-pk")
    wanted = Q()
    for text in beginnings:
        wanted |= Q(object__startswith=text)
    return rows.filter(wanted)


def _address(walk: Walk, kind: str, page: int) -> str:
    given = {name: value for name, value in {"kind": kind, "page": page if page > 1 else ""}.items() if value}
    address = reverse("engagement_history", args=[walk.engagement.pk])
    return f"{address}?{urlencode(given)}" if given else address


# Names ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Names:
    """What the ids in a page of events stand for; what is gone is left out."""

    services: Mapping[int, str]
    contacts: Mapping[int, str]
    actions: Mapping[int, str]
    notes: Mapping[int, str]
    routes: Mapping[int, str]
    waivers: Mapping[int, str]
    users: Mapping[int, str]

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Names":
        ids: dict[str, set[int]] = defaultdict(set)
        for event in events:
            for kind, pk in _ids(event):
                ids[kind].add(pk)
        return cls(
            services={pk: row.label for pk, row in Service.objects.in_bulk(ids["service"]).items()},
            contacts={pk: row.name for pk, row in Contact.objects.in_bulk(ids["contact"]).items()},
            actions={pk: row.text for pk, row in NextAction.objects.in_bulk(ids["next action"]).items()},
            notes={pk: row.get_category_display() for pk, row in _notes(ids["note"]).items()},
            routes={pk: row.text for pk, row in Requirement.objects.in_bulk(ids["route"]).items()},
            waivers={pk: _waived(row) for pk, row in _waivers(ids["waiver"]).items()},
            users={pk: str(row) for pk, row in User.objects.in_bulk(ids["user"]).items()},
        )


def _notes(ids: set[int]) -> dict[int, Note]:
    return Note.objects.only("category").in_bulk(ids)


def _waivers(ids: set[int]) -> dict[int, Waiver]:
    return Waiver.objects.select_related("requirement", "task").in_bulk(ids)


def _waived(row: Waiver) -> str:
    return f"“{row.requirement.text.rstrip('.:')}”" if row.requirement else f"task {row.task.number}"


def _ids(event: Event) -> Iterable[tuple[str, int]]:
    """(what it is, id) of everything that an event names by id."""
    kind, _, pk = event.object.partition(":")
    kind = {"adoption": "service"}.get(kind, kind)
    if kind in ("service", "contact", "next action", "note", "waiver", "user") and pk.isdecimal():
        yield kind, int(pk)
    names = {"success_owner": "contact", "contact": "contact"}
    names |= {"service": "service", "note": "note", "route": "route", "waiver": "waiver"}
    for values in (event.before, event.after):
        for name, found in names.items():
            if isinstance(values.get(name), int):
                yield found, values[name]


# Sentences --------------------------------------------------------------------------------------------


class Teller:
    """Turns events into the rows of ``components/event.html``."""

    def __init__(self, walk: Walk, names: Names):
        self.walk, self.names = walk, names

    def tell(self, event: Event) -> dict[str, str]:
        kind, _, rest = event.object.partition(":")
        text, url, before, after = self._sentence(event, kind, rest)
        return {
            "when": _when(event.at, self.walk.today),
            "actor": str(event.actor or "Somebody"),
            "text": text,
            "url": url,
            "before": before,
            "after": after,
        }

    def _sentence(self, event: Event, kind: str, rest: str) -> tuple[str, str, str, str]:
        """(what was done, where it leads, what was before, what is now)."""
        tellers: dict[str, Callable[[Event, str], tuple]] = {
            "engagement": self._engagement,
            "step": self._step,
            "waiver": self._waiver,
            "task": self._task,
            "note": self._note,
            "next action": self._action,
            "condition": self._condition,
            "adoption": self._adoption,
            "service": self._service,
            "contact": self._contact,
            "csm": self._csm,
            "account team": self._account_team,
            "user": self._user,
            "tenant": self._tenant,
            "key output": self._key_output,
        }
        teller = tellers.get(kind)
        said = teller(event, rest) if teller else (f"{event.verb} {event.object}",)
        return (*said, "", "", "")[:4]

    def _engagement(self, event: Event, _: str) -> tuple:
        after = event.after
        if event.verb == "started":
            what = f"{', '.join(after.get('motions', []))}, {after.get('model', '')}, on {after.get('edition', '')}"
            return "started the engagement", "", "", f"{what}: {', '.join(after.get('services', []))}"
        if event.verb == "parked":
            until = _day(after.get("parked_until"))
            return f"parked the engagement until {until}", "", "", after.get("parked_reason", "")
        if event.verb == "closed":
            return "closed the engagement", "", "", after.get("outcome", "")
        return f"{event.verb} the engagement", "", "", after.get("why", "")

    def _step(self, event: Event, key: str) -> tuple:
        before, after = event.before, event.after
        title = after.get("title") or self._title(key)
        url = self._step_url(key)
        lines = after.get("lines") or []
        match event.verb:
            case "completed":
                receipt = after.get("receipt")
                if receipt:
                    url = reverse("receipt_detail", args=[self.walk.engagement.pk, receipt])
                return f"completed {title}", url
            case "reopened":
                return f"reopened {title}", url, "", after.get("why", "")
            case "chose":
                route = self.names.routes.get(after.get("route"), "")
                return f"chose a route in {title}", url, "", route
            case "stated":
                return f"stated for {title}: {after.get('text', '')}", url, "", after.get("line", "")
            case "unlinked":
                what = "a note" if before.get("note") else "a statement"
                return f"took {what} away from {title}", url, before.get("line", "")
            case "documented":
                what = f"{len(lines)} line{'' if len(lines) == 1 else 's'} of {title}" if lines else title
                return f"documented {what}", url, "", " · ".join(lines)
            case "asked to waive":
                what = self.names.waivers.get(after.get("waiver"), "a line")
                return f"asked to waive {what} in {title}", url, "", after.get("reason", "")
        return f"{event.verb} {title}", url

    def _waiver(self, event: Event, pk: str) -> tuple:
        what = self.names.waivers.get(_number(pk), "a line")
        key = event.after.get("step", "")
        answer = event.after.get("answer") or event.after.get("reason", "")
        title = f" in {self._title(key)}" if key else ""
        return f"{event.verb} the waiver of {what}{title}", self._step_url(key), "", answer

    def _task(self, event: Event, number: str) -> tuple:
        before, after = event.before.get("status", "Not Started"), event.after.get("status", "")
        url = f"{reverse('engagement_tasks', args=[self.walk.engagement.pk])}#task-{number}"
        return f"set task {number} from {before} to {after}", url, "", event.after.get("reason", "")

    def _note(self, event: Event, pk: str) -> tuple:
        note = _number(pk)
        if note not in self.names.notes:
            return "wrote a note", ""
        url = reverse("note_detail", args=[self.walk.engagement.pk, note])
        return f"wrote a note, {self.names.notes[note]}", url

    def _action(self, event: Event, pk: str) -> tuple:
        text = self.names.actions.get(_number(pk), "a next action")
        match event.verb:
            case "did":
                return f"did: {text}", ""
            case "took back":
                return f"took back that this was done: {text}", ""
            case "moved":
                after = _day(event.after.get("due")) + (f": {event.after['why']}" if event.after.get("why") else "")
                return f"moved the next action: {text}", "", _day(event.before.get("due")), after
        return f"{event.verb} {text}", ""

    def _condition(self, event: Event, key: str) -> tuple:
        condition = self.walk.edition.conditions.get(key)
        question = event.after.get("question") or (condition.question if condition else key)
        about = self.names.services.get(event.after.get("service"), "")
        said = f"answered {_answer(event.after.get('answer'))} to “{question}”" + (f" for {about}" if about else "")
        before = event.before.get("answer", "unknown")
        return said, "", "" if before == "unknown" else _answer(before), event.after.get("why", "")

    def _adoption(self, event: Event, pk: str) -> tuple:
        service = self.names.services.get(_number(pk), "a service")
        url = f"{reverse('engagement_services', args=[self.walk.engagement.pk])}#service-{pk}"
        if event.verb == "confirmed":
            return f"confirmed DIBS and SSAT of {service}", url
        before, after = self._fields(event.before), self._fields(event.after)
        return f"recorded DIBS and SSAT of {service}", url, before, after

    def _service(self, event: Event, pk: str) -> tuple:
        service = self.names.services.get(_number(pk), "a service")
        url = f"{reverse('engagement_services', args=[self.walk.engagement.pk])}#service-{pk}"
        if event.verb == "enabled":
            return f"enabled {service} as of {_day(event.after.get('enabled_on'))}", url
        if event.verb == "took into scope":
            return f"took {service} into scope", url
        if event.verb in ("added", "changed"):
            before, after = (_entitlements(values) for values in (event.before, event.after))
            return f"{event.verb} {service}", url, before, after
        return f"took back that {service} is enabled", url, _day(event.before.get("enabled_on"))

    def _contact(self, event: Event, pk: str) -> tuple:
        return f"{event.verb} the contact {self.names.contacts.get(_number(pk), 'somebody who is gone')}", ""

    def _csm(self, event: Event, _: str) -> tuple:
        before, after = (self._contact_name(values.get("contact")) for values in (event.before, event.after))
        return "set the Customer Success Manager", "", before, after

    def _account_team(self, event: Event, _: str) -> tuple:
        words = {True: "looks after the customer", False: "there is none", None: "not known"}
        before, after = (words[values.get("managed")] for values in (event.before, event.after))
        return "said whether a Microsoft account team is there", "", before, after

    def _key_output(self, event: Event, _: str) -> tuple:
        return f"confirmed a key output: {event.after.get('line', '')}", "", "", event.after.get("text", "")

    def _user(self, event: Event, pk: str) -> tuple:
        somebody = self.names.users.get(_number(pk), "somebody who is gone")
        before, after = (_assigned(values) for values in (event.before, event.after))
        said = {"changed": f"changed how {somebody} is assigned"}.get(event.verb, f"{event.verb} {somebody}")
        return said, "", before, after

    def _tenant(self, event: Event, _: str) -> tuple:
        if event.verb == "added":
            return "added the tenant", "", "", ", ".join(event.after.get("services", []))
        before, after = (
            ", ".join(f"{_field(name)} {value or 'empty'}" for name, value in values.items())
            for values in (event.before, event.after)
        )
        return f"{event.verb} the tenant", "", before, after

    # Parts of sentences

    def _title(self, key: str) -> str:
        found = self.walk.edition.places.get(key)
        return found[2].title if found else key

    def _step_url(self, key: str) -> str:
        found = self.walk.edition.places.get(key)
        return reverse("step_detail", args=[self.walk.engagement.pk, found[1].slug, found[2].slug]) if found else ""

    def _contact_name(self, pk: int | None) -> str:
        return self.names.contacts.get(pk, "somebody who is gone") if pk else "nobody"

    def _fields(self, values: Mapping[str, Any]) -> str:
        """ "due date 30 Jun 2026, success owner Priya Raman": the values of an adoption record in words."""
        return ", ".join(f"{_field(name)} {self._value(name, value)}" for name, value in values.items())

    def _value(self, name: str, value: Any) -> str:
        if name == "success_owner":
            return self._contact_name(value)
        if name == "due_on":
            return _day(value)
        choices = getattr(AdoptionRecord._meta.get_field(name), "choices", None)
        said = dict(choices or ()).get(value, value)
        return str(said).lower() if said and choices else str(said or "empty")


def _field(name: str) -> str:
    names = {"due_on": "due date", "success_owner": "success owner", "business_reason": "business reason"}
    return names.get(name) or name.removesuffix("_text").replace("_", " ")


def _entitlements(values: Mapping[str, Any]) -> str:
    return f"{values['entitlements']:,} entitlements" if "entitlements" in values else ""


def _assigned(values: Mapping[str, Any]) -> str:
    """ "primary FastTrack Manager"."""
    return f"{'primary ' if values.get('primary') else ''}{values.get('role', '')}"


def _answer(said: str | None) -> str:
    return {"yes": "yes", "no": "no"}.get(said or "", "not known")


def _day(iso: str | None) -> str:
    return f"{date.fromisoformat(iso):%-d %b %Y}" if iso else "no date"


def _when(at: datetime, today: date) -> str:
    here = timezone.localtime(at)
    year = "" if here.year == today.year else f" {here.year}"
    return f"{here:%a %-d %b}{year}, {here:%H:%M}"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
