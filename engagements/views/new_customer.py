"""Entering one customer by hand; many come with a spreadsheet."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from engagements import access
from engagements.forms.new_customer import NewCustomerForm
from engagements.services.new_customers import enter_customer
from engagements.services.refusals import Refused
from tasks.models import Service


@require_http_methods(["GET", "HEAD", "POST"])
def customer_new(request: HttpRequest) -> HttpResponse:
    """A customer with its first tenant and services; who may import may enter. Leads on to its engagement."""
    if not access.may_import(request.user):
        raise PermissionDenied("You may not enter customers. Ask a FastTrack Manager or a team manager.")
    workloads = list(Service.objects.filter(kind=Service.Kind.WORKLOAD))
    form = NewCustomerForm(request.POST if request.method == "POST" else None, services=workloads)
    if request.method == "POST" and form.is_valid():
        try:
            tenant = enter_customer(row=form.row(), by=request.user)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, f"{tenant.customer} is entered. What does the engagement run?")
            if access.may_start(request.user):
                return redirect(f"{reverse('engagement_new')}?tenant={tenant.pk}")
            return redirect("engagement_list")
    context = {"nav": "portfolio", "form": form, "crumbs": [{"label": "Portfolio", "url": reverse("engagement_list")}]}
    return render(request, "engagements/customer_new.html", context, status=422 if form.errors else 200)
