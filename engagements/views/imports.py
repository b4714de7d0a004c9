"""Bringing in records from a spreadsheet: upload, look, apply. Customers and tenants, or active users."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_http_methods, require_safe

from engagements import access
from engagements.forms.imports import UploadForm
from engagements.importing import writing
from engagements.models import ImportBatch, User
from engagements.selectors.imports import left_out, not_read, preview_page, written
from engagements.services import imports
from engagements.services.refusals import Refused

PORTFOLIO = {"label": "Portfolio", "url": reverse_lazy("engagement_list")}
Kind = ImportBatch.Kind
UPLOADS = {Kind.RECORDS: "import_upload", Kind.USAGE: "usage_import"}


@require_http_methods(["GET", "HEAD", "POST"])
def import_upload(request: HttpRequest) -> HttpResponse:
    """Takes a file of customers and tenants and leads on to what it would do; explains the columns."""
    return _upload(request, Kind.RECORDS)


@require_http_methods(["GET", "HEAD", "POST"])
def usage_import(request: HttpRequest) -> HttpResponse:
    """The same for active users."""
    return _upload(request, Kind.USAGE)


@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    """The columns with rows as an example, to begin from."""
    return _template(request, Kind.RECORDS, "fasttrack-import.csv")


@require_safe
def usage_template(request: HttpRequest) -> HttpResponse:
    return _template(request, Kind.USAGE, "fasttrack-active-users.csv")


@require_http_methods(["GET", "HEAD", "POST"])
def import_preview(request: HttpRequest, token: UUID) -> HttpResponse:
    """What the spreadsheet would do as records are now; POST writes it, with ``others`` without the refused rows."""
    batch, status = _own_batch(request, token), 200
    if request.method == "POST":
        try:
            imports.apply(
                batch=batch, by=request.user, seen=request.POST.get("seen", ""), leave_out="others" in request.POST
            )
        except Refused as refused:
            messages.error(request, refused.message)
            status = 409
        else:
            return redirect("import_preview", token)
    upload = reverse(UPLOADS[batch.kind])
    context = {"nav": "portfolio", "crumbs": [PORTFOLIO, {"label": "Import", "url": upload}], "upload_url": upload}
    context["is_usage"] = batch.kind == Kind.USAGE
    if batch.applied_at:
        context |= {"batch": batch, "written": written(batch), "left_out": left_out(batch)}
        return render(request, "engagements/import_applied.html", context)
    may_leave_out = imports.KINDS[batch.kind].may_leave_out
    page = preview_page(batch, imports.planned(batch), request.GET, may_leave_out=may_leave_out)
    return render(request, "engagements/import_preview.html", context | page, status=status)


@require_safe
def import_refused(request: HttpRequest, token: UUID) -> HttpResponse:
    """The refused rows with their reasons, to mend them beside the spreadsheet."""
    batch = _own_batch(request, token)
    is_written = batch.applied_at and not batch.applied.get("left_out")
    refused = [] if is_written else imports.planned(batch).refused
    columns = imports.KINDS[batch.kind].columns
    return _csv(writing.refused_rows(refused, columns, _separator(request)), "refused-rows.csv")


def _upload(request: HttpRequest, kind: Kind) -> HttpResponse:
    _check_may(request.user, kind)
    columns = imports.KINDS[kind].columns
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*given, columns=columns)
    if given and form.is_valid():
        name = form.cleaned_data["file"].name
        batch = imports.keep_batch(sheet=form.sheet, file_name=name, by=request.user, kind=kind)
        if form.sheet.ignored:
            messages.warning(request, not_read(form.sheet.ignored, columns))
        return redirect("import_preview", batch.pk)
    context = {"nav": "portfolio", "crumbs": [PORTFOLIO], "form": form, "columns": columns.columns}
    context |= {"is_usage": kind == Kind.USAGE, "may_import": access.may_import(request.user)}
    return render(request, "engagements/import_upload.html", context, status=422 if form.errors else 200)


def _template(request: HttpRequest, kind: Kind, name: str) -> HttpResponse:
    _check_may(request.user, kind)
    return _csv(writing.template(imports.KINDS[kind].columns, _separator(request)), name)


def _check_may(user: User, kind: Kind) -> None:
    may = access.may_import_usage if kind == Kind.USAGE else access.may_import
    if not may(user):
        raise PermissionDenied("You may not import these records from a spreadsheet.")


def _own_batch(request: HttpRequest, token: UUID) -> ImportBatch:
    """An upload of one's own, while one still may import what is in it."""
    batch = ImportBatch.objects.filter(pk=token, uploaded_by=request.user).first()
    if batch is None:
        raise Http404("There is no such upload, or it is not one of yours. Uploads are forgotten after two days.")
    batch.uploaded_by = request.user
    _check_may(request.user, batch.kind)
    return batch


def _separator(request: HttpRequest) -> str:
    return writing.separator(request.headers.get("Accept-Language", ""))


def _csv(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
