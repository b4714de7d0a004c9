"""A recap of a note for the customer: worded, then copied, opened in a mail program, or sent from here."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from engagements import access
from engagements.forms.recaps import RecapForm
from engagements.models import Note
from engagements.selectors.header import engagement_header
from engagements.selectors.recap_page import cleaned, drafted, people_of, recap_page, withheld_why
from engagements.services.recaps import send_recap
from engagements.services.refusals import Refused
from engagements.walk import load_walks


@require_http_methods(["GET", "HEAD", "POST"])
def note_recap(request: HttpRequest, pk: int, note: int) -> HttpResponse:
    """The draft of the mail; posting sends it (``how=mail``), or marks it as sent by hand."""
    access.get_editable_engagement(request, pk)
    if not access.may_read_internal(request.user):
        raise PermissionDenied("A recap is made from a note for Microsoft staff, so partners do not send it.")
    engagement = access.get_engagement(request, pk)
    rows = Note.objects.filter(engagement=engagement).select_related("next_action", "author")
    found = get_object_or_404(rows, pk=note)
    found.engagement = engagement
    if why := withheld_why(found):
        return _withheld(request, found, why)
    people = people_of(engagement)
    clean = cleaned(found)
    if request.method != "POST":
        form = RecapForm(people=people, initial=drafted(found, clean.text, request.user))
        return _draw(request, found, clean, form)
    form = RecapForm(request.POST, people=people)
    from_here = request.POST.get("how") == "mail" and settings.SENDS_MAIL
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("subject", "body", "token")}
        to = form.cleaned_data["to"]
        try:
            send_recap(note_id=found.pk, contact_ids=to, by=request.user, from_here=from_here, **given)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, "The recap is sent." if from_here else "The recap is marked as sent.")
            url = reverse("note_detail", args=[pk, note])
            return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    return _draw(request, found, clean, form, status=422)


def _withheld(request: HttpRequest, note: Note, why: str) -> HttpResponse:
    """Why there is no recap of the note; a post is refused with the same words."""
    context = _frame(request, note) | {"withheld": why, "category": note.get_category_display()}
    context["note_url"] = reverse("note_detail", args=[note.engagement_id, note.pk])
    return render(request, "engagements/note_recap.html", context, status=422 if request.method == "POST" else 200)


def _frame(request: HttpRequest, note: Note) -> dict[str, Any]:
    walk = next(load_walks([note.engagement], timezone.localdate()))
    return {"nav": "portfolio", "header": engagement_header(walk, request.user), "note": note}


def _draw(request: HttpRequest, note: Note, clean: Any, form: RecapForm, status: int = 200) -> HttpResponse:
    context = _frame(request, note) | {"form": form} | recap_page(note, clean, form)
    return render(request, "engagements/note_recap.html", context, status=status)
