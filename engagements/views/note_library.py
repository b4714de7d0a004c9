"""The library of notes: the latest, those that hold some words, as a file, and those of an engagement to print."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from engagements import access, spreadsheets
from engagements.importing.writing import separator
from engagements.selectors import note_export as export
from engagements.selectors.note_library import asked_for, library_page
from engagements.selectors.note_print import printed_notes


@require_safe
@vary_on_headers("HX-Request")
def note_library(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx the notes with their chips and number, and the address of that search."""
    page = library_page(request.user, request.GET, timezone.localdate()) | {"nav": "notes"}
    if request.htmx and not request.htmx.history_restore_request:
        return push_url(render(request, "engagements/_library_notes.html", page | {"swap": True}), page["url"])
    return render(request, "engagements/note_library.html", page)


@require_safe
def note_export(request: HttpRequest) -> FileResponse:
    """The notes that were searched for, in their order, as CSV or with ``?format=xlsx`` as an Excel workbook."""
    today = timezone.localdate()
    ids, is_cut = asked_for(request.user, request.GET, today)
    rows = export.rows(ids, request.build_absolute_uri("/")[:-1], is_cut=is_cut)
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    between = separator(request.headers.get("Accept-Language", ""))
    file = spreadsheets.workbook(rows, "Notes") if kind == "xlsx" else spreadsheets.csv_file(rows, between)
    content_type = spreadsheets.XLSX if kind == "xlsx" else "text/csv; charset=utf-8"
    name = f"notes-{today.isoformat()}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


@require_safe
def engagement_notes_print(request: HttpRequest, pk: int) -> HttpResponse:
    """Every note of the engagement as one document, the oldest first."""
    engagement = access.get_engagement(request, pk)
    page = printed_notes(engagement, request.user, timezone.now(), request.GET.get("part")) | {"nav": "portfolio"}
    return render(request, "engagements/engagement_notes_print.html", page)
