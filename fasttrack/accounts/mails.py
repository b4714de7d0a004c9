"""The mail with which somebody sets a new password."""

import css_inline
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from engagements.outgoing_mail import desk_mail


def people_with_address(address: str) -> list[AbstractUser]:
    """Who may set a new password by mail to that address: active people who have a password to forget."""
    found = get_user_model().objects.filter(email__iexact=address, is_active=True).order_by("pk")
    # The database's idea of "the same in capitals" is wider than ours: "ı" is no "i" in a mail address.
    return [user for user in found if user.email.lower() == address.lower() and user.has_usable_password()]


def password_reset_mail(user: AbstractUser, *, names_user: bool) -> EmailMultiAlternatives:
    """The mail with the link; it goes to the address that the account has, not to the one that was typed."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    context = {
        "heading": "Set a new password",
        "url": settings.SITE_URL.rstrip("/") + path,
        "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
        "username": user.get_username() if names_user else "",
    }
    page = css_inline.inline(render_to_string("mail/password_reset.html", context), load_remote_stylesheets=False)
    text = render_to_string("mail/password_reset.txt", context)
    return desk_mail("Set a new password for FastTrack Desk", text, [user.email], html=page)


def send_password_reset(address: str) -> int:
    """Mails a link to everybody with that address; returns to how many. Where people share it, each is named."""
    people = people_with_address(address)
    for user in people:
        password_reset_mail(user, names_user=len(people) > 1).send()
    return len(people)
