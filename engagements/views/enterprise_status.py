"""The enterprise status of a customer: its history, and writing the next one outside of a review (R38–R40)."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from engagements import access
from engagements.forms.enterprise import EnterpriseForm, shown_first
from engagements.models import Customer
from engagements.selectors.enterprise_status import status_page
from engagements.services import enterprise_status as statuses
from engagements.services.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def enterprise_status(request: HttpRequest, pk: int) -> HttpResponse:
    """Leadership's view of a customer, which partners do not read; POST writes the next status."""
    customer = access.get_customer(request, pk)
    if not access.may_read_internal(request.user):
        raise Http404("What leadership reads of a customer is not for partners.")
    if request.method != "POST":
        return _draw(request, customer)
    if not access.may_keep_status(request.user, customer):
        raise PermissionDenied(
            "Only who is assigned at the winner tenant or the customer writes its enterprise status."
        )
    form = EnterpriseForm(request.POST)
    if not form.is_valid():
        return _draw(request, customer, form, 422)
    try:
        statuses.write_status(
            customer_id=pk,
            new=form.new_status(),
            token=form.cleaned_data["token"],
            by=request.user,
            today=timezone.localdate(),
        )
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return _draw(request, customer, form, 422)
    messages.success(request, "Enterprise status saved.")
    return redirect(f"{reverse('enterprise_status', args=[pk])}?saved=1")


def _draw(request: HttpRequest, customer: Customer, form: EnterpriseForm | None = None, status: int = 200):
    today = timezone.localdate()
    page: dict[str, Any] = status_page(customer, request.user, today)
    if page["may_write"] and form is None:
        first = shown_first(page["last"], page["reasons"], today) | {"token": uuid4()}
        form = EnterpriseForm(initial=first)
    page |= {
        "nav": "portfolio",
        "form": form if page["may_write"] or status != 200 else None,
        "keep_key": f"{request.user.pk}:enterprise-status-{customer.pk}",
        "saved": "saved" in request.GET,
        "crumbs": [
            {"label": "Portfolio", "url": reverse("engagement_list")},
            {"label": customer.name, "url": customer.get_absolute_url()},
        ],
    }
    return render(request, "engagements/enterprise_status.html", page, status=status)
