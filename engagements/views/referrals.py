"""A QuickLeads referral, walked part by part on one page (R4 to R8)."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from engagements import access
from engagements.forms.referrals import (
    ApprovalForm,
    MailForm,
    MatchForm,
    OutcomeForm,
    OwnPartnerForm,
    PartnerForm,
    SendForm,
    WithdrawForm,
)
from engagements.models import Event, Referral
from engagements.selectors.header import engagement_header
from engagements.selectors.referral_page import find_referral, people_of, referral_page, ways_page
from engagements.services import referrals
from engagements.services.locking import write
from engagements.services.overtaking import Overtaken
from engagements.services.referrals import NotReady
from engagements.services.refusals import Refused
from engagements.services.tenant_record import add_partner
from engagements.views.toasts import toast, undo_url
from engagements.walk import Walk, load_walks


@require_http_methods(["GET", "HEAD", "POST"])
def referral_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The open referral, or the newest, or the way to one. ``do`` names what is done to it."""
    walk = _walk(request, pk)
    if not access.may_read_internal(request.user):
        raise PermissionDenied("Referrals propose one partner beside others, so partners do not read them.")
    if request.method != "POST":
        return _draw(request, walk, _chosen(request, walk, request.GET.get("referral")))
    access.get_editable_engagement(request, pk)
    if request.POST.get("do") == "begin":
        return _begin(request, walk)
    if request.POST.get("do") == "own":
        return _own(request, walk)
    referral = _chosen(request, walk, request.POST.get("referral"))
    does = DOINGS.get(request.POST.get("do", ""))
    if referral is None or does is None:
        return redirect("referral_detail", pk)
    return does(request, walk, referral)


def _begin(request: HttpRequest, walk: Walk) -> HttpResponse:
    try:
        referral = referrals.begin_referral(engagement_id=walk.engagement.pk, by=request.user, today=walk.today)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("referral_detail", walk.engagement.pk)
    return redirect(_address(referral, "match"))


def _own(request: HttpRequest, walk: Walk) -> HttpResponse:
    """Writes down the customer's own partner, which is the way that comes first (R5)."""
    form = OwnPartnerForm(request.POST)
    if form.is_valid():
        try:
            event = add_partner(tenant_id=walk.engagement.tenant_id, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            said = f"{form.cleaned_data['name']} is recorded at the tenant."
            messages.success(request, said, extra_tags=undo_url(event))
            return redirect(f"{reverse('referral_detail', args=[walk.engagement.pk])}#way-own")
    return _draw(request, walk, find_referral(walk, None), status=422, own=form)


def _match(request: HttpRequest, walk: Walk, referral: Referral) -> HttpResponse:
    return _change(request, walk, referral, "match", MatchForm(request.POST, initial=_shown(referral)))


def _approval(request: HttpRequest, walk: Walk, referral: Referral) -> HttpResponse:
    form = ApprovalForm(request.POST, people=people_of(walk), initial=_shown(referral))
    return _change(request, walk, referral, "approval", form)


def _mail(request: HttpRequest, walk: Walk, referral: Referral) -> HttpResponse:
    return _change(request, walk, referral, "mail", MailForm(request.POST, initial=_shown(referral)))


def _change(request: HttpRequest, walk: Walk, referral: Referral, part: str, form: Any) -> HttpResponse:
    def save() -> Event | None:
        return referrals.change_referral(
            referral_id=referral.pk,
            by=request.user,
            today=walk.today,
            seen=form.seen,
            **form.kept(form.cleaned_data),
        )

    return _try(request, walk, referral, part, form, save, "Saved.", part)


def _propose(request: HttpRequest, walk: Walk, referral: Referral) -> HttpResponse:
    form = PartnerForm(request.POST, auto_id="partner_%s")

    def save() -> None:
        referrals.propose_partner(referral_id=referral.pk, by=request.user, **form.cleaned_data)

    return _try(request, walk, referral, "partner", form, save, "The partner is proposed.", "partners")


def _drop(request: HttpRequest, walk: Walk, referral: Referral) -> HttpResponse:
    partner = _partner(request, referral)
    form = forms.Form(request.POST)

    def save() -> None:
        referrals.drop_partner(partner_id=partner.pk, by=request.user)

    return _try(request, walk, referral, "drop", form, save, f"{partner.name} is taken out.", "partners")


def _write(request: HttpRequest, walk: Walk, referral: Referral) -> HttpResponse:
    form = forms.Form(request.POST)

    def save() -> None:
        referrals.write_mail(referral_id=referral.pk, by=request.user)

    return _try(request, walk, referral, "write", form, save, "The mail is written from the template.", "mail")


def _send(request: HttpRequest, walk: Walk, referral: Referral) -> HttpResponse:
    from_here = request.POST.get("how") == "mail" and settings.SENDS_MAIL
    form = _send_form(referral, request.POST)
    # The text as it stands on the page, also where nobody saved it first.
    mail = {name: request.POST[name] for name in referrals.FIELDS["mail"] if name in request.POST}

    @write
    def save() -> None:
        at = {"referral_id": referral.pk, "by": request.user, "today": walk.today}
        if MailForm(mail).is_valid():
            referrals.change_referral(**at, **mail)
        referrals.send_referral(**at, usual=settings.REFERRAL_PARTNERS, from_here=from_here, **form.cleaned_data)

    said = "The mail is sent." if from_here else "The referral is marked as sent."
    return _try(request, walk, referral, "send", form, save, said, "partners")


def _outcome(request: HttpRequest, walk: Walk, referral: Referral) -> HttpResponse:
    partner = _partner(request, referral)
    form = _outcome_form(partner, request.POST)

    def save() -> Event | None:
        values = form.kept(form.cleaned_data)
        values["text"] = values.pop("outcome_text", partner.outcome_text)
        values.setdefault("outcome", partner.outcome)
        values.setdefault("contacted_on", partner.contacted_on)
        return referrals.record_outcome(
            partner_id=partner.pk, by=request.user, today=walk.today, seen=form.seen, **values
        )

    said = f"What came of {partner.name} is saved."
    return _try(request, walk, referral, f"outcome-{partner.pk}", form, save, said, "partners")


def _withdraw(request: HttpRequest, walk: Walk, referral: Referral) -> HttpResponse:
    form = WithdrawForm(request.POST)

    def save() -> None:
        referrals.withdraw_referral(referral_id=referral.pk, by=request.user, today=walk.today, **form.cleaned_data)

    return _try(request, walk, referral, "withdraw", form, save, "The referral is withdrawn.", "referral")


DOINGS: dict[str, Callable[[HttpRequest, Walk, Referral], HttpResponse]] = {
    "match": _match,
    "approval": _approval,
    "partner": _propose,
    "drop": _drop,
    "write": _write,
    "mail": _mail,
    "send": _send,
    "outcome": _outcome,
    "withdraw": _withdraw,
}

# What stands beside a part and changes with it: the state, what is left, and which of the other parts has the filled
# button. What is typed in the other parts stays.
BUTTONS = {"match": "save-match", "approval": "save-approval", "partners": "propose-partner", "mail": "write-mail"}
BESIDE = {
    part: ",".join(f"#{one}" for one in ("messages", "referral", "send", "task-983", *BUTTONS.values()) if one != mine)
    for part, mine in BUTTONS.items()
} | {"outcome": "#messages,#referral,#referral-side"}
PREPARING = {"match", "approval", "partner", "drop", "write", "mail", "send"}


def _try(
    request: HttpRequest,
    walk: Walk,
    referral: Referral,
    name: str,
    form: forms.Form,
    save: Callable[[], Event | None],
    said: str,
    part: str,
) -> HttpResponse:
    """Saves and draws the page anew; a refusal comes back with the form as it was typed."""
    status = 422
    if form.is_valid():
        try:
            event = save()
        except Overtaken as error:
            form.overtaken(error)
            status = 409
        except NotReady as refusal:
            left = "thing is" if len(refusal.missing) == 1 else "things are"
            form.add_error(None, f"Not sent: {len(refusal.missing)} {left} left, listed beside.")
            status = 409
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            if not request.htmx:
                messages.success(request, said)
                return redirect(_address(referral, part))
            walk = _walk(request, walk.engagement.pk)
            answer = toast(_draw(request, walk, find_referral(walk, referral.pk)), said, event)
            return trigger_client_event(answer, "focus", {"value": f"#{part}"})
    referral = find_referral(walk, referral.pk)
    if name in PREPARING and _is_past(referral):
        # Somebody sent or closed it meanwhile, and the page has no such form any more.
        for error in form.non_field_errors():
            messages.error(request, error)
    return _draw(request, walk, referral, status=status, forms={name: form})


def _draw(
    request: HttpRequest,
    walk: Walk,
    referral: Referral | None,
    *,
    status: int = 200,
    forms: dict[str, forms.Form] | None = None,
    own: forms.Form | None = None,
) -> HttpResponse:
    header = engagement_header(walk, request.user)
    context = {"nav": "portfolio", "header": header, "ways": ways_page(walk), "referral": None}
    if referral:
        context |= referral_page(walk, referral)
        if header["may_edit"]:
            context["forms"] = _forms(walk, referral) | _still_there(referral, forms or {})
            for row, partner in zip(context["partners"], referral.partners.all(), strict=True):
                typed = context["forms"].get(f"outcome-{partner.pk}")
                row["form"] = (
                    typed or _outcome_form(partner) if referral.sent_on and not referral.withdrawn_why else None
                )
    if header["may_edit"]:
        context["own"] = own or OwnPartnerForm()
    context["may_begin"] = header["may_edit"] and (referral is None or referral.closed_on is not None)
    context |= {"main": _main(context), "beside": BESIDE}
    return render(request, "engagements/referral_detail.html", context, status=status)


def _still_there(referral: Referral, typed: dict[str, forms.Form]) -> dict[str, forms.Form]:
    return {name: form for name, form in typed.items() if name not in PREPARING or not _is_past(referral)}


def _is_past(referral: Referral) -> bool:
    """Whether nothing can be prepared any more."""
    return bool(referral.sent_on or referral.closed_on)


def _main(context: dict[str, Any]) -> str:
    """Which of the page's buttons is the filled one: that of the first part which is not done."""
    if context["referral"] is None or not context["is_open"]:
        return "begin"
    if context["is_sent"]:
        return "outcome"
    return next((part for part, done in context["parts"].items() if not done), "send")


def _forms(walk: Walk, referral: Referral) -> dict[str, forms.Form]:
    shown = _shown(referral)
    if referral.closed_on:
        return {}
    found = {"withdraw": WithdrawForm()}
    if not referral.sent_on:
        found |= {
            "match": MatchForm(initial=shown),
            "approval": ApprovalForm(people=people_of(walk), initial=shown),
            "partner": PartnerForm(auto_id="partner_%s"),
            "mail": MailForm(initial=shown),
            "send": _send_form(referral),
        }
    return found


def _send_form(referral: Referral, data=None) -> SendForm:
    asked = referrals.referring.unusual_number(len(referral.partners.all()), settings.REFERRAL_PARTNERS)
    return SendForm(data, asked=asked, auto_id="send_%s")


def _outcome_form(partner, data=None) -> OutcomeForm:
    initial = {name: getattr(partner, name) for name in ("contacted_on", "outcome", "outcome_text")}
    return OutcomeForm(data, initial=initial, auto_id=f"outcome_{partner.pk}_%s")


def _shown(referral: Referral) -> dict[str, Any]:
    names = [name for part in referrals.FIELDS.values() for name in part]
    people = {name: getattr(referral, f"{name}_id") or "" for name in referrals.PEOPLE}
    return {name: getattr(referral, name) for name in names} | people


def _partner(request: HttpRequest, referral: Referral):
    wanted = request.POST.get("partner", "")
    found = next((row for row in referral.partners.all() if str(row.pk) == wanted), None)
    if found is None:
        raise Http404("This referral proposes no such partner.")
    return found


def _chosen(request: HttpRequest, walk: Walk, wanted: str | None) -> Referral | None:
    number = int(wanted) if wanted and wanted.isascii() and wanted.isdecimal() and len(wanted) < 18 else None
    found = find_referral(walk, number)
    if wanted and (found is None or number is None):
        raise Http404("This engagement has no such referral.")
    return found


def _address(referral: Referral, part: str) -> str:
    return f"{reverse('referral_detail', args=[referral.engagement_id])}?referral={referral.pk}#{part}"


def _walk(request: HttpRequest, pk: int) -> Walk:
    return next(load_walks([access.get_engagement(request, pk)], timezone.localdate()))
