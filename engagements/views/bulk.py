"""Work on many engagements that were selected in the portfolio."""

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from engagements import access
from engagements.forms.bulk import FORMS
from engagements.models import BulkChange
from engagements.selectors.bulk import bulk_page, list_url
from engagements.selectors.portfolio import asked_for
from engagements.selectors.team import find_people
from engagements.services import bulk
from engagements.services.refusals import Refused
from engagements.views.team import found_people

NUMBER = re.compile(r"[0-9]{1,17}")


@require_POST
def bulk_choose(request: HttpRequest) -> HttpResponse:
    """Keeps what is selected, ``everything`` being all that the list finds, and goes to say what to do with it."""
    if not access.may_change_many(request.user):
        raise PermissionDenied("You may read engagements, not change them.")
    came_from = request.POST.get("list", "")[:2000]
    if request.POST.get("everything"):
        found = asked_for(request.user, QueryDict(came_from), timezone.localdate())
        ids = list(found.values_list("pk", flat=True)[: bulk.MOST + 1])
    else:
        ids = [int(one) for one in request.POST.getlist("chosen") if NUMBER.fullmatch(one)]
    try:
        change = bulk.choose(do=request.POST.get("do", ""), ids=ids, by=request.user, came_from=came_from)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(list_url(came_from))
    return redirect("bulk_change", change.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_change(request: HttpRequest, change: int) -> HttpResponse:
    """Asks once for all of them, then shows how far it is, and in the end what became of each."""
    row = access.get_bulk_change(request, change)
    if request.method == "POST":
        return _do(request, row)
    if "q" in request.GET and request.htmx:
        return found_people(request)
    return _draw(request, row)


def _do(request: HttpRequest, row: BulkChange) -> HttpResponse:
    at = {"change_id": row.pk, "by": request.user}
    today, do = timezone.localdate(), request.POST.get("do", "")
    if do == "undo":
        try:
            bulk.undo(**at)
        except Refused as refusal:
            messages.error(request, refusal.message)
    elif do == "go-on":
        bulk.go_on(**at, today=today)
    elif row.begun_at is None:
        form = FORMS[row.do](request.POST, today=today)
        if not form.is_valid():
            return _draw(request, row, form, status=422)
        bulk.begin(**at, values=form.values(), today=today)
    if request.htmx:
        return _draw(request, access.get_bulk_change(request, row.pk))
    return redirect("bulk_change", row.pk)


def _draw(request: HttpRequest, row: BulkChange, form=None, status: int = 200) -> HttpResponse:
    page = {"nav": "portfolio", **bulk_page(row, request.user)}
    if row.begun_at is None:
        page["form"] = form = form or FORMS[row.do](today=timezone.localdate())
        if "q" in form.fields:
            page |= {"people": find_people(form["q"].value() or ""), "chosen": form["user"].value()}
    template = "engagements/_bulk_outcome.html" if request.htmx and row.begun_at else "engagements/bulk_change.html"
    return render(request, template, page, status=status)
