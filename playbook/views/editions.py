"""The playbook as people read it: edition, process, step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from playbook import selectors
from playbook.models import Edition, Process, Step
from playbook.reading import tree, when_words
from playbook.rendering import render as render_markdown


@require_safe
def playbook_home(request: HttpRequest) -> HttpResponse:
    edition = selectors.published_edition()
    if edition is None:
        return render(request, "playbook/playbook_home.html", {"nav": "playbook"})
    return _edition_page(request, edition)


@require_safe
def edition_detail(request: HttpRequest, edition: int) -> HttpResponse:
    return _edition_page(request, get_object_or_404(selectors.editions_for(request.user), pk=edition))


def _edition_page(request: HttpRequest, edition: Edition) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    phases = selectors.phases_of(edition)
    context = {
        "nav": "playbook",
        "edition": edition,
        "phases": phases,
        "text": text,
        "found": selectors.steps_matching(edition, text) if text else [],
        "process_count": sum(len(processes) for _, processes in phases),
        "step_count": sum(process.step_count for _, processes in phases for process in processes),
    }
    return render(request, "playbook/edition_detail.html", context)


@require_safe
def process_detail(request: HttpRequest, edition: int, process: str) -> HttpResponse:
    page = _process(request, edition, process)
    read = Reading(request, page)
    lines = selectors.lines(process=page, step__isnull=True)
    context = read.context | {
        "steps": selectors.process_steps(page),
        "guidance": read.guidance(page.guidance),
        "next_steps": read.guidance(page.next_steps),
        "key_inputs": read.lines(lines, "key_input"),
        "key_outputs": read.lines(lines, "key_output"),
        "listings": read.listings(selectors.listings(process=page)),
    }
    return render(request, "playbook/process_detail.html", context)


@require_safe
def playbook_step(request: HttpRequest, edition: int, process: str, step: str) -> HttpResponse:
    page = _process(request, edition, process)
    steps = list(page.steps.all())
    row = get_object_or_404(page.steps.prefetch_related("roles", "motions", "applies_to"), slug=step)
    place = steps.index(row)
    read = Reading(request, page)
    lines = selectors.lines(step=row)
    context = read.context | {
        "step": row,
        "place": f"Step {place + 1} of {len(steps)}",
        "crumbs": [*read.context["crumbs"], {"label": page.title, "url": page.get_absolute_url()}],
        "steps": _navigation(page, steps, place),
        "previous": _step_url(page, steps[place - 1]) if place else "",
        "next": _step_url(page, steps[place + 1]) if place + 1 < len(steps) else "",
        "guidance": read.guidance(row.guidance),
        "when": when_words(row.when, read.questions),
        "inputs": read.lines(lines, "input"),
        "outputs": read.lines(lines, "output"),
        "listings": read.listings(selectors.listings(step=row)),
    }
    return render(request, "playbook/playbook_step.html", context)


class Reading:
    """What the pages of one process share: who reads, links between pages, the words of checks and conditions."""

    def __init__(self, request: HttpRequest, process: Process):
        self.internal = selectors.may_read_internal(request.user)
        self.withheld = process.audience == "internal" and not self.internal
        self.links = selectors.page_links(process.edition)
        self.questions = dict(process.edition.conditions.values_list("key", "question"))
        self.step_titles = dict(Step.objects.filter(process__edition=process.edition).values_list("key", "title"))
        self.context = {
            "nav": "playbook",
            "edition": process.edition,
            "process": process,
            "withheld": self.withheld,
            "crumbs": [
                {"label": "Playbook", "url": reverse("playbook_home")},
                {"label": process.edition.name, "url": reverse("edition_detail", args=[process.edition_id])},
            ],
        }

    def guidance(self, markdown: str) -> SafeString | str:
        if self.withheld or not markdown:
            return ""
        return render_markdown(markdown, links=self.links, internal=self.internal)

    def lines(self, rows: list, section: str) -> list:
        return tree([row for row in rows if row.section == section], self.questions, self.step_titles)

    def listings(self, rows: list) -> list:
        for row in rows:
            row.when_said = when_words(row.when, self.questions)
            row.mandatory_when_said = when_words(row.mandatory_when, self.questions)
        return rows


def _process(request: HttpRequest, edition: int, slug: str) -> Process:
    processes = Process.objects.select_related("edition", "phase", "next_process").prefetch_related("motions")
    readable = selectors.editions_for(request.user)
    return get_object_or_404(processes, edition__in=readable, edition__pk=edition, slug=slug)


def _step_url(process: Process, step: Step) -> str:
    return reverse("playbook_step", args=[process.edition_id, process.slug, step.slug])


def _navigation(process: Process, steps: list[Step], place: int) -> list[dict]:
    return [
        {"title": step.title, "url": _step_url(process, step), "current": number == place}
        for number, step in enumerate(steps)
    ]
