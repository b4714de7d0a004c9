"""The portfolio, and starting an engagement."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from engagements import access, spreadsheets
from engagements.forms.portfolio import NewEngagementForm
from engagements.importing.writing import separator
from engagements.models import Tenant, User
from engagements.selectors import portfolio_export
from engagements.selectors.bulk import bulk_choices
from engagements.selectors.new_engagement import tenant_choices
from engagements.selectors.portfolio import Query, asked_for, portfolio_page
from engagements.selectors.rehearsal import Rehearsal, rehearse_choices
from engagements.services.engagements import start_engagement
from engagements.services.refusals import Refused
from playbook.models import Edition
from playbook.selectors import published_edition


@require_safe
@vary_on_headers("HX-Request")
def engagement_list(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx the table with the tabs and the number found, and the address of that list."""
    page = portfolio_page(request.user, request.GET, timezone.localdate()) | {"nav": "portfolio"}
    may_select = access.may_change_many(request.user)
    if request.htmx and not request.htmx.history_restore_request:
        return push_url(
            render(request, "engagements/_engagement_table.html", page | {"swap": True, "bulk": may_select}),
            page["url"],
        )
    return render(request, "engagements/engagement_list.html", page | _doors(request.user))


@require_safe
def engagement_export(request: HttpRequest) -> HttpResponseBase:
    """The list as it is filtered and sorted, as CSV or, if it is not long, with ``?format=xlsx`` for Excel."""
    today = timezone.localdate()
    found = asked_for(request.user, request.GET, today)
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    if kind == "xlsx" and portfolio_export.is_too_much(found):
        messages.error(request, portfolio_export.TOO_MANY)
        return redirect(Query.read(request.GET).url())
    rows = portfolio_export.rows(found, today, request.build_absolute_uri("/")[:-1])
    between = separator(request.headers.get("Accept-Language", ""))
    file = spreadsheets.workbook(rows) if kind == "xlsx" else spreadsheets.csv_file(rows, between)
    content_type = spreadsheets.XLSX if kind == "xlsx" else "text/csv; charset=utf-8"
    name = f"portfolio-{today.isoformat()}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_new(request: HttpRequest) -> HttpResponse:
    """First the tenant, then what runs there; "look" posts the choices to see what they would give."""
    edition, tenant = published_edition(), _tenant(request)
    if edition is None or tenant is None:
        choices = tenant_choices(request.user, request.GET.get("q", "").strip()[:200]) if edition else {}
        page = choices | {"nav": "portfolio", "edition": edition, "error": request.method == "POST"}
        template = "engagements/_tenants.html" if request.htmx else "engagements/engagement_new.html"
        return render(request, template, page, status=422 if request.method == "POST" else 200)
    form = NewEngagementForm(request.POST or None, tenant=tenant, today=timezone.localdate())
    rehearsal = _rehearsal(form, edition)
    if request.method == "POST" and form.is_valid() and "look" not in request.POST:
        values = form.cleaned_data
        try:
            started = start_engagement(tenant=tenant, edition=edition, by=request.user, **values)
        except Refused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, f"The engagement with {tenant.customer} has begun.")
            return redirect("engagement_detail", started.pk)
    page = {"nav": "portfolio", "edition": edition, "tenant": tenant, "form": form, "rehearsal": rehearsal}
    page["is_partner"] = not access.may_read_internal(request.user)
    status = 422 if form.errors and "look" not in request.POST else 200
    return render(request, "engagements/engagement_new.html", page, status=status)


@require_safe
def engagement_new_preview(request: HttpRequest) -> HttpResponse:
    """Which phases and how many steps the present choices would give; writes nothing."""
    edition, tenant = published_edition(), _tenant(request)
    if edition is None or tenant is None:
        raise Http404("There is nothing to preview yet.")
    form = NewEngagementForm(request.GET, tenant=tenant, today=timezone.localdate())
    page = {"rehearsal": _rehearsal(form, edition), "form": form}
    page["is_partner"] = not access.may_read_internal(request.user)
    return render(request, "engagements/_rehearsal.html", page)


def _tenant(request: HttpRequest) -> Tenant | None:
    """The tenant that was chosen; 404 for a stranger's, 403 for one that may only be read."""
    chosen = request.POST.get("tenant") or request.GET.get("tenant")
    if not chosen:
        return None
    if not chosen.isdecimal() or len(chosen) > 18:
        raise Http404("There is no such tenant, or it is not one of yours.")
    return access.get_editable_tenant(request, int(chosen))


def _rehearsal(form: NewEngagementForm, edition: Edition) -> Rehearsal | None:
    """Nothing until there is a motion, a model and a service to think it through with."""
    chosen = form.chosen()
    return rehearse_choices(edition, form.tenant, **chosen) if chosen else None


def _doors(user: User) -> dict[str, Any]:
    """Which buttons the portfolio offers, and what can be done to those that are selected."""
    doors = {"may_start": access.may_start(user), "may_import": access.may_import(user)}
    doors["bulk"] = bulk_choices(user) if access.may_change_many(user) else []
    return doors
