"""The portfolio, and starting an engagement."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import push_url

from engagements import access
from engagements.selectors.portfolio import portfolio_page


@require_GET
@vary_on_headers("HX-Request")
def engagement_list(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx the table with the tabs and the number found, and the address of that list."""
    page = portfolio_page(request.user, request.GET, timezone.localdate()) | {"nav": "portfolio"}
    if request.htmx and not request.htmx.history_restore_request:
        return push_url(render(request, "engagements/_engagement_table.html", page | {"swap": True}), page["url"])
    return render(request, "engagements/engagement_list.html", page | {"may_start": access.may_start(request.user)})


def engagement_new(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)


def engagement_new_preview(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=501)
