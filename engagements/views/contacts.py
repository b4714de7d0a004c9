"""The Contacts tab of an engagement: the customer's people, and who looks after the account."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from engagements import access
from engagements.forms.contacts import AccountTeamForm, ContactForm
from engagements.models import Contact
from engagements.selectors.consequences import what_follows
from engagements.selectors.contacts import contacts_page
from engagements.selectors.handshakes import handshake_notices
from engagements.selectors.header import engagement_header
from engagements.services import contacts, customers
from engagements.services.overtaking import Overtaken
from engagements.services.refusals import Refused
from engagements.views.toasts import toast
from engagements.walk import Walk, load_walk, load_walks


@require_http_methods(["GET", "HEAD", "POST"])
def engagement_contacts(request: HttpRequest, pk: int) -> HttpResponse:
    """The customer's people, of one kind with ``?kind=``; ``?edit=<contact>`` opens one in its place. POST adds one."""
    if request.method != "POST":
        walk = _walk(request, pk)
        return _focused(request, _draw(request, walk, editing=_contact(walk, request.GET.get("edit"))))
    access.get_editable_engagement(request, pk)
    walk = _walk(request, pk)
    form = _form(walk, request.POST, auto_id="contact_%s")
    if form.is_valid():
        try:
            added = contacts.add_contact(customer=walk.engagement.tenant.customer, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, f"{added.name} added.")
            return redirect(_at_row(pk, added))
    return _draw(request, walk, new=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request: HttpRequest, pk: int, contact: int) -> HttpResponse:
    """Saves one person, with Undo; answers the page with the row anew."""
    if request.method != "POST":
        access.get_engagement(request, pk)
        return redirect(f"{reverse('engagement_contacts', args=[pk])}?edit={contact}#contact-{contact}")
    access.get_editable_engagement(request, pk)
    walk = _walk(request, pk)
    known = get_object_or_404(walk.engagement.tenant.customer.contacts.known(), pk=contact)
    form = _form(walk, request.POST, known)
    status = 422
    if form.is_valid():
        try:
            event = contacts.change_contact(contact=known, by=request.user, seen=form.seen, **form.values())
        except Overtaken as error:
            form.overtaken(error)
            status = 409
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            said = f"{form.cleaned_data['name'].strip()} saved."
            if not request.htmx:
                messages.success(request, said)
                return redirect(_at_row(pk, known))
            answer = toast(_draw(request, _walk(request, pk)), said, event)
            return trigger_client_event(answer, "focus", {"value": f"#edit-contact-{known.pk}"})
    return _draw(request, walk, editing=known, form=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def account_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether the account is managed, and its Customer Success Manager; conditions look at both (R4, R11)."""
    if request.method != "POST":
        access.get_engagement(request, pk)
        return redirect(f"{reverse('engagement_contacts', args=[pk])}#account-team")
    access.get_editable_engagement(request, pk)
    walk = _walk(request, pk)
    tenant = walk.engagement.tenant
    form = AccountTeamForm(request.POST, tenant=tenant, contacts=tenant.customer.contacts.all(), auto_id="account_%s")
    if not form.is_valid():
        return _draw(request, walk, account=form, status=422)
    data = form.cleaned_data
    customers.record_account_team(
        tenant=tenant, managed=data["managed"], csm=data["csm"], csm_name=data["new_csm"], by=request.user
    )
    follows = what_follows(walk, load_walk(pk, walk.today))
    messages.success(request, " ".join(["The account team is saved.", *map(str, follows)]))
    return redirect(f"{reverse('engagement_contacts', args=[pk])}#account-team")


def _walk(request: HttpRequest, pk: int) -> Walk:
    return next(load_walks([access.get_engagement(request, pk)], timezone.localdate()))


def _contact(walk: Walk, wanted: str | None) -> Contact | None:
    return next((one for one in walk.engagement.tenant.customer.contacts.all() if str(one.pk) == wanted), None)


def _form(walk: Walk, data: Any = None, contact: Contact | None = None, **options: Any) -> ContactForm:
    services = [row.service for row in walk.engagement.tenant.services.all()]
    return ContactForm(data, contact=contact, services=services, **options)


def _draw(
    request: HttpRequest,
    walk: Walk,
    *,
    editing: Contact | None = None,
    form: ContactForm | None = None,
    new: ContactForm | None = None,
    account: AccountTeamForm | None = None,
    status: int = 200,
) -> HttpResponse:
    header = engagement_header(walk, request.user)
    context = {
        "nav": "portfolio",
        "header": header,
        "handshakes": handshake_notices(walk),
        **contacts_page(walk, request.user, request.GET.get("kind", "")),
    }
    adding = bool(header["may_edit"]) and (new is not None or not context["people"] and not context["kind"])
    context |= {"adding": adding, "quiet": adding or bool(header["may_edit"] and editing)}
    if header["may_edit"]:
        context["editing"] = editing.pk if editing else None
        context["form"] = (form or _form(walk, contact=editing)) if editing else None
        context["new"] = new or _form(walk, auto_id="contact_%s")
        context["account_form"] = account or AccountTeamForm(
            tenant=walk.engagement.tenant, contacts=context["contacts"], auto_id="account_%s"
        )
    return render(request, "engagements/engagement_contacts.html", context, status=status)


def _focused(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Where the focus goes after a form was opened or closed by htmx."""
    if not request.htmx:
        return answer
    back = request.GET.get("back", "")
    to = "#id_name" if request.GET.get("edit") else f"#edit-contact-{back}" if back.isdecimal() else ""
    return trigger_client_event(answer, "focus", {"value": to}) if to else answer


def _at_row(pk: int, contact: Contact) -> str:
    return f"{reverse('engagement_contacts', args=[pk])}#contact-{contact.pk}"
