"""Everything the step page shows, as answers: built from one place of the walk."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import QuerySet
from django.urls import reverse

from engagements import access
from engagements.applicability import TaskApplicability
from engagements.gate import NOT_NEEDED, Verdict, evaluate
from engagements.gate_input import GateInput, Line
from engagements.models import Assignment, Engagement, Note, Receipt, User, Waiver
from engagements.note_markdown import Allowance
from engagements.selectors import people, shapes
from engagements.selectors.checklist import Checklist, place_url, shorten
from engagements.selectors.header import next_for
from engagements.selectors.notes import around, drawn, mentioned_in, moment, promise, redacted, with_later_changes
from engagements.selectors.opening import way_to_open
from engagements.selectors.places import blocker_id
from engagements.selectors.questions import asks
from engagements.selectors.words import motions_said
from engagements.walk import Place
from tasks.prepared import prepared
from tasks.statuses import TaskStatus


@dataclass
class StepPage:
    """One reader's look at one place. ``ticked`` lines stand in the unsaved note.

    ``shown_receipt`` is an older receipt to look at; without it, a completed step shows the standing one.
    """

    place: Place
    user: User
    ticked: frozenset[int] = frozenset()
    shown_receipt: Receipt | None = None

    def __post_init__(self):
        self.shown_receipt = self.shown_receipt or self.place.receipt
        self.engagement: Engagement = self.place.walk.engagement
        self.team: list[Assignment] = people.team(self.engagement)
        known = getattr(self.engagement, "may_edit", None)  # set by the door that the engagement came through
        may_edit = access.may_edit(self.user, self.engagement) if known is None else known
        self.may_read = access.may_use_page(self.user, self.place.process)
        self.may_edit = may_edit and self.may_read
        self.may_write = self.may_edit and self.place.applies and not self.shown_receipt
        run = self.place.run
        self.waivers = run.waiver_rows if run else []
        documented = {row.note_id for row in run.evidence_rows if row.note_id} if run else set()
        self.notes = _with_promises(notes=list(documented)) if documented else []
        self.kept = _kept(receipt=self.shown_receipt.pk)[0] if self.shown_receipt else {}
        self.names = people.names(self._ids(), [self.user, *(row.user for row in self.team)])

    def context(self) -> dict:
        place = self.place
        page = {
            "nav": "portfolio",
            "engagement": self.engagement,
            "place": place,
            "title": place.title,
            "crumbs": self._crumbs(),
            "state": {"kind": shapes.PLACE[place.state], "word": place.state},
            "facts": self._facts(),
            "steps": self._steps(),
            "may_write": self.may_write,
            "may_edit": self.may_edit,
            "previous": self._beside(-1),
            "following": self._beside(+1),
            "waive_url": place_url(place, "waiver_ask") if self.may_write else "",
            "asks": asks(place, self.names, may_answer=self.may_edit and not place.receipt) if self.may_read else [],
            "waivers": self._waivers(),
            "notes": self._notes(),
            "notes_url": place_url(place, "step_note"),
            "link_url": place_url(place, "step_link_note") if self.may_write else "",
            "keep_key": f"{self.user.pk}:step-{self.engagement.pk}-{place.step.key}",
            "earlier": place.earlier,
            "reason": "" if place.applies else place.applicability.reason,
            "open_it": self._way_to_open(),
            "excluded": place.applicability.excluded if place.applies else (),
        }
        if self.shown_receipt:
            return page | self._receipt(self.shown_receipt)
        return page | self.body() | {"gate": self.gate() if place.applies else None}

    def body(self) -> dict:
        """Lines and tasks; partners get the tasks alone where the page is for Microsoft staff."""
        place, verdict = self.place, self.place.verdict
        gate_input = place.gate_input
        tasks = [self._task(row, applies) for row, applies in place.tasks]
        if not self.may_read:
            return {"tasks": tasks}
        return {
            "inputs": self._list(gate_input, verdict, gate_input.inputs),
            "inputs_say": self._say(verdict, gate_input.inputs),
            "outputs": self._list(gate_input, verdict, gate_input.outputs),
            "outputs_say": self._say(verdict, gate_input.outputs),
            "tasks": tasks + self._tasks_of_lines(verdict),
            "needs_note": any(blocker.kind == "note" for blocker in verdict.blockers),
        }

    def gate(self, *, refused: bool = False) -> dict:
        """What the gate bar says: open, refused, ready or read-only."""
        place, verdict = self.place, self.place.verdict
        left, total = len(verdict.blockers), verdict.total
        bar = {"left": left, "total": total, "blockers": self._blockers(verdict)}
        if not self.may_edit:
            return bar | {"state": "readonly", "reader": self._who_can()}
        bar |= {"complete_url": place_url(place, "step_complete"), "target": "#gate"}
        if verdict.passed:
            counts = f"{len(verdict.satisfied)} satisfied" + (
                f", {len(verdict.waived)} waived" if verdict.waived else ""
            )
            return bar | {"state": "ready", "summary": f"{counts}. Completing keeps a receipt of all of it."}
        bar["state"] = "refused" if refused else "open"
        if verdict.tasks_only:
            numbers = " and ".join(str(number) for number in verdict.tasks_only)
            bar["extra"] = {"label": f"Complete {numbers} and the step"}
        return bar

    # Parts of the page ---------------------------------------------------------------------------------

    def _crumbs(self) -> list[dict]:
        home = reverse("engagement_detail", args=[self.engagement.pk])
        return [
            {"label": "Portfolio", "url": reverse("engagement_list")},
            {"label": self.engagement.tenant.name, "url": home},
            {"label": self.place.phase.name, "url": f"{home}#phase-{self.place.phase.slug}"},
        ]

    def _facts(self) -> list[str]:
        place, step = self.place, self.place.step
        said = [", ".join(step.roles), motions_said(step.motions.values())]
        said.append(", ".join(service.name for service in step.applies_to))
        if place.run and not place.is_done:
            who = self.names.get(place.run.started_by_id, "somebody")
            said.append(f"Started {place.run.started_at:%-d %b} by {who}")
        return [text for text in said if text]

    def _steps(self) -> list[dict]:
        keys = [step.key for step in self.place.process.steps]
        places = [place for key in keys for place in self.place.walk.places_of(key)]
        return [
            {"name": p.title, "url": p.url, "kind": shapes.PLACE[p.state], "current": p is self.place} for p in places
        ]

    def _way_to_open(self) -> dict | None:
        """Where to change what takes the whole step out, for those who may."""
        closed = self.may_edit and self.place.applicability.kind == "condition"
        return way_to_open(self.place) if closed else None

    def _beside(self, by: int) -> str:
        places = [place for place in self.place.walk.places if place.applies or place is self.place]
        at = places.index(self.place) + by
        return places[at].url if 0 <= at < len(places) else ""

    def _list(self, gate_input: GateInput, verdict: Verdict, lines: tuple[Line, ...]) -> list[dict]:
        barred = frozenset() if access.may_read_internal(self.user) else {"referral_detail"}
        return Checklist(
            self.place, verdict, lines, self.names, self.may_write, self.ticked, self._asked_waivers(), barred
        ).items()

    def _say(self, verdict: Verdict, lines: tuple[Line, ...]) -> str:
        """ "2 of 4": how many of what counts in these lines is there."""
        ids = _ids(lines)
        there = sum(one.line_id in ids for one in verdict.satisfied + verdict.waived)
        left = sum(one.line_id in ids for one in verdict.blockers)
        return f"{there} of {there + left}" if there + left else ""

    def _blockers(self, verdict: Verdict) -> list[dict]:
        rows = []
        for blocker in verdict.blockers:
            label = "Choose a route" if blocker.kind == "route" else shorten(blocker.text, 34)
            rows.append({"url": f"#{blocker_id(blocker)}", "label": label, "covered": blocker.line_id in self.ticked})
        return rows

    def _who_can(self) -> str:
        if self.engagement.status == Engagement.Status.CLOSED:
            return "This engagement is closed and can only be read."
        roles = set(self.place.step.roles)
        fitting = [row.user for row in self.team if row.role.name in roles] or [row.user for row in self.team]
        who = " or ".join(dict.fromkeys(str(user) for user in fitting[:3])) or "Somebody assigned to the tenant"
        return f"You may read this engagement. {who} can complete the step."

    def _tasks_of_lines(self, verdict: Verdict) -> list[dict]:
        """Numbers that a line here asks for although other steps list them: 983 proves the QuickLeads route."""
        place = self.place
        lines = list(_flat(place.gate_input.inputs + place.gate_input.outputs))
        counting = [line for line in lines if verdict.lines[line.id].state != NOT_NEEDED]
        checks = [check for line in counting for check in line.asks if check.kind == "task"]
        here = {row.number for row in place.step.listings}
        listings = {row.number: row for _, _, step in place.walk.edition.steps() for row in step.listings}
        found = []
        for number in dict.fromkeys(int(check.argument) for check in checks):
            if number in listings and number not in here:
                task = self._task(listings[number], TaskApplicability(True))
                found.append(
                    task | {"note": f"Needed by a line above. {task['note'].removeprefix('Optional.').strip()}"}
                )
        return found

    def _task(self, row, applies) -> dict:
        status, record, waiver = self.place.walk.task_state(row.number)
        task = {
            "number": row.number,
            "name": row.name,
            "url": reverse("task_detail", args=[row.number]),
            "kind": shapes.task_shape(status),
            "status": status,
            "quiet": not applies.applies,
        }
        if not applies.applies:
            return task | {"note": applies.reason, "kind": "off", "status": "Does not apply"}
        said = ["Mandatory here." if applies.mandatory else "Optional.", applies.reason]
        if waiver:
            said.append(f"Waived by {self.names.get(waiver.by, 'somebody')}: “{waiver.reason}”")
        elif record and record.engagement_id != self.engagement.pk:
            said.append(f"Done for this tenant in engagement {record.engagement_id}, {record.changed_at:%-d %b %Y}.")
        elif record:
            said.append(f"{self.names.get(record.changed_by_id, 'Somebody')}, {record.changed_at:%-d %b}.")
        task["note"] = " ".join(part for part in said if part)
        if self.may_write:
            task["choices"] = [{"value": s, "label": s, "selected": s == status} for s in TaskStatus]
            step = f"{self.place.process.slug}/{self.place.step.slug}"
            about = f"&service={self.place.service.id}" if self.place.service else ""
            address = reverse("task_status", args=[self.engagement.pk, row.number])
            task["save_url"] = f"{address}?step={step}{about}"
        return task

    def _waivers(self) -> list[dict]:
        """Open requests, with a way to decide for those who may; one's own is only shown."""
        lines = {line.id: line.text for line in _flat(self.place.gate_input.inputs + self.place.gate_input.outputs)}
        numbers = {row.task: f"task {row.number} {row.name}" for row in self.place.step.listings}
        decides = access.may_waive(self.user)
        return [
            {
                "id": row.pk,
                "what": lines.get(row.requirement_id) or numbers.get(row.task_id, ""),
                "who": self.names.get(row.asked_by_id, "Somebody"),
                "reason": row.reason,
                "url": reverse("waiver_decide", args=[row.pk]) if decides and row.asked_by_id != self.user.pk else "",
            }
            for row in self.waivers
            if row.decision == Waiver.Decision.OPEN
        ]

    def _asked_waivers(self) -> dict[int, str]:
        return {
            row.requirement_id: f"{self.names.get(row.asked_by_id, 'Somebody')} asked to waive it: “{row.reason}”"
            for row in self.waivers
            if row.decision == Waiver.Decision.OPEN and row.requirement_id
        }

    def _notes(self) -> list[dict]:
        """The notes that stand as evidence in this step, newest first."""
        today, named = self.place.walk.today, mentioned_in(self.notes)
        since = around(self.notes, today) if self.notes else {}
        allowance = Allowance()
        return [
            note_row(note, self.names, today)
            | drawn(note, named.get(note.pk), allowance)
            | promise(getattr(note, "next_action", None), today, may_edit=self.may_edit, back=self.place.url)
            | since[note.pk]
            for note in self.notes
        ]

    def _receipt(self, receipt: Receipt) -> dict:
        """A completed step as it was: drawn from the stored input, not from today's rows."""
        place = self.place
        stored = GateInput.from_json(self.kept)
        then = evaluate(stored, receipt.decided_on)
        following = next_for(place.walk, people.roles_of(self.user, self.team), self.user)
        after = next((p for p in place.walk.open_places if p.process.key == place.process.key), None) or following
        shown = Checklist(place, then, (), self.names)
        return {
            "receipt": receipt,
            "completed_by": self.names.get(receipt.completed_by_id, "Somebody"),
            "sections": [
                {"title": title, "items": replace(shown, lines=lines).items()}
                for title, lines in (("Inputs", stored.inputs), ("Outputs", stored.outputs))
                if lines and self.may_read
            ],
            "done_tasks": [
                {
                    "number": task.number,
                    "name": task.name,
                    "kind": shapes.task_shape(task.status),
                    "status": task.status,
                }
                for task in stored.tasks
                if task.applies
            ],
            "shaken": [b.text for b in place.verdict.blockers] if place.is_shaken and self.may_read else [],
            "added": place.added_services,
            "another_look": place.run.needs_another_look if place.receipt else "",
            "is_standing": receipt.reopened_at is None,
            "reopened_by": self.names.get(receipt.reopened_by_id, "Somebody"),
            "next_place": after,
            "next_left": len(after.verdict.blockers) if after else 0,
            "reopen_url": reverse("step_reopen", args=[self.engagement.pk, receipt.pk])
            if self._may_reopen(receipt)
            else "",
        }

    def _may_reopen(self, receipt: Receipt) -> bool:
        return self.may_edit and receipt.reopened_at is None

    def writable_lines(self) -> list[dict]:
        """The open lines that a note can document, for linking an earlier one."""
        place = self.place
        ids = {pk for pk, _ in open_lines(place)}
        lines = _flat(place.gate_input.inputs + place.gate_input.outputs)
        checks = Checklist(place, place.verdict, (), self.names, True)
        return [
            {"id": line.id, "text": line.text, "ticked": line.id in self.ticked}
            for line in lines
            if line.id in ids and checks.wants_writing(line)
        ]

    def _ids(self) -> set[int | None]:
        """Everybody the page names."""
        run, ids = self.place.run, {row.by_id for row in self.engagement.answers.all()}
        ids |= {row.changed_by_id for row in self.place.walk.task_records.values()}
        ids |= {row.changed_by_id for row in self.place.walk.earlier_tasks.values()}
        for row in self.waivers:
            ids |= {row.asked_by_id, row.decided_by_id}
        if run:
            ids |= {run.started_by_id}
            ids |= {row.by_id for row in run.evidence_rows} | {note.author_id for note in self.notes}
        if self.shown_receipt:
            receipt = self.shown_receipt
            ids |= {receipt.completed_by_id, receipt.reopened_by_id, *_people_in(self.kept)}
        return ids


@prepared
def _with_promises(notes) -> QuerySet[Note]:
    """Notes with the next action that each promised and when it was redacted, newest first."""
    rows = with_later_changes(Note.objects.filter(pk__in=notes))
    return rows.select_related("next_action__owner").order_by("-pk")


@prepared
def _kept(receipt) -> QuerySet[Receipt]:
    """The gate input that a receipt keeps."""
    return Receipt.objects.filter(pk=receipt).values_list("gate_input", flat=True)


def note_row(note: Note, names: dict[int, str], today: date) -> dict:
    """A saved note as the note component draws it, without its text."""
    return {
        "id": f"note-{note.pk}",
        "url": reverse("note_detail", args=[note.engagement_id, note.pk]),
        "author": names.get(note.author_id, "Somebody"),
        "when": moment(note.created_at, today),
        "category": note.get_category_display(),
        "redacted": redacted(note, today),
    }


def line_of(place: Place, pk: int | None) -> Line | None:
    """A line of a place by id."""
    return next((line for line in _flat(place.gate_input.inputs + place.gate_input.outputs) if line.id == pk), None)


def asked_category(place: Place) -> str:
    """The category of note that most open lines of a place ask for, so that the composer begins with it."""
    left = {pk for pk, _ in open_lines(place)}
    lines = [line for line in _flat(place.gate_input.inputs + place.gate_input.outputs) if line.id in left]
    asked = Counter(check.categories[0] for line in lines for check in line.asks if check.kind == "note")
    return asked.most_common(1)[0][0] if asked else ""


def open_lines(place: Place) -> list[tuple[int, str]]:
    """(id, text) of the lines of a place that are still open, for asking a waiver."""
    ids = [blocker.line_id for blocker in place.verdict.blockers if blocker.line_id is not None]
    lines = {line.id: line.text for line in _flat(place.gate_input.inputs + place.gate_input.outputs)}
    return [(pk, lines[pk]) for pk in ids]


def _flat(lines: Iterable[Line]) -> Iterator[Line]:
    for line in lines:
        yield line
        yield from _flat(line.children)


def _ids(lines: Iterable[Line]) -> set[int]:
    return {line.id for line in _flat(lines)}


def _people_in(stored: dict) -> set[int]:
    found: set[int] = set()

    def collect(lines):
        for line in lines:
            found.update(proof["by"] for proof in line["proofs"] if proof["by"])
            if line["waiver"] and line["waiver"]["by"]:
                found.add(line["waiver"]["by"])
            collect(line["children"])

    collect(stored["inputs"] + stored["outputs"])
    return found
