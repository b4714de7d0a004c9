"""The records of a tenant on the tabs of an engagement: services, account team, contacts."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from engagements import access
from engagements.forms.adoption import AdoptionForm, CaptureForm, EnabledForm, NewServiceForm
from engagements.forms.contacts import AccountTeamForm, ContactForm
from engagements.models import Contact, TenantService
from engagements.selectors.adoption import ServicesPage
from engagements.selectors.consequences import supposing_enabled, what_follows
from engagements.selectors.contacts import contacts_page
from engagements.selectors.header import engagement_header
from engagements.selectors.words import count
from engagements.services import customers
from engagements.services.engagements import add_to_scope
from engagements.services.refusals import Refused
from engagements.walk import Walk, load_walk, load_walks

# Services ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_services(request: HttpRequest, pk: int) -> HttpResponse:
    """Every service of the tenant. ``?edit=<service>`` opens its form, ``?enable=<service>`` the day it is enabled."""
    if request.method == "POST":
        access.get_editable_engagement(request, pk)
        does = {"capture": _capture, "add": _add_service, "scope": _take_into_scope}.get(request.POST.get("do", ""))
        return does(request, pk) if does else redirect("engagement_services", pk)
    page = _services(request, pk)
    opened = {}
    if page.may_edit:
        edited, enabled = (page.row(_number(request.GET.get(name))) for name in ("edit", "enable"))
        opened = _editing(page, edited) if edited else _enabling(page, enabled) if enabled else {}
    return _focused(request, _draw(request, page, **opened))


@require_POST
def adoption_edit(request: HttpRequest, pk: int, service: int) -> HttpResponse:
    """Saves DIBS and SSAT of one service; answers the page with the row and the marks of the header anew."""
    access.get_editable_engagement(request, pk)
    page = _services(request, pk)
    row = _row(page, service)
    form = AdoptionForm(request.POST, contacts=page.owners(), record=getattr(row, "adoption", None))
    if not form.is_valid():
        return _draw(request, page, status=422, **_editing(page, row, form))
    customers.capture_adoption(
        tenant=row.tenant, services=[row.service], by=request.user, today=timezone.localdate(), **form.values()
    )
    if not request.htmx:
        messages.success(request, f"{row.service.label} saved.")
        return redirect(_at_row(pk, service))
    page = _services(request, pk)
    answer = trigger_client_event(_draw(request, page), "focus", {"value": f"#edit-service-{service}"})
    marks = page.drawn(_row(page, service))["dibs"]["name"]
    return trigger_client_event(answer, "announce", {"value": f"{row.service.label} saved. {marks}."})


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
    with transaction.atomic():
        row, _ = TenantService.objects.get_or_create(tenant=row.tenant, service=row.service)
        customers.enable_service(tenant_service=row, on=form.cleaned_data["on"], by=request.user)
    said = f"{row.service.label} is enabled." if row.enabled_on else f"{row.service.label} is not enabled any more."
    return _followed(request, page.walk, said, f"#enable-service-{service}", _at_row(pk, service))


def _capture(request: HttpRequest, pk: int) -> HttpResponse:
    page = _services(request, pk)
    form = _capture_form(page, request.POST)
    if not form.is_valid():
        return _draw(request, page, status=422, capture=form)
    customers.capture_adoption(
        tenant=page.walk.engagement.tenant,
        services=form.chosen(),
        by=request.user,
        today=timezone.localdate(),
        **form.values(),
    )
    messages.success(request, f"Captured for {count(len(form.chosen()), 'service')}.")
    return redirect("engagement_services", pk)


def _add_service(request: HttpRequest, pk: int) -> HttpResponse:
    page = _services(request, pk)
    form = _new_service_form(page, request.POST)
    if form.is_valid():
        service, tenant = form.cleaned_data["service"], page.walk.engagement.tenant
        try:
            with transaction.atomic():
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
    context |= {"editing": None, "enabling": None, "quiet": "editing" in opened or "enabling" in opened, **opened}
    if page.may_edit:
        context.setdefault("capture", _capture_form(page))
        context.setdefault("new_service", _new_service_form(page))
    return render(request, "engagements/engagement_services.html", context, status=status)


def _editing(page: ServicesPage, row: TenantService, form: AdoptionForm | None = None) -> dict[str, Any]:
    form = form or AdoptionForm(contacts=page.owners(), record=getattr(row, "adoption", None))
    return {"editing": row.service_id, "form": form}


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
        to = f"#id_{field if field in AdoptionForm.base_fields else 'due_on'}"
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
        messages.success(request, " ".join([said, *follows]))
        return redirect(address)
    page = _services(request, before.engagement.pk)
    answer = _draw(request, page, said=said, said_follows=follows)
    return trigger_client_event(answer, "focus", {"value": focus})


# Contacts and the account team ------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_contacts(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer's people, and who looks after the account. ``?edit=<contact>`` opens one."""
    if request.method != "POST":
        walk = _walk(request, pk)
        return _draw_contacts(request, walk, editing=_contact(walk, request.GET.get("edit"), required=False))
    access.get_editable_engagement(request, pk)
    walk = _walk(request, pk)
    known = _contact(walk, request.POST.get("contact"), required="contact" in request.POST)
    form = ContactForm(request.POST, instance=known, auto_id="contact_%s")
    if not form.is_valid():
        return _draw_contacts(request, walk, editing=known, form=form, status=422)
    values = form.cleaned_data
    if known:
        # The form has put its values on the instance; the service compares with what is stored.
        saved = customers.change_contact(contact=Contact.objects.get(pk=known.pk), by=request.user, **values)
    else:
        saved = customers.add_contact(customer=walk.engagement.tenant.customer, by=request.user, **values)
    messages.success(request, f"{saved.name} {'saved' if known else 'added'}.")
    return redirect(f"{reverse('engagement_contacts', args=[pk])}#contact-{saved.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
def account_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether the account is managed, and its Customer Success Manager; conditions look at both (R4, R11)."""
    if request.method != "POST":
        access.get_engagement(request, pk)
        return redirect(f"{reverse('engagement_contacts', args=[pk])}#account-team")
    access.get_editable_engagement(request, pk)
    walk = _walk(request, pk)
    tenant = walk.engagement.tenant
    form = AccountTeamForm(request.POST, tenant=tenant, contacts=tenant.customer.contacts.all(), auto_id="account_%s")
    if not form.is_valid():
        return _draw_contacts(request, walk, account=form, status=422)
    data = form.cleaned_data
    customers.record_account_team(
        tenant=tenant, managed=data["managed"], csm=data["csm"], csm_name=data["new_csm"], by=request.user
    )
    follows = what_follows(walk, load_walk(pk, walk.today))
    messages.success(request, " ".join(["The account team is saved.", *follows]))
    return redirect(f"{reverse('engagement_contacts', args=[pk])}#account-team")


def _walk(request: HttpRequest, pk: int) -> Walk:
    return next(load_walks([access.get_engagement(request, pk)], timezone.localdate()))


def _contact(walk: Walk, wanted: str | None, *, required: bool) -> Contact | None:
    found = walk.engagement.tenant.customer.contacts.filter(pk=_number(wanted)) if wanted else Contact.objects.none()
    return get_object_or_404(found) if required else found.first()


def _draw_contacts(
    request: HttpRequest,
    walk: Walk,
    *,
    editing: Contact | None = None,
    form: ContactForm | None = None,
    account: AccountTeamForm | None = None,
    status: int = 200,
) -> HttpResponse:
    header = engagement_header(walk, request.user)
    context = {"nav": "portfolio", "header": header, **contacts_page(walk)}
    if header["may_edit"]:
        context["editing"] = editing.pk if editing else None
        context["form"] = form or ContactForm(instance=editing, auto_id="contact_%s")
        context["account_form"] = account or AccountTeamForm(
            tenant=walk.engagement.tenant, contacts=context["contacts"], auto_id="account_%s"
        )
    return render(request, "engagements/engagement_contacts.html", context, status=status)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else None
