"""Which rows of the database the names and numbers of pages mean; what nobody has named yet becomes a row.

A role, service or motion is found by its name, its aliases, or what a translated name stands for. An FTOP
number keeps the name it has: numbers have been renamed and reused (DOMAIN §5.4).
"""

from collections.abc import Callable, Iterable

from django.db.models import Model
from django.utils.text import slugify

from playbook import vocabulary
from playbook.drafting import Draft
from playbook.folder import GATES_FILE
from playbook.pages import PageWarning
from tasks.folding import fold
from tasks.models import FtopTask, Motion, Role, Service

# The relation of a row → the taxonomy that its names belong to.
KINDS = {"roles": "role", "services": "service", "applies_to": "service", "motions": "motion"}
TAXONOMIES = {"role": Role, "service": Service, "motion": Motion}
LONGEST = {kind: model._meta.get_field("name").max_length for kind, model in TAXONOMIES.items()}
PSEUDO_SERVICES = {"All Services": Service.Kind.ALL, "Core Onboarding": Service.Kind.CORE}


class Names:
    """Finds the row that a printed name means.

    ``read`` are the warnings of the pages, so that a name which is unknown there is not reported twice.
    """

    def __init__(self, rows: Draft, read: Iterable[PageWarning]):
        self.warnings: list[PageWarning] = []
        self.spelled = {kind: model.objects.by_spelling() for kind, model in TAXONOMIES.items()}
        reported = [warning.message for warning in read if warning.code.endswith("-unknown")]
        for row, relation, names in rows.links:
            for name in names:
                kind = KINDS[relation]
                if name and self.find(kind, name) is None:
                    self.spelled[kind][fold(name[: LONGEST[kind]])] = self.new(kind, name[: LONGEST[kind]])
                    if not any(f"“{name}”" in message for message in reported):
                        self.report(kind, name, row)
        for kind, model in TAXONOMIES.items():
            model.objects.bulk_create(row for row in self.spelled[kind].values() if row.pk is None)

    def find(self, kind: str, name: str) -> Model | None:
        known = self.spelled[kind]
        return known.get(fold(name[: LONGEST[kind]])) or known.get(fold(vocabulary.meaning(kind, name) or ""))

    def all(self, relation: str, names: Iterable[str]) -> list[Model]:
        """The rows that the names mean, each once, in their order."""
        return list(dict.fromkeys(self.find(KINDS[relation], name) for name in names if name))

    def by_row(self, rows: Draft) -> Callable[[Model, str], tuple[str, ...]]:
        """(row, relation) → the sorted names that its printed names mean."""
        linked = {
            (id(row), relation): tuple(sorted(found.name for found in self.all(relation, printed)))
            for row, relation, printed in rows.links
        }
        return lambda row, relation: linked.get((id(row), relation), ())

    def new(self, kind: str, name: str) -> Model:
        if kind == "service":
            meant = PSEUDO_SERVICES.get(vocabulary.meaning(kind, name), Service.Kind.WORKLOAD)
            return Service(name=name, kind=meant)
        if kind == "motion":
            taken = {motion.slug for motion in self.spelled["motion"].values()}
            slug = slugify(name, allow_unicode=True)[:30] or "motion"
            return Motion(name=name, slug=slug if slug not in taken else f"{slug}-{len(taken)}")
        return Role(name=name)

    def report(self, kind: str, name: str, met: Model) -> None:
        """``met`` is the row whose page, or whose entry in gates.toml, prints the name."""
        owner = met if hasattr(met, "source") else getattr(met, "process", None)
        message = f"The {kind} “{name}” is new: nobody had named it before, so it was added."
        place = getattr(owner, "source", GATES_FILE), getattr(met, "line", 0)
        self.warnings.append(PageWarning(*place, f"{kind}-added", message))


def number_tasks(rows: Draft) -> list[PageWarning]:
    """Creates the numbers nobody has met; an existing number keeps its name, and another one is reported."""
    warnings = []
    existing = {number: (pk, name) for number, pk, name in FtopTask.objects.values_list("number", "pk", "name")}
    spoken = {row.task.number: row for row in rows.listings if row.resolved}
    for number, task in rows.tasks.items():
        if number not in existing:
            continue
        task.pk, name = existing[number]
        if vocabulary.fold(name) != vocabulary.fold(task.name):
            message = f"Number {number} is “{task.name}” here and “{name}” in the task catalogue, which keeps its name."
            warnings.append(PageWarning(spoken[number].source, spoken[number].line, "number-reused", message))
    FtopTask.objects.bulk_create(task for task in rows.tasks.values() if task.pk is None)
    return warnings
