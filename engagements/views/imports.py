"""Bringing in customers, tenants, services and assignments from a spreadsheet: upload, look, apply."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.views.decorators.http import require_http_methods, require_safe

from engagements.forms.imports import UploadForm
from engagements.groups import IMPORT
from engagements.importing import writing
from engagements.importing.columns import COLUMNS
from engagements.models import ImportBatch
from engagements.selectors.imports import not_read, preview_page, written
from engagements.services import imports
from engagements.services.refusals import Refused

PORTFOLIO = {"label": "Portfolio", "url": reverse_lazy("engagement_list")}
IMPORT_PAGE = {"label": "Import", "url": reverse_lazy("import_upload")}

may_import = permission_required(IMPORT, raise_exception=True)


@require_http_methods(["GET", "HEAD", "POST"])
@may_import
def import_upload(request: HttpRequest) -> HttpResponse:
    """Takes a file and leads on to what it would do; explains the columns."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        batch = imports.keep_batch(sheet=form.sheet, file_name=form.cleaned_data["file"].name, by=request.user)
        if form.sheet.ignored:
            messages.warning(request, not_read(form.sheet.ignored))
        return redirect("import_preview", batch.pk)
    context = {"nav": "portfolio", "crumbs": [PORTFOLIO], "form": form, "columns": COLUMNS}
    return render(request, "engagements/import_upload.html", context, status=422 if form.errors else 200)


@require_safe
@may_import
def import_template(request: HttpRequest) -> HttpResponse:
    """The columns with two rows as an example, to begin from."""
    return _csv(writing.template(_separator(request)), "fasttrack-import.csv")


@require_http_methods(["GET", "HEAD", "POST"])
@may_import
def import_preview(request: HttpRequest, token: UUID) -> HttpResponse:
    """What the spreadsheet would do as records are now; POST writes all of it or nothing."""
    batch, status = _own_batch(request, token), 200
    if request.method == "POST":
        try:
            imports.apply(batch=batch, by=request.user, seen=request.POST.get("seen", ""))
        except Refused as refused:
            messages.error(request, refused.message)
            status = 409
        else:
            return redirect("import_preview", token)
    context = {"nav": "portfolio", "crumbs": [PORTFOLIO, IMPORT_PAGE]}
    if batch.applied_at:
        context |= {"batch": batch, "written": written(batch)}
        return render(request, "engagements/import_applied.html", context)
    page = preview_page(batch, imports.planned(batch), request.GET)
    return render(request, "engagements/import_preview.html", context | page, status=status)


@require_safe
@may_import
def import_refused(request: HttpRequest, token: UUID) -> HttpResponse:
    """The refused rows with their reasons, to mend them beside the spreadsheet."""
    batch = _own_batch(request, token)
    refused = [] if batch.applied_at else imports.planned(batch).refused
    return _csv(writing.refused_rows(refused, _separator(request)), "refused-rows.csv")


def _own_batch(request: HttpRequest, token: UUID) -> ImportBatch:
    batch = ImportBatch.objects.filter(pk=token, uploaded_by=request.user).first()
    if batch is None:
        raise Http404("There is no such upload, or it is not one of yours. Uploads are forgotten after two days.")
    batch.uploaded_by = request.user
    return batch


def _separator(request: HttpRequest) -> str:
    return writing.separator(request.headers.get("Accept-Language", ""))


def _csv(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
