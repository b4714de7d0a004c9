"""The services of a tenant on the tab of an engagement: DIBS and SSAT, scope, since when they are enabled."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from engagements import access
from engagements.forms.adoption import CaptureForm, EnabledForm, NewServiceForm
from engagements.forms.imports import UploadForm
from engagements.forms.services import ServiceForm
from engagements.models import ImportBatch, TenantService
from engagements.selectors.consequences import supposing_enabled, what_follows
from engagements.selectors.handshakes import handshake_notices
from engagements.selectors.header import engagement_header
from engagements.selectors.services import ServicesPage
from engagements.selectors.words import count
from engagements.services import adoption, customers, service_record
from engagements.services.locking import writing
from engagements.services.overtaking import Overtaken
from engagements.services.refusals import Refused
from engagements.services.scope import add_to_scope
from engagements.views.imports import upload_for_engagement
from engagements.views.toasts import toast, undo_url
from engagements.views.way_back import way_back
from engagements.walk import Walk, load_walk, load_walks
from tasks.reasons import Reasons


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_services(request: HttpRequest, pk: int) -> HttpResponse:
    """Every service of the tenant. ``?edit=<service>`` opens its form, ``?enable=<service>`` the day it is enabled."""
    if request.method == "POST":
        access.get_editable_engagement(request, pk)
        does = DOES.get(request.POST.get("do", ""))
        return does(request, pk) if does else redirect("engagement_services", pk)
    page = _services(request, pk)
    opened = {}
    if page.may_edit:
        edited, enabled = (page.row(_number(request.GET.get(name))) for name in ("edit", "enable"))
        opened = _editing(page, edited) if edited else _enabling(page, enabled) if enabled else {}
    return _focused(request, _draw(request, page, **opened))


@require_POST
def engagement_licences(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the list of products and licences of this tenant, and opens the preview of its entitlements."""
    answer = upload_for_engagement(request, access.get_editable_engagement(request, pk), ImportBatch.Kind.LICENCES)
    if isinstance(answer, HttpResponse):
        return answer
    return _draw(request, _services(request, pk), status=422, upload=answer)


@require_POST
def service_edit(request: HttpRequest, pk: int, service: int) -> HttpResponse:
    """Saves what the form of one service shows; answers the page with the row and the marks of the header anew.

    The button "place" adds what is not placed to Status Unknown, and shows the form again without saving.
    """
    access.get_editable_engagement(request, pk)
    page = _services(request, pk)
    row = _row(page, service)
    form = _form(page, row, request.POST)
    if "place" in request.POST:
        form.place_rest()
        return _draw(request, page, **_editing(page, row, form))
    if not form.is_valid():
        return _draw(request, page, status=422, **_editing(page, row, form))
    try:
        saved = service_record.save_service(
            engagement_id=pk,
            service=row.service,
            values=form.values(),
            by=request.user,
            today=page.walk.today,
            seen=form.seen,
        )
    except Overtaken as overtaken:
        form.overtaken(overtaken)
        return _draw(request, page, status=409, **_editing(page, row, form))
    except Refused as refusal:
        form.refuse(refusal)
        return _draw(request, page, status=422, **_editing(page, row, form))
    back, why_no_undo = way_back(request, ""), service_record.why_no_undo(saved)
    last = saved[-1] if saved and not why_no_undo else None
    if back or not request.htmx:
        said = f"{row.service.label} saved. {why_no_undo}" if saved else f"{row.service.label}: nothing changed."
        messages.success(request, said.strip(), extra_tags=undo_url(last))
        address = back or _at_row(pk, service)
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    page = _services(request, pk)
    answer = trigger_client_event(_draw(request, page), "focus", {"value": f"#edit-service-{service}"})
    drawn = page.drawn(_row(page, service))
    said = f"{row.service.label} saved. {drawn['words']}. {drawn['dibs']['name']}."
    answer = trigger_client_event(answer, "announce", {"value": said})
    return toast(answer, f"{row.service.label} saved. {why_no_undo}".strip(), last) if saved else answer


@require_http_methods(["GET", "HEAD", "POST"])
def service_enabled(request: HttpRequest, pk: int, service: int) -> HttpResponse:
    """Says since when a service is enabled, or takes it back, and what that does to the playbook (R11, R12)."""
    if request.method != "POST":
        access.get_engagement(request, pk)
        return redirect(f"{reverse('engagement_services', args=[pk])}?enable={service}#service-{service}")
    access.get_editable_engagement(request, pk)
    page = _services(request, pk)
    row = _row(page, service)
    form = EnabledForm(request.POST, today=timezone.localdate())
    if not form.is_valid():
        return _draw(request, page, status=422, **_enabling(page, row, form))
    on = form.cleaned_data["on"]
    row = customers.enable_service_of(tenant=row.tenant, service=row.service, on=on, by=request.user)
    said = f"{row.service.label} is enabled." if row.enabled_on else f"{row.service.label} is not enabled any more."
    return _followed(request, page.walk, said, f"#enable-service-{service}", _at_row(pk, service))


def _capture(request: HttpRequest, pk: int) -> HttpResponse:
    page = _services(request, pk)
    form = _capture_form(page, request.POST)
    if not form.is_valid():
        return _draw(request, page, status=422, capture=form)
    try:
        adoption.capture_adoption(
            tenant=page.walk.engagement.tenant,
            services=form.chosen(),
            by=request.user,
            today=timezone.localdate(),
            **form.values(),
        )
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _draw(request, page, status=422, capture=form)
    messages.success(request, f"Captured for {count(len(form.chosen()), 'service')}.")
    return redirect("engagement_services", pk)


def _confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer stands by the DIBS of the services that are named."""
    page = _services(request, pk)
    wanted = set(request.POST.getlist("services"))
    chosen = [row.service for row in page.rows if str(row.service_id) in wanted and row.service_id in page.scope]
    try:
        adoption.confirm_dibs(
            tenant=page.walk.engagement.tenant, services=chosen, by=request.user, today=timezone.localdate()
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"DIBS of {count(len(chosen), 'service')} confirmed with the customer.")
        if back := way_back(request, ""):
            return redirect(back)
    return redirect(_at_row(pk, chosen[0].pk) if len(chosen) == 1 else reverse("engagement_services", args=[pk]))


def _add_service(request: HttpRequest, pk: int) -> HttpResponse:
    page = _services(request, pk)
    form = _new_service_form(page, request.POST)
    if form.is_valid():
        service, tenant = form.cleaned_data["service"], page.walk.engagement.tenant
        try:
            with writing():
                seats = form.cleaned_data["entitlements"] or 0
                customers.add_service(tenant=tenant, service=service, by=request.user, entitlements=seats)
                if form.cleaned_data["in_scope"]:
                    add_to_scope(engagement_id=pk, service=service, by=request.user)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            where = "in scope now" if form.cleaned_data["in_scope"] else "listed, not in scope"
            messages.success(request, f"{service.label} is {where}.")
            return redirect(_at_row(pk, service.pk))
    return _draw(request, page, status=422, new_service=form)


def _take_into_scope(request: HttpRequest, pk: int) -> HttpResponse:
    page = _services(request, pk)
    row = _row(page, _number(request.POST.get("service")))
    try:
        add_to_scope(engagement_id=pk, service=row.service, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"{row.service.label} is in scope now.")
    return redirect(_at_row(pk, row.service_id))


def _services(request: HttpRequest, pk: int) -> ServicesPage:
    engagement = access.get_engagement(request, pk)
    return ServicesPage(next(load_walks([engagement], timezone.localdate())), engagement.may_edit)


def _draw(request: HttpRequest, page: ServicesPage, status: int = 200, **opened: Any) -> HttpResponse:
    context = {"nav": "portfolio", "header": engagement_header(page.walk, request.user), **page.context()}
    context["handshakes"] = handshake_notices(page.walk)
    if back := way_back(request, ""):
        context |= {"back": back, "back_query": urlencode({"next": back})}
    context |= {"editing": None, "enabling": None, "quiet": "editing" in opened or "enabling" in opened, **opened}
    if page.may_edit:
        context.setdefault("capture", _capture_form(page))
        context.setdefault("new_service", _new_service_form(page))
        context.setdefault("upload", UploadForm(kind=ImportBatch.Kind.LICENCES))
    return render(request, "engagements/engagement_services.html", context, status=status)


def _form(page: ServicesPage, row: TenantService, data: Any = None) -> ServiceForm:
    forecast = row.forecasts.first() if row.pk else None
    reasons = Reasons.of(row.service_id)
    return ServiceForm(data, row=row, reasons=reasons, forecast=forecast, contacts=page.owners())


def _editing(page: ServicesPage, row: TenantService, form: ServiceForm | None = None) -> dict[str, Any]:
    return {"editing": row.service_id, "form": form or _form(page, row), "forecasts": page.forecasts(row)}


def _enabling(page: ServicesPage, row: TenantService, form: EnabledForm | None = None) -> dict[str, Any]:
    """The form, and what enabling (or taking it back) would do, worked out before anybody decides."""
    today = page.walk.today
    supposed = supposing_enabled(page.walk, row, None if row.enabled_on else today)
    form = form or EnabledForm(initial={"on": row.enabled_on or today}, today=today)
    return {
        "enabling": row.service_id,
        "enabled_form": form,
        "is_enabled": row.enabled_on is not None,
        "follows": what_follows(page.walk, supposed),
    }


def _capture_form(page: ServicesPage, data=None) -> CaptureForm:
    return CaptureForm(data, contacts=page.owners(), services=page.services_in_scope(), auto_id="capture_%s")


def _new_service_form(page: ServicesPage, data=None) -> NewServiceForm:
    return NewServiceForm(data, services=page.services_to_add(), auto_id="new_%s")


def _row(page: ServicesPage, service: int | None) -> TenantService:
    row = page.row(service)
    if row is None:
        raise Http404("This tenant has no such service.")
    return row


def _at_row(pk: int, service: int) -> str:
    return f"{reverse('engagement_services', args=[pk])}#service-{service}"


def _focused(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Where the focus goes after a form was opened or closed by htmx."""
    if not request.htmx:
        return answer
    field = request.GET.get("field", "")
    if "edit" in request.GET:
        to = f"#id_{field if field in ServiceForm.base_fields else 'due_on'}"
    elif "enable" in request.GET:
        to = "#id_on"
    else:
        opener, _, service = request.GET.get("back", "").partition("-")
        to = f"#{opener}-service-{service}" if opener in ("edit", "enable") and _number(service) else ""
    return trigger_client_event(answer, "focus", {"value": to}) if to else answer


def _followed(request: HttpRequest, before: Walk, said: str, focus: str, address: str) -> HttpResponse:
    """After a change that conditions look at: says what it did to the playbook."""
    follows = what_follows(before, load_walk(before.engagement.pk, before.today))
    if not request.htmx:
        messages.success(request, " ".join([said, *map(str, follows)]))
        return redirect(address)
    page = _services(request, before.engagement.pk)
    answer = _draw(request, page, said=said, said_follows=follows)
    return trigger_client_event(answer, "focus", {"value": focus})


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else None


DOES = {"capture": _capture, "confirm": _confirm, "add": _add_service, "scope": _take_into_scope}
