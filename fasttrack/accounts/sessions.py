"""Where people are signed in: the rows that django-allauth keeps beside Django's own sessions."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare


def live_sessions(user: AbstractUser) -> list[UserSession]:
    """The sessions in which somebody is signed in, the latest first, in two queries however many there are.

    Those that are over and those of an earlier password are left out: they open nothing any more.
    """
    rows = list(UserSession.objects.filter(user_id=user.pk).order_by("-created_at", "-pk"))
    keys = [row.session_key for row in rows]
    alive = {
        session.session_key
        for session in Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
        if constant_time_compare(session.get_decoded().get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    }
    return [row for row in rows if row.session_key in alive]


def list_this_session(request: HttpRequest) -> None:
    """Adds the session of the request to the list, should it be missing there (one that is older than the list)."""
    if not UserSession.objects.filter(session_key=request.session.session_key).exists():
        UserSession.objects.create_from_request(request)


def forget_ended_sessions() -> int:
    """Deletes the rows, with address and browser, whose session is gone; returns how many."""
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    count, _ = UserSession.objects.filter(~Exists(session)).delete()
    return count
