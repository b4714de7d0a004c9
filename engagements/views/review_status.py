"""The one-page status of a review: printed, copied or sent to those who took part."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from engagements import access
from engagements.selectors.review_facts import ReviewFacts
from engagements.selectors.review_status import status_page


@require_safe
def review_status(request: HttpRequest, pk: int) -> HttpResponse:
    """What a review comes to, on one page that may leave the house."""
    review = access.get_review(request, pk)
    page = status_page(ReviewFacts(review, request.user, timezone.localdate()))
    return render(request, "engagements/review_status.html", {"nav": "portfolio", **page})
