"""The History tab: one timeline of everything that happened, and the same as a file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from engagements import access
from engagements.importing.writing import as_csv, separator
from engagements.selectors.header import engagement_header
from engagements.selectors.history import engagement_events, events_to_export
from engagements.walk import Walk, load_walks


@require_safe
@vary_on_headers("HX-Request")
def engagement_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who did what, the newest first; filtered by kind, person, days and words."""
    walk = _walk(request, pk)
    internal = access.may_read_internal(request.user)
    context = {"nav": "portfolio", **engagement_events(walk, request.GET, internal=internal)}
    if request.htmx and not request.htmx.history_restore_request:
        return render(request, "engagements/_events.html", context | {"swap": True})
    context["header"] = engagement_header(walk, request.user)
    return render(request, "engagements/engagement_history.html", context)


@require_safe
def engagement_history_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The filtered history as CSV, in which no cell is a formula."""
    walk = _walk(request, pk)
    between = separator(request.headers.get("Accept-Language", ""))
    rows = events_to_export(walk, request.GET, internal=access.may_read_internal(request.user))
    answer = HttpResponse(as_csv(rows, between), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="history-{pk}.csv"'
    return answer


def _walk(request: HttpRequest, pk: int) -> Walk:
    return next(load_walks([access.get_engagement(request, pk)], timezone.localdate()))
