"""How wrong passwords are counted (django-axes), and what is answered when there were too many.

Failures count by name and address, with a narrow limit, and by address alone with a wide one, because offices share
an address. In a browser where that name signed in before they count by themselves, so that nobody else can use up
what is left there. Whatever checks a password asks ``fasttrack.accounts.adapter``, and so is counted here.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_user_agent, get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from fasttrack.accounts.addresses import address_of, counted_network
from fasttrack.accounts.known_browsers import fold_name, known_browser

LONGEST = 255  # what the table of attempts holds
MAIL_LIMITS_LAST = 15 * 60  # seconds; the longest window of ACCOUNT_RATE_LIMITS that a form can run into


def name_tried(request: HttpRequest, credentials: dict | None = None) -> str:
    """The user name of an attempt, as it is counted. Longer names are nobody's: their beginning is counted."""
    name = (credentials or {}).get("username") or request.POST.get("login") or ""
    return fold_name(name)[:LONGEST]


def counted_address(request: HttpRequest) -> str | None:
    """The address of an attempt, as it is counted."""
    return counted_network(address_of(request))


@dataclass
class Counter:
    """Attempts that are counted together, and how many failures they may hold."""

    attempts: QuerySet[AccessAttempt]
    limit: int

    def failures(self) -> int:
        return self.attempts.aggregate(Sum("failures_since_start"))["failures_since_start__sum"] or 0

    def full_until(self) -> datetime | None:
        """When so many of the attempts are over that the limit is no longer reached; None where it is not."""
        failures = 0
        for at, more in self.attempts.order_by("-attempt_time").values_list("attempt_time", "failures_since_start"):
            failures += more
            if failures >= self.limit:
                return at + get_cool_off()
        return None


class SignInAttempts(AxesDatabaseHandler):
    """Axes' table of failures, counted by the rules of this module."""

    def counters(self, request: HttpRequest, credentials: dict | None = None) -> list[Counter]:
        """What the attempt counts to; in a known browser that is the browser alone."""
        (own,) = self.get_user_attempts(request, credentials)
        found = [Counter(own, settings.AXES_FAILURE_LIMIT)]
        is_known = known_browser(request, name_tried(request, credentials)) is not None
        if settings.SIGN_IN_FAILURES_PER_ADDRESS > 0 and not is_known:
            since = request.axes_attempt_time - get_cool_off()
            nearby = AccessAttempt.objects.filter(ip_address=request.axes_ip_address, attempt_time__gte=since)
            found.append(Counter(nearby, settings.SIGN_IN_FAILURES_PER_ADDRESS))
        return found

    def filter_user_attempts(self, request: HttpRequest, credentials: dict | None = None) -> list[QuerySet]:
        name = name_tried(request, credentials)
        browser = known_browser(request, name)
        # Axes keeps a row per name, address and user agent: a known browser stands in the place of the last.
        request.axes_user_agent = browser or get_client_user_agent(request)
        by = {"user_agent": browser} if browser else {"ip_address": request.axes_ip_address}
        return [AccessAttempt.objects.filter(username=name, **by)]

    def get_failures(self, request: HttpRequest, credentials: dict | None = None) -> int:
        """How full the fullest counter is, in units of ``AXES_FAILURE_LIMIT``, which Axes compares it with."""
        unit = settings.AXES_FAILURE_LIMIT
        return max(counter.failures() * unit // counter.limit for counter in self.counters(request, credentials))

    def user_login_failed(self, sender, credentials: dict, request: HttpRequest | None = None, **more) -> None:
        if request is not None:
            self.filter_user_attempts(request, credentials)
        super().user_login_failed(sender, credentials, request, **more)


@contextmanager
def one_attempt_at_a_time(request: HttpRequest, credentials: dict) -> Iterator[None]:
    """Lets attempts that count together check their passwords one after the other, each knowing the last one's end.

    Otherwise as many wrong passwords as there are workers would be tried before the first of them is counted.
    SQLite has one writer anyway.
    """
    name = name_tried(request, credentials)
    counted_with = known_browser(request, name) or counted_address(request)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            key = blake2b(f"sign-in\n{counted_with}\n{name}".encode(), digest_size=8).digest()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(key, signed=True)])
        yield


def forget_failures(request: HttpRequest, user: AbstractUser) -> None:
    """Lets somebody who proved who they are in another way try again here."""
    AxesProxyHandler.update_request(request)
    SignInAttempts().reset_user_attempts(request, {"username": user.get_username()})


def locked(request: HttpRequest, original: HttpResponse | None = None, credentials: dict | None = None) -> HttpResponse:
    """The page of too many wrong passwords: 429, and when to try again."""
    counters = SignInAttempts().counters(request, credentials)
    ends = max(filter(None, (counter.full_until() for counter in counters)), default=timezone.now())
    return wait_page(request, seconds=math.ceil((ends - timezone.now()).total_seconds()), passwords=True)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """The page where allauth's own limits are reached, such as that of mails to reset a password."""
    return wait_page(request, seconds=MAIL_LIMITS_LAST, passwords=False)


def wait_page(request: HttpRequest, *, seconds: int, passwords: bool) -> HttpResponse:
    seconds = max(1, seconds)
    context = {"minutes": math.ceil(seconds / 60), "passwords": passwords}
    answer = render(request, "registration/locked.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    answer["Cache-Control"] = "no-store"
    return answer
