"""Brings a folder of pages into a new draft edition, or finds that nothing changed (DESIGN §4).

All rows of an import are written in one transaction, kind by kind: the number of queries does not grow
with the pages. Roles and services that nobody has named yet become rows of their own and are reported;
an FTOP number keeps the name it has.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.text import slugify

from playbook import editing, vocabulary
from playbook.carrying import Carried, as_json, carry, from_json, keep_keys, proposals
from playbook.catalogue import Catalogue, resolve
from playbook.diff import Change, compare
from playbook.document import of_warnings
from playbook.drafting import Draft, draft
from playbook.folder import GATES_FILE, read_folder
from playbook.models import Condition, Edition, Phase, Process, Proposal, Requirement, Step, TaskListing
from playbook.pages import PageWarning
from playbook.selectors import published_edition
from playbook.snapshot import snapshot
from tasks.folding import fold
from tasks.loading import load_taxonomies, taxonomies_missing
from tasks.models import FtopTask, Motion, Role, Service

KINDS = {"roles": "role", "services": "service", "applies_to": "service", "motions": "motion"}
TAXONOMIES = {"role": Role, "service": Service, "motion": Motion}
PSEUDO_SERVICES = {"All Services": Service.Kind.ALL, "Core Onboarding": Service.Kind.CORE}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """``edition`` holds what the folder says; ``changed`` is False where it did so before the import."""

    edition: Edition
    changed: bool
    published: bool = False
    warnings: list[PageWarning] = field(default_factory=list)
    base: Edition | None = None
    diff: list[Change] = field(default_factory=list)
    carried: int = 0


def import_folder(
    path: Path | str, *, name: str | None = None, publish: bool = False, by: AbstractUser | None = None
) -> ImportReport:
    """Raises PageError for a page that cannot be taken in and CannotPublish for a draft that would not work.

    In both cases the database stays as it was. ``by`` is None where the machine imports.
    """
    catalogue = resolve(read_folder(path))
    rows = draft(catalogue)
    with transaction.atomic():
        same = _same_edition(rows.digest())
        if same is not None:
            published = publish and not same.is_frozen
            if published:
                same = editing.publish(same, by=by)
            return ImportReport(same, changed=False, published=published, warnings=list(catalogue.warnings))
        if taxonomies_missing():
            load_taxonomies()
        return _import(catalogue, rows, name or default_name(path), publish, by)


def default_name(path: Path | str) -> str:
    return f"{Path(path).resolve().name} {timezone.localdate():%Y-%m-%d}"


def unchanged_edition(catalogue: Catalogue) -> Edition | None:
    """The edition that says already what these pages say; only reads."""
    return _same_edition(draft(catalogue).digest())


def _import(catalogue: Catalogue, rows: Draft, name: str, publish: bool, by: AbstractUser | None) -> ImportReport:
    digest = rows.digest()
    former, base = _newest(), published_edition()
    before = {edition: snapshot(edition) for edition in {former, base} - {None}}
    names = _Names(rows)
    warnings = [*catalogue.warnings, *rows.warnings, *names.warnings, *_number_tasks(rows)]
    if former:
        keep_keys(rows, before[former])
    proposed = proposals(rows, names.by_row(rows))
    carried = Carried()
    if former and (imported := _imported(former)):
        carried = carry(rows, proposed, before[former], from_json(imported.proposal.rows))
        warnings += carried.warnings
    edition = Edition.objects.create(
        name=_free_name(name),
        language=catalogue.language,
        digest=digest,
        based_on=base or former,
        warnings=of_warnings(warnings),
    )
    _save(rows, edition, names)
    Proposal.objects.create(edition=edition, rows=as_json(proposed))
    diff = compare(before[base], snapshot(edition)) if base else []
    if publish:
        edition = editing.publish(edition, by=by)
    return ImportReport(edition, True, publish, warnings, base, diff, carried.count)


# Which edition says what


def _newest() -> Edition | None:
    return Edition.objects.exclude(status=Edition.Status.RETIRED).order_by("-created_at", "-pk").first()


def _imported(edition: Edition) -> Edition | None:
    """The edition itself where an import made it, else the import that it was copied from, copy by copy."""
    editions = Edition.objects.select_related("proposal").defer("warnings").in_bulk()
    seen = set()
    found = editions.get(edition.pk)
    while found is not None and not found.digest and found.pk not in seen:
        seen.add(found.pk)
        found = editions.get(found.based_on_id)
    return found if found is not None and found.digest and hasattr(found, "proposal") else None


def _same_edition(digest: str) -> Edition | None:
    newest = _newest()
    imported = _imported(newest) if newest else None
    return newest if imported is not None and imported.digest == digest else None


def _free_name(name: str) -> str:
    """The name, or the name with a number, because editions are told apart by their names."""
    most = Edition._meta.get_field("name").max_length
    taken = set(Edition.objects.values_list("name", flat=True))
    free, number = name[:most], 1
    while free in taken:
        number += 1
        free = f"{name[: most - 8]} ({number})"
    return free


# What only the database knows


class _Names:
    """The rows that the names on pages mean; a name that nobody knows becomes a row."""

    def __init__(self, rows: Draft):
        self.warnings: list[PageWarning] = []
        self.spelled = {kind: model.objects.by_spelling() for kind, model in TAXONOMIES.items()}
        missing: dict[tuple[str, str], Model] = {}
        for row, relation, names in rows.links:
            for name in names:
                kind = KINDS[relation]
                if name and self.find(kind, name) is None:
                    missing.setdefault((kind, fold(name)), (name, row))
        for kind, model in TAXONOMIES.items():
            self.create(kind, model, {name: row for (of, _), (name, row) in missing.items() if of == kind})

    def find(self, kind: str, name: str) -> Model | None:
        known = self.spelled[kind]
        return known.get(fold(name)) or known.get(fold(vocabulary.meaning(kind, name) or ""))

    def all(self, relation: str, names: Iterable[str]) -> list[Model]:
        found = (self.find(KINDS[relation], name) for name in names if name)
        return list(dict.fromkeys(row for row in found if row))

    def create(self, kind: str, model: type[Model], missing: dict[str, Model]) -> None:
        rows = []
        for name, met in missing.items():
            row = model(name=name[: model._meta.get_field("name").max_length])
            if kind == "service":
                row.kind = PSEUDO_SERVICES.get(vocabulary.meaning(kind, name), Service.Kind.WORKLOAD)
            if kind == "motion":
                row.slug = slugify(name, allow_unicode=True)[:30] or f"motion-{len(self.spelled[kind]) + len(rows)}"
            rows.append(row)
            source, line = _place(met)
            message = f"The {kind} “{name}” is new: nobody had named it before, so it was added."
            self.warnings.append(PageWarning(source, line, f"{kind}-added", message))
        model.objects.bulk_create(rows)
        self.spelled[kind] |= {fold(name): row for name, row in zip(missing, rows, strict=True)}

    def by_row(self, rows: Draft) -> Callable[[Model, str], tuple[str, ...]]:
        """(row, relation) → the sorted names that its printed names mean."""
        linked = {
            (id(row), relation): tuple(sorted(found.name for found in self.all(relation, printed)))
            for row, relation, printed in rows.links
        }
        return lambda row, relation: linked.get((id(row), relation), ())


def _place(row: Model) -> tuple[str, int]:
    """File and line of a row that was read from a page."""
    owner = row if hasattr(row, "source") else getattr(row, "process", None)
    return getattr(owner, "source", GATES_FILE), getattr(row, "line", 0)


def _number_tasks(rows: Draft) -> list[PageWarning]:
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


# Rows


def _save(rows: Draft, edition: Edition, names: _Names) -> None:
    for row in (*rows.phases.values(), *rows.conditions, *rows.processes, *rows.listings):
        row.edition = edition
    Phase.objects.bulk_create(rows.phases.values())
    Condition.objects.bulk_create(rows.conditions)
    Process.objects.bulk_create(rows.processes)
    for process, following in rows.following:
        process.next_process = following
    Process.objects.bulk_update([process for process, _ in rows.following], ["next_process"])
    Step.objects.bulk_create(rows.steps)
    _save_lines(rows.lines)
    TaskListing.objects.bulk_create(rows.listings)
    _save_links(rows, names)


def _save_lines(lines: list[Requirement]) -> None:
    """Level by level, because a line needs the id of the line above it."""
    level, below = [row for row in lines if row.parent is None], defaultdict(list)
    for row in lines:
        if row.parent is not None:
            below[id(row.parent)].append(row)
    while level:
        Requirement.objects.bulk_create(level)
        level = [child for row in level for child in below[id(row)]]


def _save_links(rows: Draft, names: _Names) -> None:
    """In page order, which the ids of the links keep."""
    links = defaultdict(list)
    for row, relation, printed in rows.links:
        field = row._meta.get_field(relation)
        through, here, there = field.remote_field.through, field.m2m_column_name(), field.m2m_reverse_name()
        links[through] += [through(**{here: row.pk, there: found.pk}) for found in names.all(relation, printed)]
    for through, found in links.items():
        through.objects.bulk_create(found)
