"""Where signing in differs from what django-allauth does by itself."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import AbstractUser
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from engagements.outgoing_mail import HEADERS
from fasttrack.accounts.addresses import address_of
from fasttrack.accounts.known_browsers import remember_browser
from fasttrack.throttling import one_attempt_at_a_time

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104 - the column is not nullable; pages say "unknown"
WRONG = "The user name or password is wrong. Both are case-sensitive."


class DeskAccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": WRONG,
        "enter_current_password": "This is not your current password.",
        "incorrect_password": "This is not your password.",
        "too_many_login_attempts": "Too many attempts. Try again in a few minutes.",
        "rate_limited": "Too many attempts. Try again in a few minutes.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: administrators make the accounts."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return address_of(request) or UNKNOWN_ADDRESS

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts nothing: allauth would count by name alone, with which strangers could lock a colleague out."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractUser | None:
        with one_attempt_at_a_time(request, credentials):
            return super().authenticate(request, **credentials)

    def post_login(self, request: HttpRequest, user: AbstractUser, **more: Any) -> HttpResponse:
        response = super().post_login(request, user, **more)
        remember_browser(request, response, user)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def render_mail(
        self, template_prefix: str, email: str | list[str], context: dict[str, Any], headers: dict | None = None
    ) -> EmailMessage:
        return super().render_mail(template_prefix, email, context, HEADERS | (headers or {}))
