"""Which name somebody tried to sign in with, for counting failures (django-axes)."""

from django.http import HttpRequest

LONGEST = 255  # what the table of attempts holds


def name_tried(request: HttpRequest, credentials: dict | None = None) -> str:
    """Longer names are nobody's. They are counted by their beginning, and PostgreSQL does not fail on them."""
    return ((credentials or request.POST).get("username") or "")[:LONGEST]
