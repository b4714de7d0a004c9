"""What just happened, said on the next drawing of the page, with Undo where it can be taken back."""

from django.http import HttpResponse
from django.urls import reverse
from django_htmx.http import trigger_client_event

from engagements.models import Event


def toast(answer: HttpResponse, text: str, event: Event | None = None) -> HttpResponse:
    """For answers to htmx; ``event`` is the change that Undo takes back."""
    said = {"text": text}
    if event is not None:
        said["undo"] = undo_url(event)
    return trigger_client_event(answer, "toast", said)


def undo_url(event: Event | None) -> str:
    """Where Undo posts: in a toast, or as ``extra_tags`` of a message for those without script."""
    return reverse("event_undo", args=[event.pk]) if event else ""
