"""Moving an engagement between motions and models, and changing which services it covers."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from engagements import access
from engagements.forms.scope import ScopeForm
from engagements.models import Engagement
from engagements.selectors.scope import scope_consequences
from engagements.selectors.state import state_crumbs
from engagements.services.refusals import Refused
from engagements.services.scope import change_scope
from engagements.walk import load_walk


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_scope(request: HttpRequest, pk: int) -> HttpResponse:
    """What it runs, and what another choice would do; "look" posts the choices to see that alone (R33)."""
    engagement = access.get_editable_engagement(request, pk)
    form = ScopeForm(request.POST if request.method == "POST" else None, engagement=engagement)
    looks = "look" in request.POST
    if request.method == "POST" and form.is_valid() and not looks:
        try:
            change_scope(engagement_id=pk, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, "Saved. The playbook follows from it; the history keeps what was there before.")
            return redirect("engagement_state", pk)
    status = 422 if form.errors and not looks else 200
    context = {"nav": "portfolio", "engagement": engagement, "form": form, "looks": looks}
    context |= {"crumbs": state_crumbs(engagement), "preview": _preview(engagement, form)}
    return render(request, "engagements/engagement_scope.html", context, status=status)


@require_safe
def engagement_scope_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the present choices would do to the playbook; writes nothing."""
    engagement = access.get_editable_engagement(request, pk)
    form = ScopeForm(request.GET, engagement=engagement)
    return render(request, "engagements/_scope_preview.html", {"preview": _preview(engagement, form)})


def _preview(engagement: Engagement, form: ScopeForm) -> dict[str, Any] | None:
    chosen = form.chosen()
    return scope_consequences(load_walk(engagement.pk, timezone.localdate()), **chosen) if chosen else None
