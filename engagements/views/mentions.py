"""Mentions, taken off Today by whom they name."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from engagements.models import Mention
from engagements.services import mentions
from engagements.views.way_back import way_back


@require_POST
def mention_seen(request: HttpRequest, pk: int) -> HttpResponse:
    """The reader has seen the note that names them."""
    mention = Mention.objects.select_related("note__author").filter(user=request.user, pk=pk).first()
    if mention is None:
        raise Http404("There is no such mention of you.")
    mentions.see(mention=mention)
    said = f"Seen: the note of {mention.note.author}"
    if request.htmx:
        return trigger_client_event(HttpResponse(), "toast", {"text": said})
    messages.success(request, said)
    return redirect(way_back(request, reverse("today")))
