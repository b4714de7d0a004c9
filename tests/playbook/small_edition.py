"""A small edition with one of everything: two processes, a tree of requirements, listings, a condition."""

from playbook.models import Condition, Edition, Phase, Process, Requirement, Step, TaskListing
from tasks.models import FtopTask, Motion, Role, Service


def small_edition(*, name="July", status="published", steps=1) -> Edition:
    """``steps`` makes the first process longer, for tests that count queries."""
    role, _ = Role.objects.get_or_create(name="FastTrack Manager", defaults={"abbreviation": "FM"})
    service, _ = Service.objects.get_or_create(name="All Services", defaults={"kind": "all"})
    motion, _ = Motion.objects.get_or_create(slug="rfa", name="RFA")
    if status == "published":
        Edition.objects.filter(status="published").update(status="retired")
    edition = Edition.objects.create(name=name, status=status)
    assess = Phase.objects.create(edition=edition, slug="assess", name="Assess", position=6)
    condition = Condition.objects.create(
        edition=edition, key="managed", question="Is the account managed?", computed=["account-managed"]
    )
    condition.services.add(service)
    follows = _process(edition, assess, "value-add", "Value Add", 2)
    first = _process(edition, assess, "acm-conversation", "ACM Conversation", 1)
    first.motions.add(motion)
    first.next_process = follows
    first.source, first.guidance = (
        "assess-acm.md",
        "Read [Value Add](value-add.md) and the [Deck (Internal Only)](https://x.example).",
    )
    first.save()
    Requirement.objects.create(
        process=first, section="key_output", key="ko", position=1, text="A decision is documented", checks=["attest"]
    )
    for n in range(steps):
        _step(edition, first, n, role, service, motion)
    _step(edition, follows, 0, role, service, motion)
    return edition


def _process(edition, phase, slug, title, position) -> Process:
    return Process.objects.create(
        edition=edition, phase=phase, key=slug, slug=slug, title=title, position=position, source=f"{slug}.md"
    )


def _step(edition, process, n, role, service, motion) -> Step:
    slug = "request-a-partner" if n == 0 else f"step-{n}"
    step = Step.objects.create(
        process=process,
        key=f"{process.key}/{slug}",
        slug=slug,
        title="Request a Partner" if n == 0 else f"Step {n}",
        position=n + 1,
        guidance="> [!NOTE]\n> Ask first.",
        when="not managed",
    )
    step.roles.add(role)
    step.applies_to.add(service)
    step.motions.add(motion)
    group = _line(step, "routes", 1, "One of the following is documented", rule="one of")
    _line(step, "own", 2, "The customer has a partner", parent=group, checks=["note:engagement-management"])
    lead = _line(step, "lead", 3, "QuickLeads was used", parent=group, when="managed")
    _line(step, "mail", 4, "The referral was sent", parent=lead, checks=["attest"])
    number, name = (983, "QuickLeads") if n == 0 else (4000 + n, f"Task {n}")
    task, _ = FtopTask.objects.get_or_create(number=number, defaults={"name": name, "name_folded": name.casefold()})
    speaks = not TaskListing.objects.filter(edition=edition, task=task).exists()
    listing = TaskListing.objects.create(
        edition=edition, process=process, step=step, task=task, position=n + 1, name=task.name, resolved=speaks
    )
    listing.roles.add(role)
    listing.services.add(service)
    return step


def _line(step, key, position, text, **fields) -> Requirement:
    return Requirement.objects.create(
        process=step.process, step=step, section="output", key=key, position=position, text=text, **fields
    )
