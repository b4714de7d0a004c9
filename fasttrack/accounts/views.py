"""The list of one's own sessions, and what django-allauth has addresses for and the Desk does not offer."""

from typing import Any

from allauth.usersessions.views import ListUserSessionsView
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django.views.generic.edit import FormView

from fasttrack.accounts.adapter import UNKNOWN_ADDRESS
from fasttrack.accounts.browsers import browser_name
from fasttrack.accounts.sessions import list_this_session, live_sessions


class SessionsView(ListUserSessionsView):
    """Where one is signed in; the button ends all sessions but this one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            list_this_session(request)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        # Not by super(): allauth asks three queries for each session.
        context = FormView.get_context_data(self, **more)
        sessions = [
            {
                "browser": browser_name(row.user_agent),
                "address": "" if row.ip == UNKNOWN_ADDRESS else row.ip,
                "signed_in_at": row.created_at,
                "is_current": row.session_key == self.request.session.session_key,
            }
            for row in live_sessions(self.request.user)
        ]
        sessions.sort(key=lambda one: not one["is_current"])
        return context | {"sessions": sessions, "others": sum(not one["is_current"] for one in sessions)}


@require_safe
def not_offered(request: HttpRequest, **address: str) -> HttpResponse:
    """What administrators keep: e-mail addresses, and whether somebody has a password."""
    raise Http404("Administrators keep e-mail addresses, and decide who signs in with a password.")
