"""Log lines say to which request or job they belong, and keep names, addresses and tokens to themselves."""

import io
import json
import logging

import pytest
import structlog
from django.urls import reverse

from engagements.jobs import send_due_reminders
from engagements.services import calendars
from fasttrack import logs
from tests import factories as make


@pytest.fixture
def lines():
    """What production would write, as it is written from here on."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.formatter(as_json=True))
    root = logging.getLogger()
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.mark.django_db
def test_a_request_is_one_line_and_its_answer_names_it(client, owner, engagement, lines):
    client.force_login(owner)
    answer = client.get(engagement.get_absolute_url())
    (line,) = [one for one in lines() if one["event"] == "request"]
    assert line["request_id"] == answer["X-Request-ID"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/engagements/<int:pk>/", 200)
    assert line["user"] == owner.pk
    assert owner.username not in json.dumps(line)
    assert line["ms"] >= 0


@pytest.mark.django_db
def test_two_requests_have_two_ids_and_none_is_left_behind(client):
    first, second = (client.get(reverse("account_login"))["X-Request-ID"] for _ in range(2))
    assert first != second
    assert "request_id" not in structlog.contextvars.get_contextvars()


def test_an_id_that_somebody_sends_is_not_taken_over(client, db):
    assert client.get(reverse("account_login"), headers={"X-Request-ID": "evil"})["X-Request-ID"] != "evil"


def test_what_is_asked_every_few_seconds_is_not_told(client, lines):
    client.get("/healthz")
    assert lines() == []


@pytest.mark.django_db
@pytest.mark.parametrize("opens", [True, False])
def test_the_token_of_a_calendar_is_in_no_line(client, owner, lines, opens):
    token = calendars.renew(person=owner) if opens else "a-wrong-token"
    answer = client.get(reverse("calendar_feed", args=[token]))
    assert answer.status_code == (200 if opens else 404)
    said = json.dumps(lines(), ensure_ascii=False)
    assert "/calendar/<str:token>.ics" in said
    assert token not in said
    assert {line["request_id"] for line in lines()} == {answer["X-Request-ID"]}


@pytest.mark.django_db
def test_a_line_of_a_job_carries_its_id_and_that_of_the_request(lines):
    send_due_reminders.apply(task_id="job-7", headers={})
    found = {line["event"]: line for line in lines()}
    assert found["round"]["job_id"] == found["job"]["job_id"] == "job-7"
    assert found["round"]["job"] == "engagements.jobs.send_due_reminders"
    assert found["job"]["state"] == "SUCCESS"
    assert "job_id" not in structlog.contextvars.get_contextvars()


def test_a_job_that_a_request_starts_carries_the_id_of_the_request():
    headers = {}
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        logs.pass_request_on(headers=headers)
    assert headers == {"request_id": "r-1"}
    logs.pass_request_on(headers=(none := {}))
    assert none == {}


@pytest.mark.django_db
def test_addresses_are_in_no_line_whoever_writes_it(lines):
    logging.getLogger("some.library").error("refused by %s for ana.silva+x@contoso.co.uk", "mx")
    try:
        raise ValueError("no box priya@example.com")
    except ValueError:
        logging.getLogger("some.library").exception("It failed")
    structlog.get_logger("desk.reminders").warning("set aside", reason="550 to ana@example.com")
    said = json.dumps(lines(), ensure_ascii=False)
    assert said.count("…@…") == 4  # once in the line of code that raised
    assert "example.com" not in said
    assert "contoso" not in said
    assert "ValueError" in said


@pytest.mark.django_db
def test_what_a_round_says_of_people_is_their_number(engagement, owner, lines):
    make.NextActionFactory(engagement=engagement, owner=owner, text="Call Priya Raman")
    send_due_reminders.apply()
    said = json.dumps(lines())
    assert "Priya" not in said
    assert owner.email not in said


def test_people_read_the_same_in_words(lines):
    record = logging.LogRecord("desk", logging.INFO, "", 1, "Hello %s", ("there",), None)
    said = logs.formatter(as_json=False).format(record)
    assert "Hello there" in said
    assert not said.startswith("{")
