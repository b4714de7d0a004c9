"""Two people who press Save at the same moment in the admin: one writes, the other is shown what was written."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from engagements.models import User
from engagements.services import people
from tests import factories as make
from tests.admin_forms import form_fields

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer, and tests one connection to it"),
]
TIMES = 6


def together(*doings):
    """What each of them returned, all started at the same moment."""
    gate, answers = threading.Barrier(len(doings)), [None] * len(doings)

    def run(at, do):
        try:
            connection.ensure_connection()
            gate.wait(timeout=10)
            answers[at] = do()
        except Exception as error:  # noqa: BLE001 - the test compares it
            answers[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return answers


def browsers():
    for name in ("ada", "bea"):
        browser = Client()
        browser.force_login(make.UserFactory(username=name, is_staff=True, is_superuser=True))
        yield browser


def test_of_two_saves_at_once_one_is_refused_and_nothing_is_lost():
    edition = make.EditionFactory(status="draft")
    first, second = browsers()
    for turn in range(TIMES):
        step = make.StepFactory(process__edition=edition, guidance="Before")
        url = reverse("admin:playbook_step_change", args=[step.pk])
        mine, hers = form_fields(first.get(url)), form_fields(second.get(url))
        answers = together(
            lambda url=url, data=mine | {"guidance": "Mine"}: first.post(url, data).status_code,
            lambda url=url, data=hers | {"cadence": "Weekly"}: second.post(url, data).status_code,
        )
        step.refresh_from_db()
        assert sorted(answers) == [200, 302], turn
        saved = (
            {"guidance": "Mine", "cadence": ""} if answers[0] == 302 else {"guidance": "Before", "cadence": "Weekly"}
        )
        assert {"guidance": step.guidance, "cadence": step.cadence} == saved


def test_a_line_on_its_own_page_and_on_that_of_its_step_is_not_overwritten():
    edition = make.EditionFactory(status="draft")
    first, second = browsers()
    for _ in range(TIMES):
        line = make.RequirementFactory(step=make.StepFactory(process__edition=edition), text="Before")
        above = reverse("admin:playbook_step_change", args=[line.step_id])
        own = reverse("admin:playbook_requirement_change", args=[line.pk])
        mine, hers = form_fields(first.get(above)), form_fields(second.get(own))
        answers = together(
            lambda url=above, data=mine | {"requirements-0-text": "Mine"}: first.post(url, data).status_code,
            lambda url=own, data=hers | {"text": "Hers"}: second.post(url, data).status_code,
        )
        line.refresh_from_db()
        assert sorted(answers) == [200, 302]
        assert line.text == ("Mine" if answers[0] == 302 else "Hers")


def test_two_superusers_do_not_deactivate_each_other_at_once():
    for _ in range(TIMES):
        User.objects.all().update(is_superuser=False)
        one, two = (make.UserFactory(is_staff=True, is_superuser=True) for _ in range(2))
        together(
            lambda one=one, two=two: people.deactivate(user_ids=[two.pk], by=one),
            lambda one=one, two=two: people.deactivate(user_ids=[one.pk], by=two),
        )
        assert User.objects.filter(is_superuser=True, is_active=True).count() == 1
