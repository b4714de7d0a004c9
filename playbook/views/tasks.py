"""The task catalogue: every FTOP number, and the pages that list it."""

from itertools import groupby

from django import forms
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from playbook import selectors
from playbook.models import Edition, Phase
from playbook.rendering import render as render_markdown
from tasks.models import FtopTask, Role, Service

PAGE = 50
FOUND = 8


class TaskFilter(forms.Form):
    """What the list is narrowed to. A value that no longer exists narrows nothing."""

    q = forms.CharField(required=False, strip=True, max_length=200)
    mandatory = forms.ChoiceField(
        required=False, choices=[("", "Mandatory and optional"), ("yes", "Mandatory"), ("no", "Optional")]
    )
    role = forms.ModelChoiceField(Role.objects.all(), required=False, empty_label="All roles")
    service = forms.ModelChoiceField(Service.objects.all(), required=False, empty_label="Any service")
    phase = forms.ModelChoiceField(Phase.objects.none(), required=False, empty_label="All phases")

    def __init__(self, data, *, edition: Edition | None):
        super().__init__(data)
        self.fields["phase"].queryset = Phase.objects.filter(edition=edition)
        names = {"mandatory": "Mandatory or optional", "role": "Role", "service": "Service", "phase": "Phase"}
        for name, label in names.items():
            self.fields[name].widget.attrs = {"class": "f", "aria-label": label}

    def listed(self) -> dict:
        """The narrowing as conditions on the row that speaks for a number."""
        self.full_clean()
        chosen = self.cleaned_data
        paths = {"role": "roles", "service": "services", "phase": "process__phase"}
        listed = {path: chosen[name] for name, path in paths.items() if chosen.get(name)}
        if chosen.get("mandatory"):
            listed["mandatory"] = chosen["mandatory"] == "yes"
        return listed


@require_safe
def task_find(request: HttpRequest) -> JsonResponse:
    """Numbers by a part of their number or name, for fields that ask for one; retired ones last."""
    text = request.GET.get("q", "").strip().lstrip("#")[:200]
    rows = FtopTask.objects.matching(text).order_by(F("retired_on").asc(nulls_first=True), "number")[:FOUND]
    found = [{"value": str(row.number), "label": row.name, "more": "retired" if row.retired_on else ""} for row in rows]
    return JsonResponse({"found": found if text else []})


@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    edition = selectors.published_edition()
    form = TaskFilter(request.GET, edition=edition)
    listed = form.listed()
    text = form.cleaned_data.get("q", "")
    page = Paginator(selectors.tasks_in(edition, text, **listed), PAGE).get_page(request.GET.get("page"))
    context = {
        "nav": "tasks",
        "edition": edition,
        "form": form,
        "text": text,
        "narrowed": bool(text or listed),
        "page": page,
        "say": f"{page.start_index()}–{page.end_index()} of {page.paginator.count}",
        "earlier": _page_url(request, page.previous_page_number()) if page.has_previous() else "",
        "later": _page_url(request, page.next_page_number()) if page.has_next() else "",
    }
    return render(request, "tasks/task_list.html", context)


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = number
    return f"?{query.urlencode()}"


@require_safe
def task_detail(request: HttpRequest, number: int) -> HttpResponse:
    tasks = FtopTask.objects.select_related("replaced_by").prefetch_related("replaces")
    task = get_object_or_404(tasks, number=number)
    edition = selectors.published_edition()
    rows = selectors.listings(task=task, edition__in=selectors.editions_for(request.user))
    rows.sort(key=lambda row: (row.edition != edition, -row.edition_id, not row.resolved, row.position))
    internal = selectors.may_read_internal(request.user)
    links = selectors.page_links(edition) if edition else {}
    context = {
        "nav": "tasks",
        "task": task,
        "speaking": next((row for row in rows if row.edition == edition and row.resolved), None),
        "editions": [(key, list(found)) for key, found in groupby(rows, key=lambda row: row.edition)],
        "guidance": render_markdown(task.guidance, links=links, internal=internal) if task.guidance else "",
    }
    return render(request, "tasks/task_detail.html", context)
