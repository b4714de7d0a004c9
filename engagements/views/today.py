"""Today: what needs the person who signed in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagements.selectors.today import today_page


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    page = today_page(request.user, timezone.localdate())
    return render(request, "engagements/today.html", page | {"nav": "today", "today_count": page["urgent"]})
