"""What is settled before any page is asked: who must sign in first, and which requests are refused."""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest, MiddlewareNotUsed

NUL = "\x00"


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """Every address asks for signing in, except views marked ``login_not_required``.

    For those the session is not even read: /readyz must answer while the database does not.
    """

    def process_view(self, request, view_func, view_args, view_kwargs):
        if getattr(view_func, "login_required", True):
            return super().process_view(request, view_func, view_args, view_kwargs)
        return None


class IdleTimeoutMiddleware:
    """Ends a session in which nothing was asked for ``SESSION_IDLE_MINUTES``; whoever asks next signs in first.

    When somebody last asked is written into the session once a minute at most.
    """

    KEY = "last_asked_at"
    WRITE_EVERY = 60  # seconds

    def __init__(self, get_response):
        if settings.SESSION_IDLE_MINUTES <= 0:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return
        now = int(time.time())
        since = now - request.session.get(self.KEY, now)
        if since > settings.SESSION_IDLE_MINUTES * 60:
            logout(request)
        elif since >= self.WRITE_EVERY or self.KEY not in request.session:
            request.session[self.KEY] = now


class RefuseNulMiddleware:
    """PostgreSQL keeps no NUL in text and fails on it wherever it turns up, so it is turned away at the door.

    No browser sends one. What comes after may trust every path, query, cookie and field.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if NUL in request.path or any(NUL in text for text in _texts(request)):
            raise BadRequest("The request holds a NUL character.")


def _texts(request):
    yield from request.COOKIES.values()
    for sent in (request.GET, request.POST):
        for name, values in sent.lists():
            yield name
            yield from values
