"""A process that opens under a heading of a general page and also has a page of its own is one process.

The page wins; steps it lacks are added, and what only the heading's copy of a step has is kept (DESIGN §4).
A task row that both have stays a listing of the process, outside its steps, so that differences are seen.
"""

from collections import defaultdict
from dataclasses import replace

from playbook.pages import Page, PageWarning, Process, Step
from playbook.vocabulary import fold_title


def merge_heading_processes(pages: tuple[Page, ...], warnings: list) -> list[Process]:
    """All processes in page order, heading processes merged into the page of the same name and language."""
    processes = [process for page in pages for process in page.processes]
    own: dict[tuple[str, str], list[int]] = defaultdict(list)
    for position, process in enumerate(processes):
        if not process.from_heading:
            own[process.language, fold_title(process.title)].append(position)
    merged: list[Process | None] = list(processes)
    for position, process in enumerate(processes):
        places = own.get((process.language, fold_title(process.title))) if process.from_heading else None
        if not places:
            continue
        target = merged[places[0]]
        merged[places[0]] = _merge(target, process, warnings)
        merged[position] = None
        if len(places) > 1:
            message = f"Several pages are named “{process.title}”; it was merged into {target.source}."
            warnings.append(PageWarning(process.source, process.line, "process-merged-first", message))
    return [process for process in merged if process is not None]


def _merge(page: Process, heading: Process, warnings: list) -> Process:
    steps = list(page.steps)
    at = {fold_title(step.title): position for position, step in reversed(list(enumerate(steps)))}
    added, copies = [], []
    for step in heading.steps:
        position = at.get(fold_title(step.title))
        if position is None:
            steps.append(step)
            added.append(step.title)
        else:
            numbers = {row.number for row in steps[position].tasks}
            copies += [row for row in step.tasks if row.number in numbers]
            steps[position] = _merge_step(steps[position], step, warnings)
    report = f"added {', '.join(f'“{title}”' for title in added)}" if added else "its page already has every step"
    message = f"“{heading.title}” was merged into {page.source}: {report}."
    warnings.append(PageWarning(heading.source, heading.line, "process-merged", message))
    return replace(page, steps=tuple(steps), tasks=(*page.tasks, *heading.tasks, *copies))


def _merge_step(page: Step, heading: Step, warnings: list) -> Step:
    """The page's step; checklists and task rows it lacks come from the heading's copy."""
    taken = {}
    for section in ("inputs", "outputs"):
        if not getattr(page, section) and getattr(heading, section):
            taken[section] = getattr(heading, section)
        elif getattr(heading, section) and _texts(heading, section) - _texts(page, section):
            message = f"The {section} of “{heading.title}” differ from those in {page.source}, which count."
            warnings.append(PageWarning(heading.source, heading.line, "checklist-differs", message))
    numbers = {row.number for row in page.tasks}
    return replace(page, tasks=page.tasks + tuple(row for row in heading.tasks if row.number not in numbers), **taken)


def _texts(step: Step, section: str) -> set[str]:
    return {fold_title(line.text) for top in getattr(step, section) for line in top.flat()}
