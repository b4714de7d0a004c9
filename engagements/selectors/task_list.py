"""The Tasks tab: every FTOP number of an engagement by phase; those that do not apply last, with the reason."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from engagements.selectors import people
from engagements.selectors.task_rows import ListedTask, drawn, listed_tasks
from engagements.selectors.words import count
from engagements.walk import Walk
from tasks.folding import fold
from tasks.statuses import TaskStatus

NEEDS = {"mandatory": "Mandatory here", "optional": "Optional"}
STATUSES = {"open": "Still open", "blocked": "Blocked, any"} | {status.value: status.value for status in TaskStatus}
SETTLED = (TaskStatus.COMPLETE, TaskStatus.NOT_REQUIRED, TaskStatus.CANCELLED)


@dataclass(frozen=True)
class TaskFilters:
    """What somebody wants to see. Forgives what it does not know: an old address shows more, never an error."""

    role: str = ""
    need: str = ""
    status: str = ""
    service: int | None = None
    text: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str], walk: Walk, roles: Collection[str]) -> "TaskFilters":
        ids = {str(service.id): service.id for service in walk.facts.services}
        status, need = query.get("status", ""), query.get("need", "")
        return cls(
            role="mine" if query.get("role") == "mine" and roles else "",
            need=need if need in NEEDS else "",
            status=status if status in STATUSES else "",
            service=ids.get(query.get("service", "")),
            text=query.get("q", "").strip()[:200],
        )

    def address(self, **change: Any) -> str:
        now = replace(self, **change)
        named = {"role": now.role, "need": now.need, "status": now.status, "service": now.service, "q": now.text}
        return "?" + urlencode({name: value for name, value in named.items() if value})

    def tests(self, walk: Walk, roles: Collection[str]) -> dict[str, Callable[[ListedTask], bool]]:
        """The filters that are set, each as a question about a task."""
        words = fold(self.text)
        found: dict[str, Callable[[ListedTask], bool]] = {
            "role": lambda task: not task.roles or bool(task.roles & set(roles)),
            "need": lambda task: bool(task.here) and task.mandatory == (self.need == "mandatory"),
            "status": lambda task: bool(task.here) and _stands(self.status, walk.task_state(task.number)[0]),
            "service": lambda task: self.service is None or task.is_for(self.service),
            "text": lambda task: str(task.number).startswith(words) or words in fold(task.name),
        }
        return {name: test for name, test in found.items() if getattr(self, name)}


def task_list(walk: Walk, filters: TaskFilters, roles: Collection[str], *, may_edit: bool) -> dict[str, Any]:
    """Sections by phase; one query for the names of those who set a status."""
    tasks = listed_tasks(walk)
    tests = filters.tests(walk, roles).values()
    found = [task for task in tasks if all(test(task) for test in tests)]
    records = [*walk.task_records.values(), *walk.earlier_tasks.values()]
    names = people.names(record.changed_by_id for record in records)
    phases: dict[str, list[dict[str, Any]]] = {}
    for task in found:
        if task.here:
            phases.setdefault(task.first.place.phase.name, []).append(drawn(walk, task, names, may_edit=may_edit))
    shown = sum(len(rows) for rows in phases.values())
    total = sum(bool(task.here) for task in tasks)
    return {
        "phases": [{"name": name or "Without a phase", "rows": rows} for name, rows in phases.items()],
        "off": [drawn(walk, task, names, may_edit=False) for task in found if not task.here],
        "say": f"{shown} of {count(total, 'task')}" if tests else count(total, "task"),
        "filters": filters,
        "active": sum(bool(value) for value in (filters.role, filters.need, filters.status, filters.service)),
        "choices": _choices(walk, filters, roles),
        "empty": None if found else _empty(tasks, walk, filters, roles),
    }


def _stands(wanted: str, status: str) -> bool:
    if wanted == "open":
        return status not in SETTLED
    if wanted == "blocked":
        return TaskStatus(status).is_blocked
    return status == wanted


def _choices(walk: Walk, filters: TaskFilters, roles: Collection[str]) -> list[dict[str, Any]]:
    """The selects, in the order of the page; "my roles" only for those who have one here."""
    services = {service.id: service.name for service in walk.facts.services}
    selects = [
        ("need", "Mandatory or optional", {"": "Mandatory and optional"} | NEEDS, filters.need),
        ("status", "Status", {"": "Any status"} | STATUSES, filters.status),
        ("service", "Service", {"": "Any service"} | services, filters.service or ""),
    ]
    if roles:
        selects.insert(0, ("role", "Role", {"": "All roles", "mine": "My roles"}, filters.role))
    return [
        {
            "name": name,
            "label": label,
            "options": [{"value": value, "label": word, "selected": value == now} for value, word in options.items()],
        }
        for name, label, options, now in selects
    ]


def _empty(tasks: list[ListedTask], walk: Walk, filters: TaskFilters, roles: Collection[str]) -> dict[str, str]:
    """Names the one filter that hides everything, where there is one."""
    if not tasks:
        return {"title": "No tasks", "text": "This edition of the playbook lists none.", "url": "", "action": ""}
    words = {"role": "all roles", "need": "mandatory and optional", "status": "any status", "service": "any service"}
    tests = filters.tests(walk, roles)
    for name, word in words.items():
        others = [test for key, test in tests.items() if key != name]
        hidden = sum(all(test(task) for test in others) for task in tasks)
        if name in tests and hidden:
            url = filters.address(**{name: getattr(TaskFilters(), name)})
            text = f"{count(hidden, 'task')} would show with {word}."
            return {"title": "No task matches", "text": text, "url": url, "action": f"Show {word}"}
    return {"title": "No task matches", "text": "Look for fewer words.", "url": "?", "action": "Show all tasks"}
