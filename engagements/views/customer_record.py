"""The page of a customer: its record, edited section by section, its health, its tenants."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from engagements import access
from engagements.forms.customer import PerspectiveForm, ProgressForm, RatingForm, SignalForm, TagsForm, WinnerForm
from engagements.models import CompeteSignal, Customer, Event, HealthRating, Tenant
from engagements.selectors.customer_page import customer_page
from engagements.services import customer_record, health
from engagements.views.saving import attempt, opened, saved

INTERNAL = ("perspective", "signal")  # sections with what partners do not read
SAID = {"progress": "Progress saved.", "perspective": "Perspective saved.", "tags": "Tags saved."}


@require_safe
def customer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """``?edit=<section>`` opens its form for those who may save it; ``?back=<section>`` leads back to its pencil."""
    customer = access.get_customer(request, pk)
    editing = request.GET.get("edit", "")
    form = _form(request, customer, editing)
    answer = _drawn(request, customer, editing if form else "", form)
    return opened(request, answer, editing if form else "")


@require_POST
def customer_edit(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """Saves one section of the record."""
    customer = access.get_editable_customer(request, pk)
    if section not in SAID:
        raise Http404("The record of a customer has no such section.")
    form = _form(request, customer, section, request.POST)
    if form is None:
        raise PermissionDenied("What Microsoft thinks of a customer is not for partners.")
    return _save(request, pk, section, form, _saving(form, section, pk, request), SAID[section])


@require_POST
def customer_winner(request: HttpRequest, pk: int) -> HttpResponse:
    """Chooses the winner tenant, with a permission of its own."""
    customer = access.get_customer_for_winner(request, pk)
    form = _form(request, customer, "winner", request.POST)

    def save() -> Event | None:
        if form.kept_theirs():
            return None
        chosen = form.tenant_id()
        return customer_record.set_winner(customer_id=pk, tenant_id=chosen, by=request.user, seen=form.seen)

    return _save(request, pk, "winner", form, save, "Winner tenant saved.")


@require_POST
def customer_health(request: HttpRequest, pk: int) -> HttpResponse:
    """Rates the customer overall, or one group of services; every rating stays.

    ``confirm`` is the colour that the person saw and finds still right: one press, no form.
    """
    customer = access.get_editable_customer(request, pk)
    group = _number(request.POST.get("group"))
    section = f"health-{group}"
    data = request.POST
    if "confirm" in data:
        data = data.copy()
        data.update({"colour": data["confirm"], "why": health.CONFIRMED})
    form = _form(request, customer, section, data)
    if form is None:
        raise Http404("There is no such group of services.")

    def save() -> Event | None:
        if form.kept_theirs():
            return None
        data = form.cleaned_data
        if "confirm" in request.POST:
            at = {"customer_id": pk, "group": group, "by": request.user, "today": timezone.localdate()}
            return health.confirm_health(colour=data["colour"], **at)
        return health.rate_health(
            customer_id=pk,
            group=group,
            colour=data["colour"],
            why=data["why"],
            by=request.user,
            today=timezone.localdate(),
            seen=form.seen,
        )

    name = HealthRating.Group(group).label.partition(":")[0]
    said = "confirmed" if "confirm" in request.POST else "rated"
    return _save(request, pk, section, form, save, f"{name} is {said}.")


@require_POST
def customer_compete(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds, qualifies or removes a product that competes."""
    customer = access.get_editable_customer(request, pk)
    if not access.may_read_internal(request.user):
        raise PermissionDenied("What competes at a customer is not for partners.")
    kept = _signal(customer, request.POST["signal"]) if "signal" in request.POST else None
    if kept and "remove" in request.POST:
        event = customer_record.remove_signal(signal=kept, by=request.user)
        return _saved(request, pk, "compete", f"{kept.product} is removed.", event)
    section = f"signal-{kept.pk}" if kept else "signal"
    form = _form(request, customer, section, request.POST)

    def save() -> Event | None:
        values = form.kept(form.cleaned_data)
        if kept:
            return customer_record.change_signal(signal=kept, by=request.user, seen=form.seen, **values)
        return customer_record.add_signal(customer_id=pk, by=request.user, **values)

    return _save(request, pk, section, form, save, "Saved what competes.")


def _saving(form: BaseForm, section: str, pk: int, request: HttpRequest) -> Callable[[], Event | None]:
    at = {"customer_id": pk, "by": request.user}
    if section == "tags":
        return lambda: customer_record.set_tags(names=form.names(), seen=form.seen_names(), **at)
    return lambda: customer_record.change_customer(seen=form.seen, **at, **form.values())


def _form(request: HttpRequest, customer: Customer, section: str, data: Any = None) -> BaseForm | None:
    """The form of a section, where the reader may save it; None otherwise."""
    if section == "winner":
        tenants = Tenant.objects.visible_to(request.user).filter(customer=customer, is_duplicate=False)
        return WinnerForm(data, customer=customer, tenants=tenants) if access.may_set_winner(request.user) else None
    is_kept_from = section.partition("-")[0] in INTERNAL and not access.may_read_internal(request.user)
    if not customer.may_edit or is_kept_from:
        return None
    if section in ("progress", "perspective"):
        made = ProgressForm if section == "progress" else PerspectiveForm
        return made(data, customer=customer)
    if section == "tags":
        return TagsForm(data, record=customer)
    kind, _, number = section.partition("-")
    if kind == "health" and _number(number) in HealthRating.Group.values:
        newest = health.newest(customer.pk, int(number))
        return RatingForm(data, colour=newest.colour if newest else "")
    if kind == "signal":
        kept = customer.compete_signals.filter(pk=_number(number)).first() if number else None
        return SignalForm(data, instance=kept) if kept or not number else None
    return None


def _save(
    request: HttpRequest, pk: int, section: str, form: BaseForm, save: Callable[[], Event | None], said: str
) -> HttpResponse:
    event, status = attempt(form, save)
    if status != 200:
        return _draw(request, pk, section, form, status)
    return _saved(request, pk, section, said if event else "Nothing was changed.", event)


def _saved(request: HttpRequest, pk: int, section: str, said: str, event: Event | None) -> HttpResponse:
    back = f"{access.get_customer(request, pk).get_absolute_url()}#{section}"
    return saved(request, said, event, draw=lambda: _draw(request, pk), back=back, focus=f"#edit-{section}")


def _draw(
    request: HttpRequest, pk: int, editing: str = "", form: BaseForm | None = None, status: int = 200
) -> HttpResponse:
    """After a form was sent: from the record as it is stored, for the form has put its values on its own copy."""
    return _drawn(request, access.get_customer(request, pk), editing, form, status)


def _drawn(
    request: HttpRequest, customer: Customer, editing: str = "", form: BaseForm | None = None, status: int = 200
) -> HttpResponse:
    page = customer_page(customer, request.user, timezone.localdate(), editing=editing, form=form)
    return render(request, "engagements/customer_detail.html", {"nav": "portfolio", **page}, status=status)


def _signal(customer: Customer, number: str) -> CompeteSignal:
    return get_object_or_404(CompeteSignal, customer=customer, pk=_number(number))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else None
