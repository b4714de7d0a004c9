"""The team of an engagement's tenant, and of a customer: who works there, and assigning them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from engagements import access
from engagements.forms.team import AssignForm, ChangeForm
from engagements.models import Assignment, Customer, Event, Tenant
from engagements.selectors.header import engagement_header
from engagements.selectors.team import TeamPage, find_people
from engagements.selectors.words import count
from engagements.services import assignments
from engagements.services.overtaking import Overtaken
from engagements.services.refusals import Refused
from engagements.walk import Walk, load_walks


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Who works at the tenant. ``?edit=<assignment>`` opens one, ``?q=`` finds people by what somebody types."""
    walk = next(load_walks([access.get_engagement(request, pk)], timezone.localdate()))
    here = reverse("engagement_team", args=[pk])
    return _team(request, walk.engagement.tenant, here, "engagements/engagement_team.html", walk)


@require_http_methods(["GET", "HEAD", "POST"])
def customer_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Who works for a customer as a whole, and so at each of its tenants."""
    customer = access.get_customer(request, pk)
    return _team(request, customer, reverse("customer_team", args=[pk]), "engagements/customer_team.html")


def _team(
    request: HttpRequest, at: Tenant | Customer, here: str, template: str, walk: Walk | None = None
) -> HttpResponse:
    page = TeamPage(at, request.user, timezone.localdate())
    draw = _Drawing(request, page, here, template, walk)
    if request.method == "POST":
        if not page.may_assign:
            raise PermissionDenied(
                "Only the primary FastTrack Manager there and those who assign people change a team."
            )
        doing = {"add": _add, "change": _change, "lead": _lead, "remove": _remove, "copy": _copy}.get(
            request.POST.get("do", "")
        )
        return doing(request, page, draw) if doing else redirect(here)
    if "q" in request.GET and request.htmx:
        return _found(request, page)
    row = page.row(_number(request.GET.get("edit"))) if page.may_assign else None
    return draw(editing=row)


def _add(request: HttpRequest, page: TeamPage, draw: "_Drawing") -> HttpResponse:
    form = draw.add_form(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            event = assignments.assign(
                user=given["user"], role=given["role"], at=page.at, by=request.user, **form.how()
            )
        except Refused as refusal:
            _refused(form, refusal)
        else:
            return draw.done(f"{given['user']} is {given['role'].name} here now.", event)
    return draw(add=form, status=422)


def _change(request: HttpRequest, page: TeamPage, draw: "_Drawing") -> HttpResponse:
    row = _row(request, page)
    form = draw.change_form(row, request.POST)
    if not form.is_valid():
        return draw(editing=row, change=form, status=422)
    try:
        event = assignments.change(assignment_id=row.pk, by=request.user, how=form.kept(form.how()), seen=form.seen)
    except Overtaken as overtaken:
        form.overtaken(overtaken)
        return draw(editing=row, change=form, status=409)
    except Refused as refusal:
        _refused(form, refusal)
        return draw(editing=row, change=form, status=422)
    return draw.done(f"{row.user} as {row.role.name} is saved.", event)


def _lead(request: HttpRequest, page: TeamPage, draw: "_Drawing") -> HttpResponse:
    row = _row(request, page)
    return draw.tried(
        lambda: assignments.make_primary(assignment_id=row.pk, by=request.user),
        f"{row.user} is the primary {row.role.name} now.",
    )


def _remove(request: HttpRequest, page: TeamPage, draw: "_Drawing") -> HttpResponse:
    row = _row(request, page)
    return draw.tried(
        lambda: assignments.unassign(assignment_id=row.pk, by=request.user),
        f"{row.user} is no longer {row.role.name} here.",
    )


def _copy(request: HttpRequest, page: TeamPage, draw: "_Drawing") -> HttpResponse:
    """The primaries of the winner tenant become those of the customer."""
    told = []

    def copy() -> None:
        told.extend(assignments.copy_primaries(customer_id=page.customer.pk, by=request.user))

    return draw.tried(copy, f"{page.to_copy_said} lead for the customer as a whole now.")


def _found(request: HttpRequest, page: TeamPage) -> HttpResponse:
    if not page.may_assign:
        raise PermissionDenied("Only those who may assign people look for them here.")
    return found_people(request, at=page.at)


def found_people(request: HttpRequest, name: str = "user", at: Tenant | Customer | None = None) -> HttpResponse:
    """The answer to what somebody types into components/find_person.html."""
    people = find_people(request.GET["q"], at)
    answer = render(request, "engagements/_people_found.html", {"people": people, "name": name})
    number = len(people["found"]) + people["more"]
    return trigger_client_event(answer, "announce", {"value": f"{count(number, 'person', 'people')} found."})


class _Drawing:
    """Draws the page anew, or goes back to it, for whatever was asked."""

    def __init__(self, request: HttpRequest, page: TeamPage, here: str, template: str, walk: Walk | None):
        self.request, self.page, self.here, self.template, self.walk = request, page, here, template, walk

    def __call__(
        self,
        *,
        editing: Assignment | None = None,
        add: AssignForm | None = None,
        change: ChangeForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        page = self.page
        context: dict[str, Any] = {
            "nav": "portfolio",
            "here": self.here,
            **page.context(editing.pk if editing else None),
        }
        if self.walk:
            context["header"] = engagement_header(self.walk, self.request.user)
        if editing:
            context |= {"editing": editing, "form": change or self.change_form(editing)}
        elif page.may_assign:
            form = add or self.add_form()
            typed = form["q"].value() if form.is_bound else self.request.GET.get("q", "")
            context |= {"form": form, "people": find_people(typed or "", page.at), "chosen": form["user"].value()}
        return render(self.request, self.template, context, status=status)

    def add_form(self, data=None) -> AssignForm:
        return AssignForm(data, services=self.page.services(), reach=self.page.reach(), auto_id="assign_%s")

    def change_form(self, row: Assignment, data=None) -> ChangeForm:
        how = {"services": self.page.services(), "reach": self.page.reach()}
        return ChangeForm(data, row=row, auto_id="assign_%s", **how)

    def done(self, text: str, event: Event | None) -> HttpResponse:
        messages.success(self.request, text, extra_tags=reverse("event_undo", args=[event.pk]) if event else "")
        return redirect(f"{self.here}#team")

    def tried(self, do, text: str) -> HttpResponse:
        try:
            event = do()
        except Refused as refusal:
            messages.error(self.request, refusal.message)
            return redirect(f"{self.here}#team")
        return self.done(text, event)


def _refused(form: AssignForm | ChangeForm, refusal: Refused) -> None:
    field = "q" if refusal.field == "user" else refusal.field
    form.add_error(field if field in form.fields else None, refusal.message)


def _row(request: HttpRequest, page: TeamPage) -> Assignment:
    row = page.row(_number(request.POST.get("assignment")))
    if row is None:
        raise Http404("There is no such assignment here.")
    return row


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
