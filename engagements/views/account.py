"""One's own account, and the page of components for developers."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from engagements.forms.account import TimeZoneForm
from engagements.models import User
from engagements.selectors.account import where_assigned
from fasttrack.components_page import components_page


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name, roles, time zone and password."""
    # A copy: a refused time zone must not become the clock of this very page.
    person = User.objects.get(pk=request.user.pk)
    form = TimeZoneForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your time zone is saved.")
        return redirect("account")
    groups = list(request.user.groups.order_by("name").values_list("name", flat=True))
    context = {"person": request.user, "form": form, "groups": groups, "roles": where_assigned(request.user)}
    return render(request, "engagements/account.html", context, status=422 if form.errors else 200)


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state; only where the settings say DEBUG."""
    if not settings.DEBUG:
        raise Http404("The components are shown to developers only.")
    return components_page(request)
