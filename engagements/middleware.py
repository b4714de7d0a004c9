"""What every request has around it: the reader's own clock (DESIGN §6), and a row in the audit log for each file."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from engagements.services import downloads
from fasttrack.middleware import is_attachment


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


class DownloadAuditMiddleware:
    """Every file that leaves the desk is in the audit log before its first byte is sent, whichever view made it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if is_attachment(answer) and request.method != "HEAD":
            user = request.user if request.user.is_authenticated else None
            downloads.record_download(request.resolver_match, request.GET, by=user)
        return answer
