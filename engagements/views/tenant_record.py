"""The Tenant tab of an engagement: its record, edited section by section, and partner companies."""

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from engagements import access
from engagements.forms.customer import TagsForm
from engagements.forms.tenant import STATUSES, PartnerForm, PlaceForm, PriorityForm, StandingForm
from engagements.models import Engagement, Event, Partner, Tenant
from engagements.selectors.header import engagement_header
from engagements.selectors.tenant_page import tenant_page
from engagements.services import tenant_record
from engagements.views.saving import attempt, opened, saved
from engagements.walk import load_walks

FORMS = {"standing": StandingForm, "place": PlaceForm, "priority": PriorityForm}
SAID = {
    "standing": "Standing saved.",
    "place": "Place and size saved.",
    "priority": "Priority saved.",
    "tags": "Tags saved.",
}


@require_safe
def engagement_tenant(request: HttpRequest, pk: int) -> HttpResponse:
    """``?edit=<section>`` opens its form for those who may save it; ``?back=<section>`` leads back to its pencil."""
    engagement = access.get_engagement(request, pk)
    editing = request.GET.get("edit", "")
    form = _form(engagement.tenant, editing) if engagement.may_edit else None
    answer = _drawn(request, engagement, editing if form else "", form)
    return opened(request, answer, editing if form else "")


@require_POST
def tenant_edit(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """Saves one section of the record; ``remove`` at the priority lets it follow from the seats again."""
    tenant = access.get_editable_engagement(request, pk).tenant
    if section not in SAID:
        raise Http404("The record of a tenant has no such section.")
    if section == "priority" and "remove" in request.POST:
        event = tenant_record.reset_priority(tenant_id=tenant.pk, by=request.user)
        return _saved(request, pk, section, "The priority follows from the seats.", event)
    form = _form(tenant, section, request.POST)
    return _save(request, pk, section, form, _saving(form, section, tenant.pk, request), SAID[section])


@require_POST
def tenant_partner(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds, corrects or removes a partner company."""
    tenant = access.get_editable_engagement(request, pk).tenant
    wanted = request.POST.get("partner")
    kept = get_object_or_404(Partner, tenant=tenant, pk=_number(wanted)) if wanted else None
    if kept and "remove" in request.POST:
        event = tenant_record.remove_partner(partner=kept, by=request.user)
        return _saved(request, pk, "partner", f"{kept.name} is removed.", event)
    section = f"partner-{kept.pk}" if kept else "partner"
    form = _form(tenant, section, request.POST)

    def save() -> Event | None:
        values = form.kept(form.cleaned_data)
        if kept:
            return tenant_record.change_partner(partner=kept, by=request.user, seen=form.seen, **values)
        return tenant_record.add_partner(tenant_id=tenant.pk, by=request.user, **values)

    return _save(request, pk, section, form, save, "Partner saved.")


def _saving(form: BaseForm, section: str, tenant: int, request: HttpRequest) -> Callable[[], Event | None]:
    at = {"tenant_id": tenant, "by": request.user}
    if section == "tags":
        return lambda: tenant_record.set_tags(names=form.names(), seen=form.seen_names(), **at)
    if section == "priority":
        return lambda: tenant_record.override_priority(seen=form.seen, **at, **form.values())
    today = timezone.localdate()
    return lambda: tenant_record.change_tenant(today=today, seen=form.seen, **at, **form.kept(form.cleaned_data))


def _form(tenant: Tenant, section: str, data: Any = None) -> BaseForm | None:
    if section in FORMS:
        return FORMS[section](data, tenant=tenant)
    if section == "tags":
        return TagsForm(data, record=tenant)
    kind, _, number = section.partition("-")
    if kind != "partner":
        return None
    kept = tenant.partners.filter(pk=_number(number)).first() if number else None
    return PartnerForm(data, instance=kept) if kept or not number else None


def _save(
    request: HttpRequest, pk: int, section: str, form: BaseForm, save: Callable[[], Event | None], said: str
) -> HttpResponse:
    event, status = attempt(form, save)
    if status != 200:
        return _drawn(request, access.get_engagement(request, pk), section, form, status)
    return _saved(request, pk, section, said if event else "Nothing was changed.", event)


def _saved(request: HttpRequest, pk: int, section: str, said: str, event: Event | None) -> HttpResponse:
    back = f"{reverse('engagement_tenant', args=[pk])}#{section}"

    def draw() -> HttpResponse:
        return _drawn(request, access.get_engagement(request, pk))

    return saved(request, said, event, draw=draw, back=back, focus=f"#edit-{section}")


def _drawn(
    request: HttpRequest, engagement: Engagement, editing: str = "", form: BaseForm | None = None, status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    header = engagement_header(next(load_walks([engagement], today)), request.user)
    page = tenant_page(engagement, today, may_edit=header["may_edit"], editing=editing, form=form)
    context = {"nav": "portfolio", "header": header, "statuses": STATUSES, **page}
    return render(request, "engagements/engagement_tenant.html", context, status=status)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else None
