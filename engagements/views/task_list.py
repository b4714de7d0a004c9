"""The Tasks tab of an engagement; a status is set in place by ``views.tasks``."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagements import access
from engagements.selectors.header import engagement_header
from engagements.selectors.task_list import TaskFilters, task_list
from engagements.walk import load_walks


@require_safe
def engagement_tasks(request: HttpRequest, pk: int) -> HttpResponse:
    """Every number that applies, mandatory or optional and why; the others last, each with its reason."""
    walk = next(load_walks([access.get_engagement(request, pk)], timezone.localdate()))
    header = engagement_header(walk, request.user)
    filters = TaskFilters.from_query(request.GET, walk, header["roles"])
    context = {"nav": "portfolio", "header": header}
    context |= task_list(walk, filters, header["roles"], may_edit=header["may_edit"])
    return render(request, "engagements/engagement_tasks.html", context)
