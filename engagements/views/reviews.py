"""The Reviews tab of an engagement: what is due next, its series, and what is still to be agreed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagements import access
from engagements.selectors.header import engagement_header
from engagements.walk import load_walks


@require_safe
def engagement_reviews(request: HttpRequest, pk: int) -> HttpResponse:
    engagement = access.get_engagement(request, pk)
    walk = next(load_walks([engagement], timezone.localdate()))
    context = {"nav": "portfolio", "header": engagement_header(walk, request.user), "series": walk.series}
    return render(request, "engagements/engagement_reviews.html", context)
