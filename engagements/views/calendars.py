"""Calendars: a person's own as a feed that needs no signing in, a review as a file, and the address of the feed."""

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from engagements import access
from engagements.reminding.mails import link
from engagements.selectors import calendars as selectors
from engagements.services import calendars
from engagements.views.account import account_page

TYPE = "text/calendar; charset=utf-8"
LONGEST = 100


@login_not_required
@require_safe
@sensitive_variables("token")
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of whoever made the address: reviews and next actions, as they may see them at this moment."""
    now = timezone.now()
    person = calendars.reader(token, now) if len(token) <= LONGEST else None
    if person is None:
        raise Http404("There is no such calendar. Its owner may have made a new address.")
    body = selectors.feed(person, now.astimezone(person.zone).date())
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    answer = HttpResponse(body, content_type=TYPE)
    answer["ETag"] = etag
    # Kept by the reader's own program, asked for again each time, and by nobody in between.
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Robots-Tag"] = "noindex"
    found = get_conditional_response(request, etag=etag, response=answer)
    found["Cache-Control"] = answer["Cache-Control"]
    return found


@require_safe
def review_ics(request: HttpRequest, pk: int) -> HttpResponse:
    """One review for the calendar of whoever may see it."""
    review = access.get_review(request, pk)
    answer = HttpResponse(selectors.one_review(review, request.user), content_type=TYPE)
    answer["Content-Disposition"] = f'attachment; filename="review-{review.on:%Y-%m-%d}.ics"'
    return answer


@require_POST
@sensitive_variables("token", "address")
def calendar_address(request: HttpRequest) -> HttpResponse:
    """Makes the address of one's own calendar, or takes it away. It is shown in this answer and never again."""
    if request.POST.get("do") == "revoke":
        gone = calendars.revoke(person=request.user)
        messages.success(request, "The address works no more." if gone else "There was no address.")
        return redirect(reverse("account") + "#calendar")
    token = calendars.renew(person=request.user)
    address = link(reverse("calendar_feed", args=[token]))
    answer = account_page(request, calendar_address=address)
    answer["Cache-Control"] = "private, no-store"
    return answer
