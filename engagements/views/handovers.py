"""Handing an engagement to another FastTrack Manager, reading the brief, and answering."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from engagements import access
from engagements.forms.handovers import DeclineForm, HandoverForm, ManyHandoversForm
from engagements.forms.people import FindPersonForm
from engagements.models import Engagement, Handover, User
from engagements.selectors import brief
from engagements.selectors.handovers import led_by
from engagements.selectors.state import crumbs
from engagements.selectors.team import find_people
from engagements.services import handovers
from engagements.services.refusals import Refused
from engagements.views.team import _number, found_people
from engagements.walk import load_walks

MANY = "engagements/handover_many.html"


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_handover(request: HttpRequest, pk: int) -> HttpResponse:
    """Offers the engagement to somebody else; beneath the form stands what they will read."""
    engagement = access.get_engagement(request, pk)
    if not access.may_assign_at(request.user, engagement.tenant):
        raise PermissionDenied(handovers.NOT_YOURS)
    if engagement.status == Engagement.Status.CLOSED:
        raise PermissionDenied("A closed engagement is handed to nobody. Reopen it first.")
    if request.method != "POST" and "q" in request.GET and request.htmx:
        return found_people(request)
    form = HandoverForm(request.POST if request.method == "POST" else None)
    today = timezone.localdate()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            handover = handovers.offer(
                engagement_id=pk,
                receiver=given["user"],
                why=given["why"],
                stays=given["stays"],
                by=request.user,
                today=today,
            )
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, f"Offered to {handover.receiver}, who reads the brief first.")
            return redirect("handover_detail", handover.pk)
    walk = next(load_walks([engagement], today))
    others = engagement.tenant.engagements.exclude(pk=pk).exclude(status=Engagement.Status.CLOSED).count()
    context = {
        "nav": "portfolio",
        "engagement": engagement,
        "crumbs": crumbs(engagement),
        "form": form,
        "people": find_people(form["q"].value() or ""),
        "chosen": form["user"].value(),
        "giver": handovers.responsible(engagement.tenant),
        "others": others,
        "may_hand_all": access.may_assign(request.user),
        "brief": brief.drawn(brief.build(walk), engagement, today),
    }
    return render(request, "engagements/engagement_handover.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def handover_detail(request: HttpRequest, handover: int) -> HttpResponse:
    """The brief; its receiver accepts or declines, its giver may take it back."""
    row = access.get_handover(request, handover)
    is_open = row.decision == Handover.Decision.OPEN
    answers = request.user.pk == row.receiver_id
    may_withdraw = access.may_assign_at(request.user, row.engagement.tenant)
    decline = DeclineForm()
    if request.method == "POST":
        do = request.POST.get("do", "")
        if row.engagement.status == Engagement.Status.CLOSED:
            raise PermissionDenied("The engagement is closed, and is handed to nobody.")
        allowed = {"accept": answers, "decline": answers, "withdraw": may_withdraw}
        if not allowed.get(do, False):
            raise PermissionDenied("Only the receiver answers to a handover, and only the giver takes it back.")
        if do == "decline":
            decline = DeclineForm(request.POST)
        if do != "decline" or decline.is_valid():
            return _answered(request, row, do, decline)
    today = timezone.localdate()
    context = {
        "nav": "today" if answers and is_open else "portfolio",
        "handover": row,
        "engagement": row.engagement,
        "crumbs": crumbs(row.engagement) if not answers or not is_open else [],
        "is_open": is_open,
        "void": handovers.why_void(row) if is_open else "",
        "answers": answers and is_open,
        "may_withdraw": may_withdraw and is_open,
        "decline": decline,
        "brief": brief.drawn(row.brief, row.engagement, today),
    }
    return render(request, "engagements/handover_detail.html", context, status=422 if decline.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def handover_many(request: HttpRequest) -> HttpResponse:
    """Everything of somebody who leaves, for those who assign people. ``?user=<giver>`` or ``?q=`` says whose."""
    if not access.may_assign(request.user):
        raise PermissionDenied("Only those who assign people hand over everything of somebody.")
    if request.method == "POST":
        return _hand_many(request)
    if "q" in request.GET and request.htmx:
        return found_people(request)
    asked = FindPersonForm(request.GET if {"q", "user"} & set(request.GET) else None)
    if asked.is_valid():
        giver = asked.cleaned_data["user"]
        form = ManyHandoversForm(engagements=led_by(giver))
        return render(request, MANY, {"nav": "portfolio", "giver": giver, "form": form, "people": find_people("")})
    context = {"nav": "portfolio", "form": asked, "people": find_people(asked["q"].value() or "")}
    return render(request, MANY, context, status=422 if asked.errors else 200)


def _hand_many(request: HttpRequest) -> HttpResponse:
    giver = get_object_or_404(User, pk=_number(request.POST.get("giver")))
    form = ManyHandoversForm(request.POST, engagements=led_by(giver))
    context = {"nav": "portfolio", "giver": giver, "form": form, "chosen": form["user"].value()}
    if form.is_valid():
        given = form.cleaned_data
        context["receiver"] = given["user"]
        context["outcomes"] = handovers.offer_many(
            giver=giver,
            engagements=given["engagements"],
            receiver=given["user"],
            why=given["why"],
            by=request.user,
            today=timezone.localdate(),
        )
    context["people"] = find_people(form["q"].value() or "")
    return render(request, MANY, context, status=422 if form.errors else 200)


def _answered(request: HttpRequest, row: Handover, do: str, decline: DeclineForm) -> HttpResponse:
    """Calls the service and goes where the reader still may look."""
    here = reverse("handover_detail", args=[row.pk])
    try:
        if do == "accept":
            done = handovers.accept(handover_id=row.pk, by=request.user)
        elif do == "decline":
            done = handovers.decline(handover_id=row.pk, by=request.user, why=decline.cleaned_data["why"])
        else:
            done = handovers.withdraw(handover_id=row.pk, by=request.user)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("today" if request.user.pk == row.receiver_id else here)
    if done.decision == Handover.Decision.ACCEPTED:
        messages.success(request, f"{row.engagement.tenant.customer} is yours now.")
        return redirect(row.engagement)
    if do == "accept":
        messages.error(request, f"This could not be accepted any more. {done.decided_why}")
        return redirect("today")
    messages.success(request, "Declined. The giver sees why." if do == "decline" else "Withdrawn. Nothing has moved.")
    return redirect("today") if do == "decline" else redirect(row.engagement)
