"""Saving a form of a record: a refusal beside its field, a question where somebody was faster, a toast with Undo."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import trigger_client_event

from engagements.forms.seen import SeenForm
from engagements.models import Event
from engagements.services.overtaking import Overtaken
from engagements.services.refusals import Refused
from engagements.views.toasts import toast, undo_url


def attempt(form: forms.BaseForm, save: Callable[[], Event | None]) -> tuple[Event | None, int]:
    """(the event of the change, 200), or the form with its errors and 422 or 409. Nothing changed is no event."""
    if not form.is_valid():
        return None, 422
    try:
        return save(), 200
    except Overtaken as error:
        if not isinstance(form, SeenForm):
            raise
        form.overtaken(error)
        return None, 409
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return None, 422


def opened(request: HttpRequest, answer: HttpResponse, section: str) -> HttpResponse:
    """For htmx: the focus in the first field of the open form, or back on the pencil that ``?back=`` names."""
    if not request.htmx:
        return answer
    back = request.GET.get("back", "")
    is_section = back.isascii() and back.replace("-", "").isalnum() and len(back) < 40
    to = f"#edit-{back}" if is_section else ""
    if section:
        to = f"#form-{section} :is(input:not([type=hidden]), select, textarea)"
    return trigger_client_event(answer, "focus", {"value": to}) if to else answer


def saved(
    request: HttpRequest, said: str, event: Event | None, *, draw: Callable[[], HttpResponse], back: str, focus: str
) -> HttpResponse:
    """The page anew: for htmx with a toast and the focus back on ``focus``, else by leading to ``back``."""
    if not request.htmx:
        messages.success(request, said, extra_tags=undo_url(event))
        return redirect(back)
    answer = trigger_client_event(draw(), "focus", {"value": focus})
    return toast(answer, said, event)
