"""The Usage tab of an engagement: how many people use each service, entered and corrected in place."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from engagements import access
from engagements.forms.imports import UploadForm
from engagements.forms.usage import UsageDayForm, UsageForm
from engagements.models import Event, ImportBatch, TenantService
from engagements.selectors.header import engagement_header
from engagements.selectors.usage import UsagePage
from engagements.selectors.words import count
from engagements.services import usage
from engagements.services.overtaking import Overtaken
from engagements.services.refusals import Refused
from engagements.views.imports import upload_for_engagement
from engagements.views.toasts import toast
from engagements.walk import load_walks


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_usage(request: HttpRequest, pk: int) -> HttpResponse:
    """Every service with its share and trend. ``?service=`` opens one, ``&on=`` its reading of a day.

    POST takes the numbers of several services on one day.
    """
    if request.method == "POST":
        access.get_editable_engagement(request, pk)
        return _record_day(request, pk)
    page = _page(request, pk)
    row = page.row(_number(request.GET.get("service")))
    answer = _draw(request, page, **(_open(page, row, _day(request.GET.get("on"))) if row else {}))
    return _focused(request, answer, row, page.may_edit)


@require_POST
def engagement_usage_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a file of active users of this tenant, and opens its preview."""
    answer = upload_for_engagement(request, access.get_editable_engagement(request, pk), ImportBatch.Kind.USAGE)
    return answer if isinstance(answer, HttpResponse) else _draw(request, _page(request, pk), status=422, upload=answer)


@require_POST
def usage_reading(request: HttpRequest, pk: int, service: int) -> HttpResponse:
    """Saves the reading of one service and day, or takes it away (``do=remove``)."""
    access.get_editable_engagement(request, pk)
    page = _page(request, pk)
    row = page.row(service)
    if row is None:
        raise Http404("This tenant has no such service.")
    if request.POST.get("do") == "remove":
        return _remove(request, page, row)
    on = _day(request.POST.get("correcting"))
    reading = page.reading(row, on) if on else None
    form = UsageForm(request.POST, today=page.walk.today, reading=reading)
    if not form.is_valid():
        return _draw(request, page, status=422, **_open(page, row, on, form))
    if "active_users" in form.kept_theirs():
        return _saved(request, page, row, f"{row.service.label}: nothing is changed.")
    day, users = form.cleaned_data["on"], form.cleaned_data["active_users"]
    try:
        event = usage.record_usage(
            tenant_service=row,
            on=day,
            active_users=users,
            by=request.user,
            today=page.walk.today,
            seen=form.seen_of_day,
        )
    except Overtaken as overtaken:
        form.overtaken(overtaken)
        return _draw(request, page, status=409, **_open(page, row, on, form))
    return _saved(request, page, row, _said(row, event, users, day), event)


def _record_day(request: HttpRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    form = _day_form(page, request.POST)
    if not form.is_valid():
        return _draw(request, page, status=422, day_form=form)
    on = form.cleaned_data["on"]
    changed = usage.record_usage_of_day(active_users=form.active_users(), on=on, by=request.user, today=page.walk.today)
    messages.success(request, f"Active users of {count(len(changed), 'service')} saved for {on:%-d %b %Y}.")
    return redirect("engagement_usage", pk)


def _remove(request: HttpRequest, page: UsagePage, row: TenantService) -> HttpResponse:
    on = _day(request.POST.get("on"))
    try:
        event = usage.remove_usage(tenant_service=row, on=on or date.min, by=request.user)
    except Refused as refusal:
        return _saved(request, page, row, refusal.message)
    return _saved(request, page, row, f"{row.service.label}: the reading of {on:%-d %b %Y} is removed.", event)


def _saved(
    request: HttpRequest, page: UsagePage, row: TenantService, said: str, event: Event | None = None
) -> HttpResponse:
    """The page as it is now, with the focus on what opens the service again."""
    pk = page.walk.engagement.pk
    if not request.htmx:
        messages.success(request, said)
        return redirect(f"{reverse('engagement_usage', args=[pk])}#service-{row.service_id}")
    answer = _draw(request, _page(request, pk))
    answer = trigger_client_event(answer, "focus", {"value": f"#open-service-{row.service_id}"})
    return toast(answer, said, event)


def _page(request: HttpRequest, pk: int) -> UsagePage:
    engagement = access.get_engagement(request, pk)
    return UsagePage(next(load_walks([engagement], timezone.localdate())), engagement.may_edit)


def _open(page: UsagePage, row: TenantService, on: date | None, form: UsageForm | None = None) -> dict[str, Any]:
    if page.may_edit and form is None:
        known = page.reading(row, on) if on else None
        form = UsageForm(today=page.walk.today, reading=known or page.reading(row, page.walk.today))
    return page.opened(row) | {"form": form, "correcting": on}


def _draw(request: HttpRequest, page: UsagePage, status: int = 200, **opened: Any) -> HttpResponse:
    context = {"nav": "portfolio", "header": engagement_header(page.walk, request.user), **page.context()}
    context |= {"opened": None, "quiet": "opened" in opened, **opened}
    if page.may_edit:
        context.setdefault("day_form", _day_form(page))
        context.setdefault("upload", UploadForm(kind=ImportBatch.Kind.USAGE))
    return render(request, "engagements/engagement_usage.html", context, status=status)


def _day_form(page: UsagePage, data=None) -> UsageDayForm:
    rows = [row for row in page.rows if row.service_id in page.scope]
    return UsageDayForm(data, rows=rows, today=page.walk.today, auto_id="day_%s")


def _said(row: TenantService, event: Event | None, users: int, on: date) -> str:
    """ "Teams: 120 active users on 12 May 2026, before that 110."."""
    if event is None:
        return f"{row.service.label}: this is kept already."
    before = event.before["active_users"]
    instead = "" if before is None else f", before that {before:,}"
    over = " That is more than there are entitlements." if 0 < row.available < users else ""
    return f"{row.service.label}: {count(users, 'active user')} on {on:%-d %b %Y}{instead}.{over}"


def _focused(request: HttpRequest, answer: HttpResponse, row: TenantService | None, may_edit: bool) -> HttpResponse:
    """Where the focus goes after a service was opened or closed by htmx."""
    if not request.htmx:
        return answer
    if row:
        to = "#id_active_users" if may_edit else "#readings"
    else:
        service = _number(request.GET.get("back"))
        to = f"#open-service-{service}" if service else ""
    return trigger_client_event(answer, "focus", {"value": to}) if to else answer


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else None
