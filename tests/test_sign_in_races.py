"""Many wrong passwords at the same moment: hardly more of them are tried than the limit allows."""

import threading

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client

from engagements import backends
from tests import factories as make

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer, and tests one connection to it"),
]


@pytest.fixture
def tried(monkeypatch):
    """The names whose passwords were looked at."""
    names, real = [], backends.DeskBackend.authenticate

    def authenticate(self, request, username=None, password=None, **more):
        names.append(username)
        return real(self, request, username=username, password=password, **more)

    monkeypatch.setattr(backends.DeskBackend, "authenticate", authenticate)
    return names


def at_once(names: list[str]) -> list[int]:
    """What each attempt was answered with; all begin at the same moment, from one address."""
    gate, answers = threading.Barrier(len(names)), [None] * len(names)

    def run(at: int, name: str) -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=20)
            answers[at] = Client().post("/accounts/login/", {"login": name, "password": "wrong"}).status_code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def test_of_twenty_wrong_passwords_at_once_five_are_tried(tried, settings):
    make.UserFactory(username="ana")
    answers = at_once(["ana"] * 20)
    assert tried == ["ana"] * settings.AXES_FAILURE_LIMIT
    assert sorted(answers) == [200] * 4 + [429] * 16
    (row,) = AccessAttempt.objects.all()
    assert row.failures_since_start == settings.AXES_FAILURE_LIMIT


def test_twenty_names_at_once_are_all_counted_for_their_address(tried, settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 20
    at_once([f"name{number}" for number in range(20)])
    assert sum(AccessAttempt.objects.values_list("failures_since_start", flat=True)) == len(tried) >= 19
    assert at_once(["another"]) == [429]
