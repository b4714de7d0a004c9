"""Browsers that people signed in with before: a signed cookie says whose, so that strangers cannot lock them out.

The cookie holds a random number of the browser and a digest of each name that signed in there. It opens nothing:
a password that is wrong is wrong. It only decides under what a failure is counted (``fasttrack.throttling``).
"""

import secrets
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "known_browser"
SALT = "fasttrack.accounts.known_browsers"
KEPT_FOR = 90 * 24 * 60 * 60  # seconds since the last sign-in
MOST_NAMES = 8


def fold_name(name: str) -> str:
    """A user name as it is counted: spellings that may sign in as one person fold to one name."""
    return name.strip().lower()


def remember_browser(request: HttpRequest, response: HttpResponse, user: AbstractUser) -> None:
    """Sets the cookie on the answer to a sign-in; other people who use the browser stay in it."""
    number, digests = _read(request)
    mine = _digest(user.get_username())
    kept = [mine, *(digest for digest in digests if digest != mine)][:MOST_NAMES]
    response.set_signed_cookie(
        COOKIE,
        ".".join([number or secrets.token_urlsafe(16), *kept]),
        salt=SALT,
        max_age=KEPT_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_browser(request: HttpRequest, name: str) -> str | None:
    """A label for the browser where that name signed in before, else None. It cannot be turned into a cookie."""
    number, digests = _read(request)
    if not number or _digest(name) not in digests:
        return None
    return f"known browser {sha256(number.encode()).hexdigest()[:16]}"


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    value = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=KEPT_FOR)
    number, *digests = value.split(".")
    return number, digests


def _digest(name: str) -> str:
    return salted_hmac(SALT, fold_name(name), algorithm="sha256").hexdigest()[:20]
