"""Bringing in records from a spreadsheet: upload, look, apply. Customers and tenants, active users, or licences."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from engagements import access, jobs
from engagements.forms.imports import ChoicesForm, OptionsForm, UploadForm
from engagements.importing import writing
from engagements.importing.options import NO_OPTIONS, ImportOptions
from engagements.models import Engagement, ImportBatch, User
from engagements.selectors.imports import applied_page, preview_page, progress_page, rows_to_mend, tenants_found
from engagements.services import imports
from engagements.services.refusals import Refused

PORTFOLIO = {"label": "Portfolio", "url": reverse_lazy("engagement_list")}
Kind = ImportBatch.Kind
UPLOADS = {Kind.RECORDS: "import_upload", Kind.USAGE: "usage_import", Kind.LICENCES: "engagement_list"}
# The tab of an engagement on which files of a kind are uploaded for its tenant.
TABS = {Kind.USAGE: ("engagement_usage", "Usage"), Kind.LICENCES: ("engagement_services", "Services")}

# Rows of it say nothing by themselves, so there is no part of it to mend.
THE_LIST = "Download the list with reasons"


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
    """One page for an upload: what it would do, how far applying it is, and what became of it.

    POST applies it, with ``others`` without the refused rows; ``do`` names something else to do with it.
    """
    batch = _own_batch(request, token)
    if request.method == "POST":
        return _do(request, batch)
    return _draw(request, batch)


@require_POST
def import_choices(request: HttpRequest, token: UUID) -> HttpResponse:
    """Answers what the preview asks about the file as a whole, and plans it again."""
    batch = _own_batch(request, token)
    if batch.state != ImportBatch.State.PLANNED:
        return redirect("import_preview", token)
    form = ChoicesForm(request.POST, questions=batch.questions, by=request.user)
    if not form.is_valid():
        return _draw(request, batch, choices=form, status=422)
    options = form.options(ImportOptions.from_stored(batch.options))
    try:
        batch = imports.choose(batch_id=batch.pk, by=request.user, options=options)
    except Refused as refused:
        messages.error(request, refused.message)
        return _draw(request, _own_batch(request, token), status=409)
    jobs.start_import(batch)
    return redirect("import_preview", token)


@require_safe
def import_tenant_find(request: HttpRequest) -> JsonResponse:
    """A few tenants that one may change, by a part of the name or the domain."""
    _check_may(request.user, Kind.USAGE)
    return JsonResponse({"found": tenants_found(request.user, request.GET.get("q", "")[:200])})


@require_safe
def import_refused(request: HttpRequest, token: UUID) -> HttpResponse:
    """The rows that are refused or were left out, with their reasons, to mend them in the spreadsheet."""
    batch = _own_batch(request, token)
    kind = imports.KINDS[batch.kind]
    rows = rows_to_mend(batch, whole=kind.adds_up)
    return _csv(writing.refused_rows(rows, kind.columns, _separator(request)), "refused-rows.csv")


def _do(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    at = {"batch_id": batch.pk, "by": request.user}
    do, before = request.POST.get("do", ""), ImportOptions.from_stored(batch.options)
    options = before
    if do == "options" or (not do and "unowned" in request.POST):
        form = OptionsForm(request.POST)
        if not form.is_valid():
            return _draw(request, batch, form, status=422)
        options = form.options(before)
    try:
        if do == "options" or options != before:
            batch = imports.choose(**at, options=options)
            if not do:
                messages.info(request, "The preview now follows your choice. Check it, then apply.")
        elif do == "look-again":
            batch = imports.look_again(**at)
        else:
            others = "others" in request.POST
            batch = imports.request_apply(**at, seen=request.POST.get("seen", ""), leave_out=others)
    except Refused as refused:
        messages.error(request, refused.message)
        return _draw(request, _own_batch(request, batch.pk), status=409)
    if batch.is_in_progress:
        jobs.start_import(batch)
    return redirect("import_preview", batch.pk)


def _draw(
    request: HttpRequest,
    batch: ImportBatch,
    form: OptionsForm | None = None,
    *,
    choices: ChoicesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    kind = imports.KINDS[batch.kind]
    context = _around(batch) | {
        "refused_label": THE_LIST if kind.adds_up else "Download the refused rows",
        "changed_label": THE_LIST if kind.adds_up else "Download these rows",
    }
    if batch.is_in_progress or batch.state == ImportBatch.State.STOPPED:
        template = "_import_progress.html" if request.htmx else "import_progress.html"
        return render(request, f"engagements/{template}", context | progress_page(batch), status=status)
    if request.htmx:
        return HttpResponseClientRefresh()
    if batch.state == ImportBatch.State.APPLIED:
        return render(request, "engagements/import_applied.html", context | applied_page(batch), status=status)
    page = preview_page(batch, request.GET, kind.columns, may_leave_out=kind.may_leave_out)
    if page["asks"]:
        page["choices"] = choices or ChoicesForm(questions=batch.questions, by=request.user)
    elif page["unowned"]:
        page["form"] = form or OptionsForm(initial=batch.options)
    return render(request, "engagements/import_preview.html", context | page, status=status)


def _around(batch: ImportBatch) -> dict[str, Any]:
    """Where an upload came from: the tab of an engagement, or the page of its kind."""
    engagement = ImportOptions.from_stored(batch.options).engagement_id
    back = {"label": "Import", "url": reverse(UPLOADS[batch.kind])}
    if engagement and batch.kind in TABS:
        name, label = TABS[batch.kind]
        back = {"label": label, "url": reverse(name, args=[engagement])}
    context = {"nav": "portfolio", "crumbs": [PORTFOLIO, back], "upload_url": back["url"]}
    return context | {"is_usage": batch.kind == Kind.USAGE, "tab": back if engagement else None}


def _upload(request: HttpRequest, kind: Kind) -> HttpResponse:
    _check_may(request.user, kind)
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*given, kind=kind)
    if given and form.is_valid():
        return _keep(request, form)
    columns = imports.KINDS[kind].columns
    context = {"nav": "portfolio", "crumbs": [PORTFOLIO], "form": form, "columns": columns.columns}
    context |= {"is_usage": kind == Kind.USAGE, "may_import": access.may_import(request.user)}
    return render(request, "engagements/import_upload.html", context, status=422 if form.errors else 200)


def upload_for_engagement(request: HttpRequest, engagement: Engagement, kind: Kind) -> HttpResponse | UploadForm:
    """Takes a file about the tenant of an engagement: answers with its preview, or the form with what is wrong."""
    form = UploadForm(request.POST, request.FILES, kind=kind, tenant=engagement.tenant)
    if not form.is_valid():
        return form
    return _keep(request, form, ImportOptions(tenant_id=engagement.tenant_id, engagement_id=engagement.pk))


def _keep(request: HttpRequest, form: UploadForm, options: ImportOptions = NO_OPTIONS) -> HttpResponse:
    upload = {"file_name": form.cleaned_data["file"].name, "by": request.user, "kind": form.kind, "options": options}
    if form.sheet:
        batch = imports.keep_batch(sheet=form.sheet, **upload)
    else:
        batch = imports.keep_file(data=form.data, **upload)
    jobs.start_import(batch)
    return redirect("import_preview", batch.pk)


def _template(request: HttpRequest, kind: Kind, name: str) -> HttpResponse:
    _check_may(request.user, kind)
    return _csv(writing.template(imports.KINDS[kind].columns, _separator(request)), name)


def _check_may(user: User, kind: Kind) -> None:
    if not imports.KINDS[kind].may(user):
        raise PermissionDenied("You may not import these records from a spreadsheet.")


def _own_batch(request: HttpRequest, token: UUID) -> ImportBatch:
    """An upload of one's own, while one still may import what is in it."""
    batch = ImportBatch.objects.defer(*ImportBatch.LARGE).filter(pk=token, uploaded_by=request.user).first()
    if batch is None:
        raise Http404("There is no such upload, or it is not one of yours. Uploads are deleted after a while.")
    batch.uploaded_by = request.user
    _check_may(request.user, batch.kind)
    return batch


def _separator(request: HttpRequest) -> str:
    return writing.separator(request.headers.get("Accept-Language", ""))


def _csv(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
