"""What is settled before any page is asked: who must sign in first, and which requests are refused."""

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest

NUL = "\x00"


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """Every address asks for signing in, except views marked ``login_not_required``.

    For those the session is not even read: /readyz must answer while the database does not.
    """

    def process_view(self, request, view_func, view_args, view_kwargs):
        if getattr(view_func, "login_required", True):
            return super().process_view(request, view_func, view_args, view_kwargs)
        return None


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
