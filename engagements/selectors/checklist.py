"""A step's lines as the checklist components draw them: every state, its proof, and where to mend it."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse

from engagements.gate import NOT_NEEDED, OPEN, SATISFIED, WAIVED, LineVerdict, Verdict
from engagements.gate_input import Line
from engagements.models import Note
from engagements.selectors.opening import way_to_open
from engagements.selectors.places import fact_url, line_id
from engagements.walk import Place
from playbook.checks import ATTEST, Check

STATES = {SATISFIED: "done", WAIVED: "waived", NOT_NEEDED: "off"}
WORD = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}


@dataclass
class Checklist:
    """Draws lines for one reader. ``ticked`` are the lines that the unsaved note would document; ``barred_pages`` the
    pages that the reader may not open, by their URL names, so that no line offers them.
    """

    place: Place
    verdict: Verdict
    lines: Iterable[Line]
    people: Mapping[int, str]
    may_edit: bool = False
    ticked: frozenset[int] = frozenset()
    asked: Mapping[int, str] = field(default_factory=dict)
    barred_pages: Set[str] = frozenset()

    def items(self) -> list[dict]:
        return [self._item(line) for line in self.lines]

    def _item(self, line: Line) -> dict:
        standing = self.verdict.lines[line.id]
        tickable = self.may_edit and self.wants_writing(line)
        state = STATES.get(standing.state) or ("note" if tickable and line.id in self.ticked else "open")
        item = {
            "id": line_id(line.id),
            "state": state,
            "text": line.text,
            "short": shorten(line.text),
            "value": line.id if tickable else "",
            "counts": tickable and self._is_covered_by_a_note(standing) and self.verdict.blocks(line.id),
            "meta": self._meta(line, standing),
            "holds": self._holds(line, standing),
            "evidence": self._evidence(line, standing),
            "fix": self._fix(line, standing),
            "offers": self._offers(line),
            "word": "Optional" if standing.state == OPEN and line.optional and state == "open" else "",
        }
        if line.children and line.rule == "one of":
            item["group"] = self._group(line, standing)
        elif line.children:
            item["children"] = [self._item(child) for child in line.children]
        return item

    def _group(self, line: Line, standing: LineVerdict) -> dict:
        routes = [self._route(child, standing.state == NOT_NEEDED) for child in line.children]
        count = len(routes)
        return {
            "id": f"group-{line.id}",
            "legend": f"One of {WORD.get(count, count)} routes",
            "hint": "decides what else has to be documented",
            "choose_url": self._url("step_route") if self.may_edit and standing.state != NOT_NEEDED else "",
            "group": line.id,
            "routes": routes,
        }

    def _route(self, line: Line, closed: bool) -> dict:
        route = self._item(line)
        standing = self.verdict.lines[line.id]
        parts = route.pop("children", [])
        route["route"] = line.id
        route["parts"] = parts
        if parts:
            route["value"] = ""
        if standing.state == NOT_NEEDED and line.applies and self.may_edit and not closed:
            # Another route was taken; this one stays open to a change of mind.
            route |= {"state": "open", "value": "" if parts else line.id, "meta": "", "word": ""}
        elif standing.state == OPEN and self.may_edit:
            picked = route["state"] == "note" or any(part["state"] == "note" for part in parts)
            state = "note" if route["state"] == "note" else "chosen" if standing.chosen or picked else "open"
            route |= {"state": state, "word": ""}
        elif standing.state == OPEN:
            route |= {"state": "off", "word": "Chosen" if standing.chosen else "Not chosen"}
        if standing.state == NOT_NEEDED and not line.applies:
            route["word"] = "Does not apply"
        return route

    def wants_writing(self, line: Line) -> bool:
        """Whether a note, or a statement, is what an open line still needs."""
        standing = self.verdict.lines[line.id]
        if standing.state != OPEN or (line.children and not line.checks):
            return False
        return any(one.check.is_written for one in standing.missing)

    def _is_covered_by_a_note(self, standing: LineVerdict) -> bool:
        return all(one.check.is_written for one in standing.missing)

    def _meta(self, line: Line, standing: LineVerdict) -> str:
        if standing.state == WAIVED:
            who = self.people.get(line.waiver.by, "") if line.waiver else ""
            return f"Waived by {who}: “{standing.why}”" if who else standing.why
        if standing.state == NOT_NEEDED:
            return standing.why[:1].upper() + standing.why[1:]
        parts = [needs(one.check) for one in standing.missing if one.check.is_written]
        said = [one.needs for one in standing.missing if not one.check.is_written]
        parts += [f"From records: {reason[:1].lower()}{reason[1:]}" for reason in said]
        if standing.state == SATISFIED:
            parts += [f"From records: {fact.reason}" for fact in self._facts(line) if fact.holds and fact.reason]
        if line.id in self.asked:
            parts.append(self.asked[line.id])
        return ". ".join(part.rstrip(".") for part in parts)

    def _holds(self, line: Line, standing: LineVerdict) -> list[str]:
        """What the records already say for a line that still asks for something else."""
        facts = self._facts(line) if standing.state == OPEN else []
        return [fact.reason.rstrip(".") for fact in facts if fact.holds and fact.reason]

    def _facts(self, line: Line):
        facts = self.place.gate_input.facts
        return [facts[check] for check in line.checks if check in facts]

    def _evidence(self, line: Line, standing: LineVerdict) -> list[dict]:
        if standing.state == NOT_NEEDED:
            return []
        return [self._proof(proof) for proof in line.proofs]

    def _proof(self, proof) -> dict:
        who = self.people.get(proof.by, "somebody")
        if proof.kind == "note":
            label = Note.Category(proof.category).label if proof.category in Note.Category.values else "A"
            url = reverse("note_detail", args=[self.place.walk.engagement.pk, proof.id])
            return {"text": f"{label} note", "url": url, "tail": f", {who}, {short_date(proof.on)}"}
        return {"text": f"“{proof.text}”", "url": "", "tail": f", {who}, {short_date(proof.on)}"}

    def _fix(self, line: Line, standing: LineVerdict) -> dict | None:
        if not line.applies and self.may_edit:
            return way_to_open(self.place, line.id)
        pages = [one.edited_at for one in standing.missing if one.edited_at]
        page = next((page for page in pages if page.page not in self.barred_pages), None)
        if standing.state != OPEN or page is None:
            return None
        return {"label": "Go there", "url": fact_url(page, self.place.walk.engagement.pk)}

    def _offers(self, line: Line) -> list[dict]:
        """Small ways out: take a wrong link away; state what no note has to say."""
        if not self.may_edit or self.verdict.lines[line.id].state == NOT_NEEDED:
            return []
        offers = []
        if line.proofs:
            offers.append({"label": "Remove", "url": self._url("step_evidence", line=line.id)})
        elif self.verdict.lines[line.id].state == OPEN and takes_statement(line):
            offers.append({"label": "State it in words", "url": self._url("step_statement", line=line.id)})
        return offers

    def _url(self, name: str, **query: int) -> str:
        return place_url(self.place, name, **query)


def place_url(place: Place, name: str, *args, **query: int | str) -> str:
    """An address below a step, with its service where the step runs per service."""
    address = reverse(name, args=[place.walk.engagement.pk, place.process.slug, place.step.slug, *args])
    if place.service:
        query["service"] = place.service.id
    return address + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def takes_statement(line: Line) -> bool:
    """Whether a person may state the line in words instead of writing a note."""
    return ATTEST in line.asks


def needs(check: Check) -> str:
    """What an open written check asks for: "Engagement Management note"."""
    if check.kind != "note":
        return "A note, or your statement"
    names = [Note.Category(slug).label for slug in check.categories if slug in Note.Category.values]
    return " or ".join(names) + " note"


def shorten(text: str, most: int = 42) -> str:
    """The first words of a line, for links and lists."""
    if len(text) <= most:
        return text.rstrip(".:")
    return text[:most].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def short_date(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%b}"
