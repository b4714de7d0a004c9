"""Pages of a folder → one catalogue: what only becomes clear when all pages are seen together (DESIGN §4).

Phases, processes with slugs and their phase, the resolved row of every FTOP number, links between processes,
gate entries laid over the proposals. Pure; the importer writes what this returns.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from playbook import vocabulary
from playbook.checks import Check
from playbook.folder import Folder
from playbook.gates_file import ConditionEntry, Gates, LineEntry, StepEntry
from playbook.merging import merge_heading_processes
from playbook.pages import Page, PageWarning, Process, Requirement, Step, TaskRow
from playbook.proposals import propose
from playbook.prose import target_stem


@dataclass(frozen=True, slots=True)
class Phase:
    """`name` as the playbook's introduction prints it, `key` one of the ten standard names."""

    name: str
    key: str
    position: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A row of a task table with its place: `process` and `step` are slugs, or None on a guidance page."""

    row: TaskRow
    process: str | None
    step: str | None
    position: int
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link from a page to another page of the playbook; `process` is None for a guidance page."""

    source: str
    line: int
    text: str
    target: str
    process: str | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A whole edition as read. `processes` carry slugs, phases, checks; `tasks` is the resolved listing."""

    language: str
    phases: tuple[Phase, ...]
    processes: tuple[Process, ...]
    guidance_pages: tuple[Page, ...]
    conditions: tuple[ConditionEntry, ...]
    listings: tuple[Listing, ...]
    tasks: tuple[TaskRow, ...]
    links: tuple[PageLink, ...]
    warnings: tuple[PageWarning, ...]


LONGEST_SLUG = 200
LONGEST_KEY = 300  # of a step: the slug of its process, and its own


def slugify(text: str) -> str:
    """A slug that keeps Unicode letters, so that a Chinese title keeps a name (DESIGN §2)."""
    text = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFKC", text).lower())
    return re.sub(r"[-\s]+", "-", text).strip("-_")


def resolve(folder: Folder) -> Catalogue:
    """The catalogue of a folder, with every warning of its pages and of this step, in file order."""
    warnings: list[PageWarning] = list(folder.warnings)
    language = _language(folder.pages)
    phases = _phases(folder.pages, language)
    processes = merge_heading_processes(folder.pages, warnings)
    processes = _with_slugs(processes)
    processes = _with_phases(processes, folder.pages, warnings)
    phases = _completed(phases, processes)
    processes = _with_gates(processes, folder.gates, warnings)
    guidance = tuple(p for p in folder.pages if not any(not process.from_heading for process in p.processes))
    listings, tasks = _resolved(processes, guidance, language, warnings)
    links = _links(folder.pages, processes, warnings)
    return Catalogue(
        language=language,
        phases=phases,
        processes=tuple(processes),
        guidance_pages=guidance,
        conditions=folder.gates.conditions,
        listings=listings,
        tasks=tasks,
        links=links,
        warnings=tuple(warnings),
    )


def _language(pages: tuple[Page, ...]) -> str:
    counts = Counter(page.language for page in pages)
    return max(counts, key=lambda language: (counts[language], language == "en"))


# Phases


def _phases(pages: tuple[Page, ...], language: str) -> tuple[Phase, ...]:
    """The introduction's list of phases in its order, else the standard ten."""
    lists = [page for page in pages if page.phase_list]
    lists.sort(key=lambda page: (page.language != language, not page.stem.startswith("index"), page.source))
    listed = lists[0].phase_list if lists else [(name, name) for name in vocabulary.STANDARD_PHASES]
    return tuple(Phase(name, key, position) for position, (name, key) in enumerate(listed, 1))


def _completed(phases: tuple[Phase, ...], processes: list[Process]) -> tuple[Phase, ...]:
    """A standard phase that a process is in, though the introduction no longer lists it, comes last."""
    used = {process.phase for process in processes}
    missing = [n for n in vocabulary.STANDARD_PHASES if n in used and n not in {phase.key for phase in phases}]
    return phases + tuple(Phase(name, name, len(phases) + n) for n, name in enumerate(missing, 1))


def _with_phases(processes: list[Process], pages: tuple[Page, ...], warnings: list) -> list[Process]:
    by_source = {page.source: page for page in pages}
    listed: dict[str, str] = {}
    for page in pages:
        named = re.match(r"phase-([a-z]+)", page.stem.lower())
        phase = vocabulary.phase_named(named.group(1)) if named else None
        for link in page.links if phase else ():
            listed.setdefault(target_stem(link.href) or "", phase)
        for stem, below, _line in page.phase_links:
            listed.setdefault(stem, below)
    return [
        replace(process, phase=_phase(process, by_source[process.source], listed, warnings)) for process in processes
    ]


def _phase(process: Process, page: Page, listed: dict[str, str], warnings: list) -> str | None:
    def warn(code: str, message: str):
        warnings.append(PageWarning(process.source, process.line, code, message))

    named = [
        phase
        for word in re.split(r"(?:(?<!\s)\s++)?[,/;&、，；]\s*+|(?<!\s)\s++(?:and|und|y|e)\s++", page.phase_text)
        if (phase := vocabulary.phase_named(word))
    ]
    if len(named) > 1:
        warn(
            "phase-several",
            f"The page names several phases ({page.phase_text}); “{process.title}” is filed in {named[0]}.",
        )
    if named:
        return named[0]
    prefix = page.stem.lower().split("-")[0]
    if phase := next((phase for phase in vocabulary.STANDARD_PHASES if phase.lower() == prefix), None):
        return phase
    if not process.from_heading and page.stem.lower() in listed:
        return listed[page.stem.lower()]
    said = f"“{page.phase_text}” is none of the phases" if page.phase_text else "no phase is named"
    warn("phase-unknown", f"{said[0].upper()}{said[1:]} for “{process.title}”; add a line `Phase: **…**` to its page.")
    return None


# Slugs


def _with_slugs(processes: list[Process]) -> list[Process]:
    """Slugs from titles, pages before headings; a second process of the same title is named by its file."""
    taken: set[str] = set()
    slugs: dict[int, str] = {}
    for process in sorted(processes, key=lambda process: process.from_heading):
        slug, stem = slugify(process.title), slugify(process.source.removesuffix(".md"))
        if slug in taken:
            slug = f"{stem}-{slug}" if process.from_heading else stem
        slugs[id(process)] = free_slug(slug or stem, taken)
    return [replace(p, slug=slugs[id(p)], steps=_step_slugs(p.steps, slugs[id(p)])) for p in processes]


def _step_slugs(steps: tuple[Step, ...], process: str) -> tuple[Step, ...]:
    taken: set[str] = set()
    most = min(LONGEST_SLUG, LONGEST_KEY - len(process) - 1)
    return tuple(
        replace(step, slug=free_slug(slugify(step.title) or f"step-{position}", taken, most))
        for position, step in enumerate(steps, 1)
    )


def free_slug(slug: str, taken: set[str], most: int = LONGEST_SLUG) -> str:
    """The slug, or its beginning with a number where it is taken or too long."""
    free, number = slug, 1
    while free in taken or len(free) > most:
        number += 1
        free = f"{slug[: most - len(str(number)) - 1].rstrip('-')}-{number}"
    taken.add(free)
    return free


# Checks and gates


def _kickoff_steps(processes: list[Process]) -> dict[str, str]:
    """The step that conducts the kickoff meeting, by language, as "process/step"."""
    ranked: dict[str, list] = defaultdict(list)
    for process in processes:
        for step in process.steps:
            title = step.title.lower()
            if not re.search(r"kick-?\s?off", title):
                continue
            rank = ("conduct" in title and "meeting" in title, "conduct" in title, "meeting" in title)
            ranked[process.language].append((rank, f"{process.slug}/{step.slug}"))
    return {language: max(found, key=lambda each: each[0])[1] for language, found in ranked.items() if max(found)[0][1]}


def _with_gates(processes: list[Process], gates: Gates, warnings: list) -> list[Process]:
    kickoffs = _kickoff_steps(processes)
    steps, tops = {entry.key: entry for entry in gates.steps}, {entry.key: entry for entry in gates.processes}

    def warn(line: int, message: str):
        warnings.append(PageWarning(gates.source, line, "gate-unmatched", message))

    def lines(found: tuple[Requirement, ...], section: str, entries: tuple[LineEntry, ...], key: str, kickoff):
        by_text, matched = {vocabulary.fold(entry.text): entry for entry in entries}, set()
        proposed = tuple(propose(line, section, kickoff, by_text, (), matched) for line in found)
        for entry in entries:
            if vocabulary.fold(entry.text) not in matched:
                warn(entry.line, f"No line of the {section.replace('_', ' ')} of `{key}` reads “{entry.text}”.")
        return proposed

    done = []
    for process in processes:
        kickoff = kickoffs.get(process.language)
        inner = []
        for step in process.steps:
            key = f"{process.slug}/{step.slug}"
            entry = steps.pop(key, StepEntry(key, 0))
            inner.append(
                replace(
                    step,
                    when=entry.when or step.when,
                    per_service=step.per_service if entry.per_service is None else entry.per_service,
                    inputs=lines(step.inputs, "inputs", entry.inputs, key, kickoff if kickoff != key else None),
                    outputs=lines(step.outputs, "outputs", entry.outputs, key, kickoff if kickoff != key else None),
                    tasks=_gated_tasks(step, entry, warn),
                )
            )
        top = tops.pop(process.slug, None)
        done.append(
            replace(
                process,
                steps=tuple(inner),
                key_inputs=lines(
                    process.key_inputs, "key_inputs", top.key_inputs if top else (), process.slug, kickoff
                ),
                key_outputs=lines(
                    process.key_outputs, "key_outputs", top.key_outputs if top else (), process.slug, kickoff
                ),
                exit_gated=process.exit_gated if top is None or top.gated is None else top.gated,
            )
        )
    for entry in steps.values():
        warn(entry.line, f"There is no step `{entry.key}` in this playbook.")
    for entry in tops.values():
        warn(entry.line, f"There is no process `{entry.key}` in this playbook.")
    known = {f"{process.slug}/{step.slug}" for process in done for step in process.steps}
    for entry in gates.steps:
        for line in (*entry.inputs, *entry.outputs):
            for check in map(Check, line.checks or ()):
                if check.kind == "step" and check.argument not in known:
                    warn(line.line, f"The check `{check}` names a step that is not in this playbook.")
    return done


def _gated_tasks(step: Step, entry: StepEntry, warn) -> tuple[TaskRow, ...]:
    by_number = {task.number: task for task in entry.tasks}
    for number in by_number.keys() - {row.number for row in step.tasks}:
        warn(by_number[number].line, f"Step `{entry.key}` lists no task {number}.")
    return tuple(
        replace(row, when=by_number[row.number].when, mandatory_when=by_number[row.number].mandatory_when)
        if row.number in by_number
        else row
        for row in step.tasks
    )


# Numbers


def _resolved(processes, guidance, language, warnings) -> tuple[tuple[Listing, ...], tuple[TaskRow, ...]]:
    """Every row with its place, and the one row per number that speaks for it: the process page's own first."""
    found: list[tuple[tuple, Listing, str]] = []
    for process in processes:
        places = [(step.slug, step.tasks) for step in process.steps] + [(None, process.tasks)]
        for step, rows in places:
            for position, row in enumerate(rows, 1):
                own = row.source == process.source
                rank = (process.language != language, process.from_heading or not own, step is None)
                rank += (process.audience not in ("internal", ""),)
                found.append((rank, Listing(row, process.slug, step, position), process.language))
    for page in guidance:
        for position, row in enumerate(page.tasks, 1):
            rank = (page.language != language, True, True, True)
            found.append((rank, Listing(row, None, None, position), page.language))
    by_number: dict[int, list] = defaultdict(list)
    for each in found:
        by_number[each[1].row.number].append(each)
    chosen, tasks = set(), []
    for group in by_number.values():
        best = min(group, key=lambda each: (each[0], each[1].row.source, each[1].row.line))
        chosen.add(id(best[1]))
        row = best[1].row
        if not row.name:
            row = replace(row, name=next((each[1].row.name for each in group if each[1].row.name), ""))
        tasks.append(row)
        _compare(best, group, warnings)
    listings = tuple(
        replace(listing, resolved=True) if id(listing) in chosen else listing for _rank, listing, _language in found
    )
    return listings, tuple(tasks)


def _compare(best, group, warnings: list) -> None:
    """Reports rows of the same number and language that print another name or letter."""
    kept = best[1].row
    for _rank, listing, language in group:
        row = listing.row
        if listing is best[1] or language != best[2]:
            continue
        where = f"{kept.source}, line {kept.line}"
        if row.name and kept.name and vocabulary.fold(row.name) != vocabulary.fold(kept.name):
            message = f"Task {row.number} is named “{row.name}” here and “{kept.name}” in {where}, which counts."
            warnings.append(PageWarning(row.source, row.line, "task-name-differs", message))
        if row.mandatory != kept.mandatory:
            message = f"Task {row.number} is marked {row.letter} here and {kept.letter} in {where}, which counts."
            warnings.append(PageWarning(row.source, row.line, "task-letter-differs", message))


# Links


def _links(pages, processes: list[Process], warnings: list) -> tuple[PageLink, ...]:
    """Links between pages as references; the first link to each missing page of a page is reported."""
    files = {page.stem.lower(): page.source for page in pages}
    own = {process.source: process.slug for process in reversed(processes) if not process.from_heading}
    found, reported = [], set()
    for page in pages:
        for link in page.links:
            stem = target_stem(link.href)
            target = files.get(stem)
            if target is None:
                if (page.source, stem) not in reported:
                    reported.add((page.source, stem))
                    message = f"The linked page {stem}.md is not in this folder."
                    warnings.append(PageWarning(page.source, link.line, "link-missing", message))
                continue
            found.append(PageLink(page.source, link.line, link.text, target, own.get(target)))
    return tuple(found)
