"""What a supervisor hears from /healthz and /readyz."""

import pytest
from django.db import OperationalError
from django.urls import reverse

from fasttrack import health


@pytest.fixture
def database_down(monkeypatch):
    def refuse():
        raise OperationalError("connection to server at db.internal failed for user desk")

    monkeypatch.setitem(health.PARTS, "database", refuse)


@pytest.fixture
def broker_down(monkeypatch, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"


def test_the_addresses_have_no_slash_at_the_end():
    assert (reverse("healthz"), reverse("readyz")) == ("/healthz", "/readyz")


def test_alive_is_answered_to_anybody_without_the_database(client):
    answer = client.get("/healthz")  # pytest-django refuses any query here
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.django_db
def test_ready_is_answered_to_anybody_when_database_and_broker_answer(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_missing_broker_is_named(client, broker_down):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["message"] == "Not ready: the broker does not answer."


def test_a_missing_database_is_named_and_nothing_of_it_is_told(client, database_down):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["message"] == "Not ready: the database does not answer."
    assert "db.internal" not in answer.content.decode()


def test_both_missing_are_named_in_one_sentence(client, database_down, broker_down):
    answer = client.get("/readyz")
    assert answer.json()["down"] == ["database", "broker"]
    assert answer.json()["message"] == "Not ready: the database and the broker do not answer."


def test_alive_stays_alive_when_everything_is_down(client, database_down, broker_down):
    assert client.get("/healthz").status_code == 200


def test_a_queue_folder_that_is_gone_counts_as_a_missing_broker(client, database_down, settings, tmp_path):
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "gone")}
    assert client.get("/readyz").json()["down"] == ["database", "broker"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_asked_never_posted(client, path):
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path, status", [("/healthz", 200), ("/readyz", 503)])
def test_a_signed_in_browser_is_answered_too_while_its_session_cannot_be_read(client, database_down, path, status):
    client.cookies["sessionid"] = "of-somebody-who-signed-in-before"
    assert client.get(path).status_code == status  # pytest-django refuses any query here
