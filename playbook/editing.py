"""Editing the playbook: copy the published edition to a draft, change the draft, publish it (DESIGN §4).

Only drafts change. Whoever writes a row of an edition asks ``ensure_draft`` first; a published or
retired edition refuses with ``EditionFrozen``.
"""

from collections.abc import Callable, Iterable

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from playbook.models import Condition, Edition, Phase, Process, Requirement, Step, TaskListing
from playbook.snapshot import snapshot
from playbook.validation import Problem, problems


class EditionFrozen(PermissionDenied):
    """A published or retired edition does not change."""

    def __init__(self, edition: Edition):
        self.edition = edition
        super().__init__(f"“{edition}” is {edition.get_status_display().lower()}: copy it to a draft to change it.")


class CannotPublish(Exception):
    """A draft that would not work; ``problems`` says where and why."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("; ".join(f"{where}: {text}" for where, text in problems))


def ensure_draft(edition: Edition) -> None:
    """Raises EditionFrozen unless the edition is stored as a draft, and keeps it one until the transaction ends."""
    stored = Edition.objects.select_for_update().get(pk=edition.pk)
    if stored.is_frozen:
        raise EditionFrozen(stored)


@transaction.atomic
def publish(edition: Edition, *, by: AbstractUser | None) -> Edition:
    """Freezes a draft and puts it in force; the edition in force so far is retired.

    ``by`` is None where the machine publishes, on the import command.
    """
    if by is not None and not by.has_perm("playbook.publish_edition"):
        raise PermissionDenied("Publishing an edition needs a permission of its own.")
    stored = {e.pk: e for e in Edition.objects.select_for_update().exclude(status=Edition.Status.RETIRED)}
    edition = stored.get(edition.pk, edition)
    if edition.is_frozen:
        raise EditionFrozen(edition)
    if found := problems(snapshot(edition)):
        raise CannotPublish(found)
    Edition.objects.filter(status=Edition.Status.PUBLISHED).update(status=Edition.Status.RETIRED)
    edition.status = Edition.Status.PUBLISHED
    edition.published_at = timezone.now()
    edition.published_by = by
    edition.save(update_fields=["status", "published_at", "published_by"])
    return edition


@transaction.atomic
def discard(draft: Edition) -> None:
    """Throws a draft away with all its rows. Processes go first, because a phase may not leave them behind."""
    ensure_draft(draft)
    Process.objects.filter(edition=draft).delete()
    draft.delete()


@transaction.atomic
def copy_to_draft(edition: Edition, *, by: AbstractUser, name: str) -> Edition:
    """A draft that says the same as the edition, key for key; a constant number of queries."""
    if not by.has_perm("playbook.change_edition"):
        raise PermissionDenied("Editing the catalogue needs the permission to change editions.")
    draft = Edition.objects.create(name=name, language=edition.language, based_on=edition)
    of_edition, of_process = {"edition": edition}, {"process__edition": edition}

    phases = _copy(Phase, of_edition, lambda row: {"edition": draft})
    _copy(Condition, of_edition, lambda row: {"edition": draft})
    processes = _copy(
        Process,
        of_edition,
        lambda row: {"edition": draft, "phase": phases.get(row.phase_id), "next_process": None},
    )
    _point_to_next_processes(edition, processes)
    steps = _copy(Step, of_process, lambda row: {"process": processes[row.process_id]})
    _copy_requirements(of_process, processes, steps)
    _copy(
        TaskListing,
        of_edition,
        lambda row: {
            "edition": draft,
            "process": processes[row.process_id],
            "step": steps.get(row.step_id),
        },
    )
    return draft


def _copy(model: type[models.Model], of: dict, replace: Callable[[models.Model], dict]) -> dict[int, models.Model]:
    """Copies the rows with their many-to-many links; the old id of each → its copy."""
    originals = list(model.objects.filter(**of))
    copies = _insert(model, originals, replace)
    for field in model._meta.many_to_many:
        _copy_links(field, of, copies)
    return copies


def _insert(model: type[models.Model], originals: Iterable[models.Model], replace: Callable) -> dict:
    kept = [f.attname for f in model._meta.concrete_fields if not f.primary_key]
    copies = {}
    for row in originals:
        copy = model(**{name: getattr(row, name) for name in kept})
        for name, value in replace(row).items():
            setattr(copy, name, value)
        copies[row.pk] = copy
    model.objects.bulk_create(copies.values())
    return copies


def _copy_links(field: models.ManyToManyField, of: dict, copies: dict[int, models.Model]) -> None:
    through = field.remote_field.through
    here, there = field.m2m_column_name(), field.m2m_reverse_name()
    links = through.objects.filter(**{f"{field.m2m_field_name()}__{path}": value for path, value in of.items()})
    through.objects.bulk_create(
        through(**{here: copies[old].pk, there: target})
        for old, target in links.order_by("pk").values_list(here, there)
    )


def _point_to_next_processes(edition: Edition, processes: dict[int, Process]) -> None:
    pointing = Process.objects.filter(edition=edition, next_process__isnull=False)
    changed = []
    for old, following in pointing.values_list("pk", "next_process_id"):
        processes[old].next_process = processes.get(following)
        changed.append(processes[old])
    Process.objects.bulk_update(changed, ["next_process"])


def _copy_requirements(of: dict, processes: dict[int, Process], steps: dict[int, Step]) -> None:
    """Level by level, because a child needs the id of its parent's copy."""
    copies: dict[int, Requirement] = {}

    def replace(row: Requirement) -> dict:
        return {
            "process": processes[row.process_id],
            "step": steps.get(row.step_id),
            "parent": copies.get(row.parent_id),
        }

    waiting = list(Requirement.objects.filter(**of))
    while waiting:
        level = [row for row in waiting if row.parent_id is None or row.parent_id in copies]
        if not level:
            raise ValueError("Requirements whose parents stand in another edition cannot be copied.")
        copies.update(_insert(Requirement, level, replace))
        waiting = [row for row in waiting if row.pk not in copies]
