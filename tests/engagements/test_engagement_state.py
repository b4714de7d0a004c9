"""Parking, resuming, closing and reopening: with a reason, by those who may, never hindered by open steps."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from engagements.models import Engagement
from playbook.compiled import forget_compiled
from tests import factories as make

TODAY = timezone.localdate()
LATER = TODAY + dt.timedelta(14)


@pytest.fixture
def url(engagement):
    return reverse("engagement_state", args=[engagement.pk])


@pytest.fixture
def step(engagement):
    process = make.ProcessFactory(edition=engagement.edition, slug="acm", title="Talk about adoption")
    step = make.StepFactory(process=process, title="Meet the customer")
    make.RequirementFactory(
        process=process, step=None, section="key_output", text="The customer knows the way", checks=["attest"]
    )
    return step


@pytest.fixture
def post(client, url):
    def send(user, do, **values):
        client.force_login(user)
        return client.post(url, {"do": do, **values})

    return send


def close(engagement):
    Engagement.objects.filter(pk=engagement.pk).update(status="closed", closed_on=TODAY, outcome="Done")


def test_a_stranger_gets_404_and_a_reader_reads_without_controls(client, url, stranger, leader, step):
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    client.force_login(leader)
    html = client.get(url).content.decode()
    assert "You may read this engagement" in html
    assert 'name="do"' not in html


@pytest.mark.parametrize("do", ["park", "resume", "reopen", "moved", "looked"])
def test_a_reader_who_posts_gets_403(post, leader, engagement, do):
    assert post(leader, do, until=LATER, why="x", outcome="x").status_code == 403
    engagement.refresh_from_db()
    assert engagement.status == "open"


def test_parking_keeps_until_and_why(post, owner, engagement):
    response = post(owner, "park", until=LATER.isoformat(), why="Waits for budget")
    assert response.url == engagement.get_absolute_url()
    engagement.refresh_from_db()
    assert (engagement.status, engagement.parked_until, engagement.parked_reason) == (
        "parked",
        LATER,
        "Waits for budget",
    )


def test_a_day_that_is_over_is_refused_beside_its_field_and_the_text_is_kept(post, owner, engagement):
    response = post(owner, "park", until=TODAY.isoformat(), why="Waits for budget")
    assert response.status_code == 422
    html = response.content.decode()
    assert "Park until a day after today." in html
    assert 'id="id_until_error"' in html
    assert "Waits for budget" in html


def test_nothing_given_is_refused(post, owner, engagement):
    assert post(owner, "park").status_code == 422


def test_a_parked_one_is_resumed(post, owner, engagement):
    Engagement.objects.update(status="parked", parked_until=LATER, parked_reason="Budget")
    assert post(owner, "resume").status_code == 302
    engagement.refresh_from_db()
    assert (engagement.status, engagement.parked_until) == ("open", None)


def test_an_open_one_cannot_be_resumed_or_reopened(post, owner, engagement):
    assert post(owner, "resume").status_code == 403
    assert post(owner, "reopen", why="x").status_code == 403
    assert post(owner, "vanish").status_code == 403


def test_it_says_what_the_engagement_runs_and_leads_to_changing_it(client, url, owner, leader, engagement):
    client.force_login(owner)
    page = client.get(url)
    assert page.context["runs"]["motions"] == "RFA"
    assert page.context["runs"]["services"] == "Exchange, Teams"
    for name in ("engagement_scope", "engagement_closing"):
        assert f'href="{reverse(name, args=[engagement.pk])}"' in page.content.decode()
    client.force_login(leader)
    assert reverse("engagement_scope", args=[engagement.pk]) not in client.get(url).content.decode()


def test_a_closed_one_is_reopened_with_a_reason_by_those_who_worked_there(client, url, post, owner, leader, engagement):
    close(engagement)
    assert post(leader, "reopen", why="Mistake").status_code == 403
    assert post(owner, "park", until=LATER, why="x").status_code == 403
    assert post(owner, "reopen", why=" ").status_code == 422
    assert post(owner, "reopen", why="The customer came back").status_code == 302
    engagement.refresh_from_db()
    assert engagement.status == "open"


def test_one_filled_button_in_every_state(client, url, owner, engagement):
    client.force_login(owner)
    assert client.get(url).content.decode().count("b-main") == 1
    Engagement.objects.update(status="parked", parked_until=LATER, parked_reason="Budget")
    assert client.get(url).content.decode().count("b-main") == 1
    close(engagement)
    assert client.get(url).content.decode().count("b-main") == 1


def test_an_open_key_output_is_confirmed_from_here_and_leads_back(client, url, engagement, owner, leader, step):
    client.force_login(leader)
    assert "Confirm" not in client.get(url).content.decode()
    client.force_login(owner)
    confirm = client.get(url).context["key_outputs"][0]["fix"]
    assert confirm["label"] == "Confirm"
    assert client.get(confirm["url"]).context["back"] == url
    assert client.post(confirm["url"], {"text": "Said so in the last call"}).url == url
    assert client.get(url).context["key_outputs"] == []


def test_a_partner_neither_reads_nor_confirms_the_key_outputs_of_a_page_for_microsoft_staff(
    client, url, engagement, owner, partner, step
):
    client.force_login(owner)
    confirm = client.get(url).context["key_outputs"][0]["fix"]["url"]
    client.force_login(partner)
    assert "The customer knows the way" not in client.get(url).content.decode()
    assert client.post(confirm, {"text": "It holds"}).status_code == 403
    step.process.audience = "partner"
    step.process.save()
    forget_compiled()
    assert "The customer knows the way" in client.get(url).content.decode()
    assert client.post(confirm, {"text": "It holds"}).status_code == 302
