"""What is settled before and after every page: who must sign in, what a request may hold, who may keep the answer."""

import time

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest, MiddlewareNotUsed
from django.utils.cache import patch_cache_control

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


class LineBreaksMiddleware:
    """A browser sends the lines of a text field separated by CRLF, whatever was in it; from here on they end in LF.

    Otherwise every saved text would differ from the one that was shown, and count as changed.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if any("\r" in text for values in dict(request.POST.lists()).values() for text in values):
            posted = request.POST.copy()
            for name, values in request.POST.lists():
                posted.setlist(name, [with_plain_line_breaks(text) for text in values])
            request.POST = posted


def with_plain_line_breaks(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


class PrivateAnswersMiddleware:
    """What is for somebody who signed in is kept by no cache on the way; a file with data is kept nowhere.

    Only views marked ``login_not_required`` decide for themselves, and only for who has no session.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.is_for_everyone = False
        answer = self.get_response(request)
        if is_attachment(answer):
            answer["Cache-Control"] = "private, no-store"
        elif not request.is_for_everyone or settings.SESSION_COOKIE_NAME in request.COOKIES:
            patch_cache_control(answer, private=True)
        return answer

    def process_view(self, request, view, args, kwargs):
        request.is_for_everyone = not getattr(view, "login_required", True)


def is_attachment(answer) -> bool:
    """Whether the answer is a file to be saved."""
    return answer.get("Content-Disposition", "").startswith("attachment")


def _texts(request):
    yield from request.COOKIES.values()
    for sent in (request.GET, request.POST):
        for name, values in sent.lists():
            yield name
            yield from values
