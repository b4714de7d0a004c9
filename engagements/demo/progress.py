"""Lets demo engagements live: notes, evidence, tasks and receipts that the gate itself agrees to.

Rows are planned from the walk and written in bulk; a receipt is only made where the gate passes, so that
``verify_gates`` holds for the demo as it does for real work.
"""

import datetime as dt
import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from django.utils import timezone

from engagements.demo import names
from engagements.demo.keeping import Keeping, write_kept
from engagements.demo.people import DemoTeams
from engagements.demo.referrals import write_referrals
from engagements.demo.reviews import DemoReviews
from engagements.gate import RULE_VERSION, checklists_closed
from engagements.gate_input import Line
from engagements.models import (
    ConditionAnswer,
    Engagement,
    EngagementSummary,
    Event,
    Evidence,
    NextAction,
    Note,
    Receipt,
    RouteChoice,
    StepRun,
    TaskRecord,
)
from engagements.services import note_words, summaries
from engagements.walk import Place, Walk, load_walks
from engagements.walk_rows import walkable
from playbook.checks import ATTEST
from tasks.statuses import TaskStatus


class DemoProgress:
    """Brings a chunk of fresh engagements to where their number says."""

    def __init__(self, teams: DemoTeams, today: dt.date, seed: int, deep: int):
        self.teams, self.today, self.seed, self.deep = teams, today, seed, deep
        self.reviews: DemoReviews | None = None

    def make(self, engagements: Sequence[Engagement], start: int) -> None:
        numbers = {row.pk: start + at for at, row in enumerate(engagements)}
        self._answer(engagements, numbers)
        plans = [Plan(self, walk, numbers[walk.engagement.pk]) for walk in self._walks(numbers)]
        self._write(plans)
        by_pk = {plan.pk: plan for plan in plans}
        receipts, rows = [], []
        for walk in self._walks(numbers):
            plan = by_pk[walk.engagement.pk]
            receipts += plan.receipts(walk)
            rows.append(plan.summary(walk))
        TaskRecord.objects.bulk_update([row for plan in plans for row in plan.held_back], ["status", "percent"])
        Receipt.objects.bulk_create(receipts)
        summaries.put_health(rows)
        EngagementSummary.objects.bulk_create(rows)
        self._tell(plans, receipts)
        self._park_and_close(numbers)

    def _walks(self, numbers: dict[int, int]) -> Iterator[Walk]:
        return load_walks(walkable(numbers), self.today)

    def _answer(self, engagements, numbers) -> None:
        """Most questions are answered; some are left, so that pages have something to ask."""
        conditions = [c for c in engagements[0].edition.conditions.all() if not c.computed and c.scope == "engagement"]
        ConditionAnswer.objects.bulk_create(
            ConditionAnswer(
                engagement=row,
                key=condition.key,
                answer="no" if (numbers[row.pk] + at) % 3 else "yes",
                why="Asked in the first call.",
                by=self.teams.manager(numbers[row.pk]),
            )
            for row in engagements
            for at, condition in enumerate(conditions)
            if (numbers[row.pk] + at) % 4
        )

    def _write(self, plans: "list[Plan]") -> None:
        StepRun.objects.bulk_create(run for plan in plans for run in plan.runs)
        Note.objects.bulk_create(note for plan in plans for note in plan.notes)
        Evidence.objects.bulk_create(row for plan in plans for row in plan.evidence)
        RouteChoice.objects.bulk_create(row for plan in plans for row in plan.choices)
        write_referrals(plans)  # moves 983
        TaskRecord.objects.bulk_create(row for plan in plans for row in plan.tasks.values())
        NextAction.objects.bulk_create(row for plan in plans for row in plan.actions)
        note_words.follow(note.pk for plan in plans for note in plan.notes)
        write_kept(plan.keeping for plan in plans)
        self.reviews = self.reviews or DemoReviews(self.today)
        for plan in plans:
            if not is_closed(plan.number):
                self.reviews.agree(plan.engagement, plan.keeping.agreed, plan.author, plan.number)
        self.reviews.write()

    def _tell(self, plans: "list[Plan]", receipts: list[Receipt]) -> None:
        """The history that services would have written, as far as people look for it."""
        Event.objects.bulk_create(event for plan in plans for event in plan.story())
        Event.objects.bulk_create(
            Event(
                engagement=receipt.engagement,
                tenant_id=receipt.engagement.tenant_id,
                actor=receipt.completed_by,
                verb="completed",
                object=f"step:{receipt.step_key}",
                after={"receipt": receipt.pk, "title": receipt.gate_input["title"]},
                at=receipt.completed_at,
            )
            for receipt in receipts
        )

    def _park_and_close(self, numbers: dict[int, int]) -> None:
        parked = [pk for pk, n in numbers.items() if n % 13 == 12]
        closed = [pk for pk, n in numbers.items() if is_closed(n)]
        Engagement.objects.filter(pk__in=parked).update(
            status="parked",
            parked_until=self.today + dt.timedelta(days=30),
            parked_reason="The customer's year-end freeze",
        )
        Engagement.objects.filter(pk__in=closed).update(
            status="closed", closed_on=self.today, outcome="All intended services are in use", parked_until=None
        )


class Plan:
    """What one engagement has done so far, as unsaved rows."""

    def __init__(self, demo: DemoProgress, walk: Walk, number: int):
        self.pk, self.number, self.today = walk.engagement.pk, number, demo.today
        self.engagement, self.walk = walk.engagement, walk
        self.dice = random.Random(demo.seed * 7_919 + number)  # noqa: S311
        self.author = demo.teams.manager(number)
        self.contact = self.dice.choice(names.CONTACTS)
        self.runs: list[StepRun] = []
        self.notes: list[Note] = []
        self.evidence: list[Evidence] = []
        self.choices: list[RouteChoice] = []
        self.tasks: dict[int, TaskRecord] = {}
        self.actions: list[NextAction] = []
        self.held_back: list[TaskRecord] = []
        self.keeping = Keeping()
        places = list(walk.open_places)
        self.done = number * 7 % (len(places) + 1) if number < demo.deep else number % 4
        for at, place in enumerate(places[: self.done]):
            self._do(place, days=3 * (self.done - at) + 2)
        if self.done < len(places):
            self._next(places[self.done :])

    def _next(self, places: list[Place]) -> None:
        """The step they are in: untouched, begun, ready, or blocked; and a promise by a date."""
        kind = ("fresh", "begun", "ready", "blocked")[self.number // 4 % 4]
        if kind == "ready":
            self._do(places[0], days=1)
        elif kind == "begun":
            self._note(self._run(places[0], 2), [], days=2)
        elif kind == "blocked":
            status, why = self.dice.choice(names.BLOCKED)
            row = next((row for place in places for row, applies in place.tasks if applies.applies), None)
            if row:
                self._task(row.task, status, 12, why)
        if kind != "fresh":
            # Of many, no day has more than its share.
            days = (-4, 0, 2, 9)[self.number % 8 // 2] if self.number < 300 else self.dice.randrange(-4, 120)
            day = self.today + dt.timedelta(days=days)
            text = self.dice.choice(names.ACTIONS).format(contact=self.contact)
            self.actions.append(NextAction(engagement=self.engagement, text=text, due_on=day, owner=self.author))

    def _do(self, place: Place, days: int) -> None:
        """One note that documents every line; tasks complete; a route where one is asked for."""
        run = self._run(place, days)
        lines: list[Line] = []
        for line in (*place.gate_input.inputs, *place.gate_input.outputs):
            lines += self._written(line, place, run, days)
        self._note(run, lines, days)
        for row, applies in place.tasks:
            if applies.applies:
                self._task(row.task, TaskStatus.COMPLETE.value, days)

    def _written(self, line: Line, place: Place, run: StepRun, days: int) -> Iterable[Line]:
        if not line.applies:
            return
        children: Iterable[Line] = line.children
        if line.rule == "one of" and line.children:
            route = _route(line, place)
            children = (route,) if route else ()
            if route:
                self.choices.append(
                    RouteChoice(run=run, group_id=line.id, route_id=route.id, at=self.at(days), by=self.author)
                )
        if not line.children or line.checks:
            if any(check.is_written for check in line.asks or (ATTEST,)):
                yield line
            self.keeping.meet(line.checks, place, self.at(days).date())
            for check in line.asks:
                if check.kind == "task":
                    self._task(self.walk.task_id(int(check.argument)), TaskStatus.COMPLETE.value, days)
        for child in children:
            yield from self._written(child, place, run, days)

    def _run(self, place: Place, days: int) -> StepRun:
        run = StepRun(
            engagement=self.engagement,
            step_id=place.step.id,
            service_id=place.service.id if place.service else None,
            started_at=self.at(days),
            started_by=self.author,
        )
        self.runs.append(run)
        return run

    def _note(self, run: StepRun, lines: list[Line], days: int) -> None:
        """One note per category that the lines ask for; without lines, one for the step as a whole."""
        categories: dict[str, list[Line | None]] = {}
        for line in lines:
            asked = next((check.categories[0] for check in line.asks if check.kind == "note"), "engagement-management")
            categories.setdefault(asked, []).append(line)
        for category, mine in (categories or {"engagement-management": [None]}).items():
            note = Note(
                engagement=self.engagement,
                category=category,
                body=self.dice.choice(names.NOTES).format(contact=self.contact),
                author=self.author,
                created_at=self.at(days),
                token=uuid.UUID(int=self.dice.getrandbits(128), version=4),
            )
            self.notes.append(note)
            for line in mine:
                self.evidence.append(
                    Evidence(
                        run=run,
                        requirement_id=line.id if line else None,
                        kind=Evidence.Kind.NOTE,
                        note=note,
                        at=self.at(days),
                        by=self.author,
                    )
                )

    def _task(self, task_id: int, status: str, days: int, why: str = "") -> None:
        if task_id in self.tasks:
            return
        self.tasks[task_id] = TaskRecord(
            engagement=self.engagement,
            task_id=task_id,
            status=status,
            percent=100 if status == TaskStatus.COMPLETE.value else 0,
            reason=why,
            changed_at=self.at(days),
            changed_by=self.author,
        )

    def at(self, days: int) -> dt.datetime:
        return timezone.now() - dt.timedelta(days=days, minutes=self.number % 480)

    def receipts(self, walk: Walk) -> Iterator[Receipt]:
        """Completes the steps that are done, as far as the gate passes them, in playbook order."""
        for at, place in enumerate([place for place in walk.places if place.applies and not place.is_done]):
            self._hold_back(place)
            if at >= self.done or not place.run or not place.verdict.passed:
                continue
            at = place.run.started_at + dt.timedelta(hours=2)
            receipt = Receipt(
                run=place.run,
                engagement=walk.engagement,
                step_key=place.step.key,
                edition_name=walk.edition.name,
                rule_version=RULE_VERSION,
                gate_input=place.gate_input.as_json(),
                decided_on=at.date(),
                completed_at=at,
                completed_by=self.author,
            )
            place.receipt = receipt  # later steps look back at it
            yield receipt

    def _hold_back(self, place: Place) -> None:
        """A task stays In Progress while the checklists of its step are open, for example for want of DIBS (R9)."""
        for listing in place.step.listings if place.step.has_checklists else ():
            record = place.walk.task_records.get(listing.task)
            if record is None or record.status != TaskStatus.COMPLETE:
                continue
            if not checklists_closed(replace(place).verdict, listing.number):  # a copy: the place's own comes after
                record.status, record.percent = TaskStatus.IN_PROGRESS.value, 50
                self.held_back.append(record)

    def summary(self, walk: Walk) -> EngagementSummary:
        """The row for lists, once the walk knows the receipts: without reading everything anew."""
        row = summaries.summarise(walk)
        row.next_action_on = min((action.due_on for action in self.actions), default=None)
        return row

    def story(self) -> Iterator[Event]:
        """How it began; what was completed is told from the receipts."""
        day = dt.datetime.combine(self.engagement.started_on, dt.time(9), dt.UTC)
        yield Event(
            engagement=self.engagement,
            tenant_id=self.engagement.tenant_id,
            actor=self.author,
            verb="started",
            object="engagement",
            after={
                "edition": self.walk.edition.name,
                "model": self.walk.facts.model,
                "motions": list(self.walk.facts.motions.values()),
                "services": [service.name for service in self.walk.facts.services],
            },
            at=day,
        )


def is_closed(number: int) -> bool:
    """Every seventeenth engagement is over."""
    return number % 17 == 16


def _route(line: Line, place: Place) -> Line | None:
    """The first route that is open here and that records, where they decide on it, already fill."""
    open_ones = [child for child in line.children if child.applies]
    facts = place.gate_input.facts
    filled = (one for one in open_ones if all(facts[check].holds for check in one.checks if check in facts))
    return next(filled, next(iter(open_ones), None))
