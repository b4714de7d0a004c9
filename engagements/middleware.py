"""Gives every request the reader's own clock, so that "today" and "overdue" are theirs (DESIGN §6)."""

from django.utils import timezone


class UserTimeZoneMiddleware:
    """Asks who reads only where signing in is asked for: /readyz must answer while sessions cannot be read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        with timezone.override(None):
            return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            timezone.activate(request.user.zone)
