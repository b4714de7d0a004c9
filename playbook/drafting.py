"""A catalogue as read → the rows of an edition, not yet saved, under keys that stay from edition to edition.

Reads no database. `playbook.carrying` lays an administrator's edits over these rows and `playbook.importer`
saves them. Links to roles, services and motions wait as names, because only the database knows their rows.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Model

from playbook import vocabulary
from playbook.catalogue import Catalogue, Listing, free_slug, slugify
from playbook.folder import GATES_FILE
from playbook.models import Condition, Phase, Process, Requirement, Step, TaskListing
from playbook.pages import Page, PageError, PageWarning
from playbook.pages import Process as ReadProcess
from playbook.pages import Requirement as ReadLine
from playbook.pages import Step as ReadStep
from playbook.prose import LINK, target_stem
from tasks.folding import fold
from tasks.models import FtopTask

KEY_WORDS = 60
# What is not part of an edition's content: ids, and where in its file something stands.
UNSAID = {"id", "edition", "process", "step", "task", "phase", "parent", "next_process", "line"}


@dataclass(slots=True)
class Draft:
    """The rows of an edition to be, each list in page order.

    ``following`` are the processes with the one that comes next; ``links`` are (row, field, names).
    """

    phases: dict[str, Phase] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    lines: list[Requirement] = field(default_factory=list)
    listings: list[TaskListing] = field(default_factory=list)
    tasks: dict[int, FtopTask] = field(default_factory=dict)
    following: list[tuple[Process, Process]] = field(default_factory=list)
    links: list[tuple[Model, str, tuple[str, ...]]] = field(default_factory=list)
    warnings: list[PageWarning] = field(default_factory=list)

    def digest(self) -> str:
        """The same for the same content, wherever on its page a line stands."""
        rows = [*self.phases.values(), *self.conditions, *self.processes, *self.steps, *self.lines, *self.listings]
        content = [[type(row).__name__, *_content(row)] for row in rows]
        content += [[name, names] for _, name, names in self.links]
        content += [[one.key, other.key] for one, other in self.following]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _content(row: Model) -> list:
    said = [getattr(row, f.attname) for f in row._meta.concrete_fields if f.name not in UNSAID]
    if isinstance(row, Process):
        said += [row.phase and row.phase.slug]
    elif isinstance(row, Requirement):
        said += [row.parent and row.parent.key]
    elif isinstance(row, TaskListing):
        said += [row.task.number, row.step and row.step.key]
    return said


def draft(catalogue: Catalogue) -> Draft:
    """The rows of everything in the catalogue. Raises PageError for what no row can hold."""
    return _Drafting(catalogue).run()


def exit_lines(process: ReadProcess) -> tuple[ReadLine, ...]:
    """Its key outputs; where `gates.toml` says that they do not gate its exit mark they are optional."""
    if process.exit_gated:
        return process.key_outputs
    return tuple(_optional(line) for line in process.key_outputs)


def _optional(line: ReadLine) -> ReadLine:
    return replace(line, optional=True)


class _Drafting:
    def __init__(self, catalogue: Catalogue):
        self.catalogue = catalogue
        self.draft = Draft()
        self.places: dict[tuple[str, str | None], tuple[Process, Step | None]] = {}
        self.pages: dict[str, Process] = {}
        self.names: dict[int, str] = {}

    def run(self) -> Draft:
        self.draft.phases = {
            p.key: Phase(slug=slugify(p.key), name=self.fit(Phase, "name", p.name), position=p.position)
            for p in self.catalogue.phases
        }
        for entry in self.catalogue.conditions:
            self.condition(entry)
        for process in self.catalogue.processes:
            self.process(process)
        self.guidance_pages()
        self.next_processes()
        self.tasks()
        self.mark_positions()
        return self.draft

    def link(self, row: Model, **names: Iterable[str]) -> None:
        self.draft.links += [(row, name, tuple(values)) for name, values in names.items() if values]

    def condition(self, entry) -> None:
        for name in ("key", "question", "yes", "no"):
            self.must_fit(Condition, name, getattr(entry, name), GATES_FILE, entry.line)
        row = Condition(
            key=entry.key,
            scope=entry.scope,
            question=entry.question,
            computed=list(entry.computed),
            yes=entry.yes,
            no=entry.no,
        )
        self.draft.conditions.append(row)
        self.link(row, services=entry.services)

    # Processes, steps and their lines

    def process(self, read: ReadProcess) -> None:
        row = self.process_row(read, read.slug, read.phase)
        self.places[read.slug, None] = (row, None)
        for step in read.steps:
            self.step(row, step)
        self.checklist(row, None, "key_input", read.key_inputs)
        self.checklist(row, None, "key_output", exit_lines(read))
        if not read.from_heading:
            self.pages.setdefault(read.source.lower(), row)

    def process_row(self, read: ReadProcess | Page, slug: str, phase: str | None) -> Process:
        row = Process(
            key=slug,
            slug=slug,
            title=read.title,
            phase=self.draft.phases.get(phase),
            source=read.source,
            audience=self.fit(Process, "audience", read.audience or "internal"),
            guidance=read.guidance,
            next_steps=read.next_steps,
        )
        self.draft.processes.append(row)
        self.link(row, motions=read.motions)
        return row

    def guidance_pages(self) -> None:
        """Pages without steps come last, so that a link to a page of several processes finds the page."""
        taken = {process.slug for process in self.draft.processes}
        for page in self.catalogue.guidance_pages:
            slug = slugify(page.title)
            slug = slug if slug and slug not in taken else slugify(page.stem)
            while slug in taken:
                slug += "-page"
            slug = free_slug(slug, taken)
            row = self.process_row(page, slug, vocabulary.phase_named(page.phase_text))
            self.pages[page.source.lower()] = row
            self.checklist(row, None, "key_input", page.key_inputs)
            self.checklist(row, None, "key_output", page.key_outputs)

    def step(self, process: Process, read: ReadStep) -> None:
        key = f"{process.key}/{read.slug}"
        row = Step(
            process=process,
            key=key,
            slug=read.slug,
            title=read.title,
            cadence=self.fit(Step, "cadence", read.cadence or "", read),
            guidance=read.guidance,
            when=read.when or "",
            per_service=read.per_service,
            line=read.line,
        )
        self.must_fit(Step, "when", row.when, read.source, read.line)
        self.draft.steps.append(row)
        self.link(row, roles=read.roles, motions=read.motions, applies_to=read.applies_to)
        self.places[process.key, read.slug] = (process, row)
        self.checklist(process, row, "input", read.inputs)
        self.checklist(process, row, "output", read.outputs)

    def checklist(self, process: Process, step: Step | None, section: str, lines: Iterable[ReadLine]) -> None:
        taken: set[str] = set()

        def add(read: ReadLine, parent: Requirement | None) -> None:
            key = _free(line_key(section, read.text), taken)
            row = Requirement(
                process=process,
                step=step,
                parent=parent,
                section=section,
                key=key,
                text=read.text,
                checks=list(read.checks),
                rule=read.rule,
                optional=read.optional,
                when=read.when or "",
                line=read.line,
            )
            self.must_fit(Requirement, "when", row.when, read.source, read.line)
            self.draft.lines.append(row)
            for child in read.children:
                add(child, row)

        for line in lines:
            add(line, None)

    # What points elsewhere

    def next_processes(self) -> None:
        """The first process that the page's Next Steps link to."""
        stems = {source.removesuffix(".md"): row for source, row in self.pages.items()}
        for row in self.draft.processes:
            for _, href in LINK.findall(row.next_steps):
                target = stems.get(target_stem(href) or "")
                if target is not None and target is not row:
                    self.draft.following.append((row, target))
                    break

    def tasks(self) -> None:
        for read in self.catalogue.tasks:
            self.names[read.number] = name = self.fit(FtopTask, "name", read.name, read)
            name = name or f"Task {read.number}"
            self.draft.tasks[read.number] = FtopTask(
                number=read.number, name=name, name_folded=self.fit(FtopTask, "name_folded", fold(name))
            )
        for listing in self.catalogue.listings:
            self.listing(listing)

    def listing(self, listing: Listing) -> None:
        read = listing.row
        if listing.process is None:
            process, step = self.pages[read.source.lower()], None
        else:
            process, step = self.places[listing.process, listing.step]
        row = TaskListing(
            process=process,
            step=step,
            task=self.draft.tasks[read.number],
            name=self.names[read.number] if listing.resolved else self.fit(TaskListing, "name", read.name),
            mandatory=read.mandatory,
            when=read.when or "",
            mandatory_when=read.mandatory_when or "",
            resolved=listing.resolved,
            source=read.source,
            line=read.line,
        )
        self.draft.listings.append(row)
        self.link(row, roles=read.roles, services=read.services)

    def mark_positions(self) -> None:
        """Counted within the process, step or page, so that what is new in one moves nothing in another."""
        places: Counter = Counter()
        for row in (*self.draft.processes, *self.draft.steps, *self.draft.lines, *self.draft.listings):
            place = (type(row), id(getattr(row, "process", None)), id(getattr(row, "step", None)))
            places[place] += 1
            row.position = places[place]

    # What a column can hold

    def fit(self, model: type[Model], name: str, text: str, read=None) -> str:
        most = model._meta.get_field(name).max_length
        if len(text) > most and read is not None:
            message = f"A text of {len(text)} characters was cut to the {most} that its place can hold."
            self.draft.warnings.append(PageWarning(read.source, read.line, "text-cut", message))
        return text[:most]

    @staticmethod
    def must_fit(model: type[Model], name: str, text: str, source: str, line: int) -> None:
        most = model._meta.get_field(name).max_length
        if len(text) > most:
            raise PageError(source, line, f"“{text[:40]}…” has {len(text)} characters; shorten it to {most} at most.")


def line_key(section: str, text: str) -> str:
    """A key that stays while the words of a line stay: readable, and told apart by a few digits."""
    told = hashlib.sha256(vocabulary.fold(text).encode()).hexdigest()[:8]
    return f"{section}-{slugify(text)[:KEY_WORDS].strip('-')}-{told}"


def _free(key: str, taken: set[str]) -> str:
    free, number = key, 1
    while free in taken:
        number += 1
        free = f"{key}-{number}"
    taken.add(free)
    return free
