"""The page of one review: prepared while it is planned; closing it writes the note and all that follows."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from engagements import access
from engagements.enterprise import preselected
from engagements.forms.enterprise import shown_first
from engagements.forms.review_closing import AttendanceForm, ClosingForm, StatusClosingForm, initial
from engagements.models import Review
from engagements.selectors.days import day, on_day
from engagements.selectors.enterprise_status import strategic_lists
from engagements.selectors.review_draft import draft
from engagements.selectors.review_facts import ReviewFacts
from engagements.selectors.review_page import owners, people_asked, proposed_next, review_page
from engagements.selectors.words import count
from engagements.services import attendance, review_closing
from engagements.services.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def review_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One review, opened prepared; POST closes it."""
    if request.method != "POST":
        review = access.get_review(request, pk)
        return _draw(request, _facts(request, review))
    review = access.get_editable_review(request, pk)
    facts = _facts(request, review)
    if review.state != Review.State.PLANNED:
        return _closed_before(request, facts)
    form = _form(facts, request.POST)
    if not form.is_valid():
        return _draw(request, facts, form, 422)
    try:
        held, _ = review_closing.close_review(
            review_id=pk, closing=form.closing(), by=request.user, today=timezone.localdate()
        )
    except review_closing.AlreadyHeld:
        return _closed_before(request, _facts(request, access.get_review(request, pk)), form)
    except Refused as refusal:
        form.refuse(refusal.field, refusal.message)
        return _draw(request, facts, form, 422)
    return _done(request, held)


@require_POST
def review_attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Keeps who came as it is ticked, and what on site asks for; answers one sentence."""
    review = access.get_editable_review(request, pk)
    facts = _facts(request, review)
    form = AttendanceForm(request.POST)
    form.offer(people_asked(facts))
    if form.is_valid():
        try:
            attendance.tick_attendance(review_id=pk, attending=form.attending(), by=request.user)
        except Refused as refusal:
            form.add_error(None, refusal.message)
    errors = [error for found in form.errors.values() for error in found]
    number = len(form.cleaned_data.get("came", []))
    said = " ".join(errors) or f"Saved: {count(number, 'person', 'people')} took part."
    context = {"said": said, "bad": bool(errors)}
    return render(request, "engagements/_attendance_said.html", context, status=422 if errors else 200)


def _facts(request: HttpRequest, review: Review) -> ReviewFacts:
    return ReviewFacts(review, request.user, timezone.localdate())


def _form(facts: ReviewFacts, data: Any = None, sides: list | None = None) -> ClosingForm:
    """The form of closing; what it begins with is read only where nobody has typed yet."""
    review, today = facts.review, facts.today
    writes_status = review_closing.is_written(review)
    sides = people_asked(facts) if sides is None else sides
    next_on = proposed_next(review, today, today)
    engagements = _engagements(facts)
    first: dict[str, Any] = {}
    if data is None:
        newest = engagements[0].pk if engagements else None
        first = initial(draft(facts), today=today, next_on=next_on, owner=facts.user, engagement=newest)
        first |= {"came": _came(sides, facts), "on_site": review.on_site}
        first |= {name: getattr(review, name) for name in ("on_site_approved_by", "on_site_why")}
        if writes_status:
            last = facts.customer.enterprise_statuses.first()
            first |= shown_first(last, preselected(strategic_lists(facts.customer)), today)
    made = StatusClosingForm if writes_status else ClosingForm
    return made(
        data,
        initial=first,
        sides=sides,
        engagements=engagements,
        owners=owners(facts),
        colour=facts.health["colour"],
        may_judge=access.may_judge_health(facts.user, review.series),
        next_hint=_next_hint(next_on, facts),
    )


def _engagements(facts: ReviewFacts) -> list:
    """Where the note may go: a status into one of the winner tenant (R38)."""
    rows = facts.engagements
    if review_closing.is_written(facts.review):
        rows = [row for row in rows if row.tenant_id == facts.customer.winner_id]
    return rows


def _came(sides: list, facts: ReviewFacts) -> list[str]:
    """Who is ticked already; before anybody was, the person who opens the page."""
    ticked = [one["value"] for side in sides for one in side["people"] if one["state"] == "came"]
    return ticked or [f"user-{facts.user.pk}"]


def _next_hint(next_on, facts: ReviewFacts) -> str:
    if next_on is None:
        return "No rule sets the interval any more. Leave empty to plan none."
    usual = day(next_on, facts.today)
    return f"Leave empty to use the rhythm of the series: {usual}. Another day applies to that review only."


def _draw(
    request: HttpRequest, facts: ReviewFacts, form: ClosingForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    page = review_page(facts) | {"nav": "portfolio", "keep_key": f"{request.user.pk}:review-{facts.review.pk}"}
    if facts.review.state == Review.State.PLANNED and facts.review.may_edit:
        sides = people_asked(facts)
        form = form or _form(facts, sides=sides)
        page |= {"form": form, "sides": _ticked(sides, form), "attendance_url": _attendance_url(facts)}
        page |= {"has_engagement": bool(_engagements(facts))}
    elif facts.review.state == Review.State.PLANNED:
        page |= {"sides": people_asked(facts)}
    page |= {"fresh": "held" in request.GET} | more
    return render(request, "engagements/review_detail.html", page, status=status)


def _ticked(sides: list, form: ClosingForm) -> list:
    came = set(form["came"].value() or [])
    for side in sides:
        for one in side["people"]:
            one["ticked"] = one["value"] in came
    return sides


def _attendance_url(facts: ReviewFacts) -> str:
    return reverse("review_attendance", args=[facts.review.pk])


def _closed_before(request: HttpRequest, facts: ReviewFacts, form: ClosingForm | None = None) -> HttpResponse:
    """Somebody was faster, or it is the second click: the record, and what was typed here if it stands nowhere."""
    review = facts.review
    token = request.POST.get("token", "")
    if review.held_by_id == request.user.pk and review.note and str(review.note.token) == token:
        return _done(request, review)
    form = form or ClosingForm(
        request.POST, sides=[], engagements=[], owners=[], colour="", may_judge=False, next_hint=""
    )
    at = timezone.localtime(review.changed_at)
    if review.state == Review.State.HELD:
        who = f"{review.held_by or 'Somebody'} closed this review {on_day(at.date(), facts.today)} at {at:%H:%M}."
    else:
        who = f"This review is {review.get_state_display().lower()}, since {on_day(at.date(), facts.today)}."
    return _draw(request, facts, status=409, overtaken=who, typed=form.typed())


def _done(request: HttpRequest, review: Review) -> HttpResponse:
    promised = review.next_actions.count()
    also = f", with {count(promised, 'next action')}" if promised else ""
    messages.success(request, f"Review closed. Its note is written{also}.")
    return redirect(f"{reverse('review_detail', args=[review.pk])}?held=1")
