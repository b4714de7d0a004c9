"""The Reviews tab of an engagement: series are agreed, tried out and changed, reviews moved and called off."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from engagements import access, cadence
from engagements.cadence import Interval
from engagements.forms.reviews import AgreeForm, ChangeForm, MoveForm, PlanForm, WhyForm
from engagements.models import CadenceRule, Event, ReviewSeries
from engagements.selectors.header import engagement_header
from engagements.selectors.reviews import ReviewsPage, simulation
from engagements.services import reviews
from engagements.services.review_plan import Standing, interval_of_rule, proposed
from engagements.views.saving import attempt
from engagements.views.toasts import toast, undo_url
from engagements.walk import load_walks

# What can be done to a series → what its button says, and what is said when it is done.
DOINGS = {
    "move": ("Move", "Moved."),
    "skip": ("Skip this one", "Skipped; the next one is planned."),
    "cancel": ("Cancel this one", "Cancelled. Plan the next one when it is known."),
    "plan": ("Plan the next", "Planned."),
    "change": ("Change the series", "The series is changed."),
    "end": ("End the series", "The series has ended."),
}
NEEDS_REVIEW = ("move", "skip", "cancel")


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_reviews(request: HttpRequest, pk: int) -> HttpResponse:
    """``?agree=<kind>`` opens the form to agree a series, ``?do=move&series=<id>`` one to change something.

    POST agrees (``agree``, with ``simulate`` shows its dates first) or does what ``do`` says to a ``series``.
    """
    if request.method == "POST":
        access.get_editable_engagement(request, pk)
        return _agree(request, pk) if "agree" in request.POST else _do(request, pk)
    page = _page(request, pk)
    if kind := request.GET.get("agree"):
        rule = _rule(page, kind)
        opened = _opened_agree(page, rule) if rule and page.may_change(rule) else {}
        return _focused(request, _draw(request, page, **opened), f"#form-agree-{kind}" if opened else "")
    series = _series(page, request.GET.get("series"))
    do = request.GET.get("do", "")
    if series and do in DOINGS and page.may_change(series.rule) and (form := _form(page, do, series)):
        opened = _opened_do(series, do, form)
        return _focused(request, _draw(request, page, **opened), f"#form-series-{series.pk}")
    back = request.GET.get("back", "")
    to = f"#{back}" if back and back.isascii() and back.replace("-", "").isalnum() and len(back) < 60 else ""
    return _focused(request, _draw(request, page), to, on_field=False)


def _agree(request: HttpRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    kind = request.POST["agree"]
    rule = _rule(page, kind) or CadenceRule.objects.filter(kind=kind, in_use=True).first()
    if rule is None:
        raise Http404("There is no such kind of review.")
    _may(page, rule)
    form = _agree_form(page, rule, request.POST)
    if "simulate" in request.POST:
        return _simulated(request, page, rule, form)
    said: dict[str, ReviewSeries] = {}

    def save() -> None:
        series = reviews.agree(
            kind=kind, agreed=form.agreed(), by=request.user, today=page.walk.today, **_at(page, rule)
        )
        said["series"] = series

    _, status = attempt(form, save)
    if status != 200:
        return _draw(request, _page(request, pk), status, **_opened_agree(page, rule, form))
    return _done(request, pk, f"{rule.name} is agreed.", said["series"].pk)


def _simulated(request: HttpRequest, page: ReviewsPage, rule: CadenceRule, form: AgreeForm) -> HttpResponse:
    """Half a year of dates, from what the form says; nothing is saved."""
    opened = _opened_agree(page, rule, form)
    if not form.is_valid():
        return _draw(request, page, 422, **opened)
    home = _home(page, rule)
    # As the service plans: by all engagements there, of which this one may be in a quieter phase.
    ruled = interval = interval_of_rule(rule, home)
    if every := form.cleaned_data["every"]:
        unit = form.cleaned_data["unit"]
        if why := cadence.why_no_interval(every, unit):
            form.add_error("every", why)
            return _draw(request, page, 422, **opened)
        interval = Interval(every, unit, longest_days=ruled.longest_days if ruled else None)
    if interval is None:
        form.add_error("every", "No rule sets the interval. Enter how often it is held.")
        return _draw(request, page, 422, **opened)
    opened["simulation"] = simulation(form.cleaned_data["first_on"], interval, home.country)
    answer = _draw(request, page, **opened)
    return _focused(request, answer, "#simulation", on_field=False)


def _do(request: HttpRequest, pk: int) -> HttpResponse:
    page = _page(request, pk)
    do, series = request.POST.get("do", ""), _series(page, request.POST.get("series"))
    if series is None or do not in DOINGS:
        raise Http404("There is no such series of reviews here, or nothing of that kind to do.")
    _may(page, series.rule)
    form = _form(page, do, series, request.POST)
    if form is None:
        return _done(request, pk, "Nothing was changed: no review of this series is planned any more.", series.pk)
    event, status = attempt(form, _saving(request, page, do, series, form))
    if status != 200:
        return _draw(request, _page(request, pk), status, **_opened_do(series, do, form))
    said = f"{series.rule.name}: {DOINGS[do][1]}"
    if do == "change" and event is None:
        said = "Nothing was changed."
    return _done(request, pk, said, series.pk, event)


def _saving(
    request: HttpRequest, page: ReviewsPage, do: str, series: ReviewSeries, form: forms.Form
) -> Callable[[], Event | None]:
    how = {"by": request.user, "today": page.walk.today}
    review = next(iter(series.planned_rows), None)

    def save() -> Event | None:
        said = form.cleaned_data
        if do == "move":
            return reviews.move(review_id=review.pk, **said, **how)
        if do == "change":
            return reviews.change(series_id=series.pk, seen=form.seen, **form.kept(said), **how)
        if do == "plan":
            reviews.plan(series_id=series.pk, **said, **how)
        elif do == "end":
            reviews.end(series_id=series.pk, **said, **how)
        else:
            getattr(reviews, do)(review_id=review.pk, **said, **how)
        return None

    return save


def _form(page: ReviewsPage, do: str, series: ReviewSeries, data: Any = None) -> forms.Form | None:
    """The form of one doing; nothing where it needs a planned review and there is none, or one too many."""
    review = next(iter(series.planned_rows), None)
    if (do in NEEDS_REVIEW) != (review is not None) and do in (*NEEDS_REVIEW, "plan"):
        return None
    if do == "move":
        how = {"rhythm": page.rhythm_of(series), "unit": page.unit_of(series)}
        return MoveForm(data, initial=MoveForm.initial_of(review), **how)
    if do == "plan":
        one = proposed(series, page.walk.today)
        return PlanForm(data, initial={"on": one.on if one else None, "at": series.at})
    if do == "change":
        ruled = page.interval_of_rule(series.rule)
        known = list({one.pk: one for one in [*page.people, series.owner]}.values())
        how = {"people": known, "ruled": ruled, "zone": series.time_zone}
        return ChangeForm(data, initial=ChangeForm.initial_of(series), **how)
    return WhyForm(data)


def _agree_form(page: ReviewsPage, rule: CadenceRule, data: Any = None) -> AgreeForm:
    ruled, home = page.interval_of_rule(rule), _home(page, rule)
    first = cadence.first_on(page.walk.today, ruled or Interval(1, "week"), home.country)
    initial = AgreeForm.initial_of(rule, page.owner_for(rule), first)
    return AgreeForm(data, initial=initial, people=page.people, ruled=ruled, zone=home.time_zone)


def _home(page: ReviewsPage, rule: CadenceRule) -> Standing:
    tenant = page.walk.engagement.tenant
    whole = rule.level == CadenceRule.Level.CUSTOMER
    return Standing(tenant.customer if whole else tenant, page.walk.today)


def _at(page: ReviewsPage, rule: CadenceRule) -> dict[str, int]:
    tenant = page.walk.engagement.tenant
    whole = rule.level == CadenceRule.Level.CUSTOMER
    return {"customer_id": tenant.customer_id} if whole else {"tenant_id": tenant.pk}


def _may(page: ReviewsPage, rule: CadenceRule) -> None:
    if not page.may_change(rule):
        raise PermissionDenied(
            "This review is held with the customer as a whole. Who is assigned to the customer, or works at its "
            "winner tenant, plans it."
        )


def _opened_agree(page: ReviewsPage, rule: CadenceRule, form: AgreeForm | None = None) -> dict[str, Any]:
    return {"agreeing": rule.kind, "form": form or _agree_form(page, rule)}


def _opened_do(series: ReviewSeries, do: str, form: forms.Form) -> dict[str, Any]:
    return {"opened": series.pk, "do": do, "verb": DOINGS[do][0], "form": form}


def _draw(request: HttpRequest, page: ReviewsPage, status: int = 200, **opened: Any) -> HttpResponse:
    context = {"nav": "portfolio", "header": engagement_header(page.walk, request.user), **page.context(), **opened}
    return render(request, "engagements/engagement_reviews.html", context, status=status)


def _done(request: HttpRequest, pk: int, said: str, series: int, event: Event | None = None) -> HttpResponse:
    if not request.htmx:
        messages.success(request, said, extra_tags=undo_url(event))
        return redirect(f"{reverse('engagement_reviews', args=[pk])}#series-{series}")
    answer = _draw(request, _page(request, pk))
    return toast(trigger_client_event(answer, "focus", {"value": f"#series-{series}"}), said, event)


def _focused(request: HttpRequest, answer: HttpResponse, form: str, *, on_field: bool = True) -> HttpResponse:
    if not (request.htmx and form):
        return answer
    to = f"{form} :is(input:not([type=hidden]), select, textarea)" if on_field else form
    return trigger_client_event(answer, "focus", {"value": to})


def _page(request: HttpRequest, pk: int) -> ReviewsPage:
    engagement = access.get_engagement(request, pk)
    walk = next(load_walks([engagement], timezone.localdate()))
    return ReviewsPage(walk, request.user, engagement.may_edit)


def _rule(page: ReviewsPage, kind: str) -> CadenceRule | None:
    return next((row for row in page.rules if row.kind == kind), None)


def _series(page: ReviewsPage, number: str | None) -> ReviewSeries | None:
    wanted = int(number) if number and number.isascii() and number.isdecimal() and len(number) < 18 else None
    return next((row for row in page.series if row.pk == wanted), None)
