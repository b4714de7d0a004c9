"""Saying that one has read a note that was escalated to oneself (R54)."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from engagements import access
from engagements.forms.escalations import AnswerForm
from engagements.models import Escalation
from engagements.selectors.notes import around, drawable, whole_note
from engagements.services import escalations
from engagements.services.refusals import Refused
from engagements.views.way_back import way_back


@require_http_methods(["GET", "HEAD", "POST"])
def escalation_acknowledge(request: HttpRequest, escalation: int) -> HttpResponse:
    """The note, and one button: read and acknowledged, with an answer where there is something to say."""
    row = access.get_escalation(request, escalation)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _acknowledged(request, row, form):
        return redirect(way_back(request, reverse("note_detail", args=[row.engagement.pk, row.note_id])))
    today, note = timezone.localdate(), drawable(row.engagement.notes.filter(pk=row.note_id)).get()
    drawn = whole_note(note, today) | around([note], today)[note.pk]
    context = {
        "nav": "today",
        "engagement": row.engagement,
        "escalation": row,
        "note": drawn | around([note], today)[note.pk],
        "form": form,
        "next": way_back(request, ""),
    }
    return render(request, "engagements/escalation_acknowledge.html", context, status=422 if form.errors else 200)


def _acknowledged(request: HttpRequest, row: Escalation, form: forms.Form) -> bool:
    try:
        escalations.acknowledge(escalation_id=row.pk, by=request.user, answer=form.cleaned_data["answer"])
    except Refused as refusal:
        form.add_error(refusal.field, refusal.message)
        return False
    messages.success(request, f"Acknowledged. {row.note.author} sees it on the note.")
    return True
