"""Key outputs that no record can tell are confirmed by a person, and mark the exit of their process only."""

import pytest
from django.urls import reverse

from engagements.models import Confirmation, Event
from tests import factories as make


@pytest.fixture
def line(engagement):
    step = make.StepFactory(process__edition=engagement.edition)
    return make.RequirementFactory(
        step=None, process=step.process, section="key_output", text="The customer knows how to go on", checks=["attest"]
    )


def url(engagement, line):
    return reverse("key_output_confirm", args=[engagement.pk, line.pk])


def test_a_person_confirms_in_words_and_the_exit_holds(client, engagement, owner, line):
    client.force_login(owner)
    workspace = client.get(engagement.get_absolute_url()).content.decode()
    assert "Key outputs: 0 of 1 hold, 1 to be confirmed" in workspace
    assert url(engagement, line) in workspace
    client.post(url(engagement, line), {"text": "Said so in the last call"})
    assert "Key outputs: 1 of 1 hold" in client.get(engagement.get_absolute_url()).content.decode()
    assert Event.objects.filter(verb="confirmed", actor=owner).exists()


def test_it_needs_words(client, engagement, owner, line):
    client.force_login(owner)
    assert client.post(url(engagement, line), {"text": " "}).status_code == 422
    assert not Confirmation.objects.exists()


def test_readers_and_strangers_confirm_nothing(client, engagement, leader, stranger, line):
    for user, answer in ((leader, 403), (stranger, 404)):
        client.force_login(user)
        assert client.post(url(engagement, line), {"text": "It holds"}).status_code == answer


def test_what_the_records_answer_is_not_for_a_person(client, engagement, owner, line):
    line.checks = ["dibs"]
    line.save()
    client.force_login(owner)
    assert client.get(url(engagement, line)).status_code == 404


def test_a_person_may_confirm_beside_a_record(client, engagement, owner, line):
    line.checks = ["dibs", "attest"]
    line.save()
    client.force_login(owner)
    assert client.get(url(engagement, line)).status_code == 200
