"""What the pages of the playbook browser read, each in a constant number of queries."""

from django.contrib.auth.models import AbstractUser
from django.db.models import Count, Prefetch, QuerySet
from django.urls import reverse

from playbook.models import Edition, Process, Requirement, Step, TaskListing
from tasks.folding import fold
from tasks.models import FtopTask


def published_edition() -> Edition | None:
    """The edition in force."""
    return Edition.objects.filter(status=Edition.Status.PUBLISHED).order_by("-published_at").first()


def editions_for(user: AbstractUser) -> QuerySet[Edition]:
    """Drafts are for those who look after the playbook; published and retired editions for everybody."""
    if user.has_perm("playbook.view_edition"):
        return Edition.objects.all()
    return Edition.objects.exclude(status=Edition.Status.DRAFT)


def may_read_internal(user: AbstractUser) -> bool:
    return user.has_perm("playbook.read_internal_guidance")


def phases_of(edition: Edition) -> list[tuple[str, list[Process]]]:
    """(name, processes) of each phase in order, then the pages that name no phase; with counts."""
    rows = edition.processes.select_related("phase").prefetch_related("motions").defer("guidance", "next_steps")
    rows = rows.annotate(step_count=Count("steps", distinct=True), task_count=Count("listings__task", distinct=True))
    rows = list(rows.order_by("position", "pk"))  # a query that counts forgets the model's own order
    phases = [(phase.name, [row for row in rows if row.phase_id == phase.pk]) for phase in edition.phases.all()]
    without = [row for row in rows if row.phase_id is None]
    return [*phases, ("No phase of its own", without)] if without else phases


def steps_matching(edition: Edition, text: str) -> list[Step]:
    """Steps whose title, or whose process's title, holds all the words; compared folded (DESIGN §7)."""
    words = fold(text).split()
    steps = Step.objects.filter(process__edition=edition).select_related("process__phase").defer("guidance")
    steps = steps.order_by("process__position", "position")
    return [step for step in steps if all(word in fold(f"{step.title} {step.process.title}") for word in words)]


def page_links(edition: Edition) -> dict[str, str]:
    """File names of the edition's pages → addresses here, for ``rendering.render``."""
    rows = Process.objects.filter(edition=edition).exclude(source="").values_list("source", "slug")
    return {source.rpartition("/")[2]: reverse("process_detail", args=[edition.pk, slug]) for source, slug in rows}


def process_steps(process: Process) -> list[Step]:
    """The steps of a process with how much each asks for."""
    steps = process.steps.prefetch_related("roles", "applies_to").defer("guidance")
    return list(
        steps.annotate(
            line_count=Count("requirements", distinct=True),
            task_count=Count("listings", distinct=True),
        ).order_by("position", "pk")
    )


def listings(**of) -> list[TaskListing]:
    """Rows of task tables in page order, ready to be drawn."""
    rows = TaskListing.objects.filter(**of).select_related("task__replaced_by", "step", "process", "edition")
    return list(rows.prefetch_related("roles", "services").order_by("position", "pk"))


def tasks_in(edition: Edition | None, text: str, **listed) -> QuerySet[FtopTask]:
    """FTOP numbers found by number or words, each with ``spoken``: the row that speaks for it in the edition.

    ``listed`` narrows by that row: mandatory, roles, services, process__phase.
    """
    speaking = TaskListing.objects.filter(edition=edition, resolved=True)
    tasks = FtopTask.objects.matching(text).select_related("replaced_by")
    if listed:
        tasks = tasks.filter(pk__in=speaking.filter(**listed).values("task"))
    rows = speaking.select_related("process__phase", "step").prefetch_related("roles", "services")
    return tasks.prefetch_related(Prefetch("listings", rows, to_attr="spoken"))


def lines(**of) -> list[Requirement]:
    """Requirements in page order."""
    return list(Requirement.objects.filter(**of).order_by("position", "pk"))
