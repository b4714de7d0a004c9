"""Products that compete: noted, qualified, told; one line each (DOMAIN §3.1)."""

import json

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from engagements.models import CompeteSignal, Event
from engagements.services import customer_record
from tests import factories as make
from tests.engagements.test_customer_detail import text


@pytest.fixture
def customer(engagement):
    return engagement.tenant.customer


@pytest.fixture
def keeper(client, owner, customer):
    make.AssignmentFactory(user=owner, tenant=None, customer=customer)
    client.force_login(owner)
    return owner


@pytest.fixture
def send(client, customer):
    def post(**data):
        return client.post(reverse("customer_compete", args=[customer.pk]), data)

    return post


@pytest.fixture
def slack(customer):
    return make.CompeteSignalFactory(customer=customer, product="Slack")


def undo(client):
    client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))


def test_a_product_is_added_and_asked_about_until_it_is_qualified(client, keeper, customer, send):
    send(product="Slack", validity="to-qualify")
    slack = CompeteSignal.objects.get()
    assert "Is Slack in use?" in text(client.get(customer.get_absolute_url()))
    send(signal=slack.pk, product="Slack", validity="in-use", insight="Paid for until March.")
    shown = text(client.get(customer.get_absolute_url()))
    assert "Is Slack in use?" not in shown
    assert "Slack Paid for until March. In use" in shown


def test_a_product_stands_once_however_it_is_capitalised(keeper, send, slack, customer):
    answer = send(product=" SLACK ", validity="in-use")
    assert answer.status_code == 422
    assert "SLACK is listed already. Qualify it there." in text(answer)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.CompeteSignalFactory(customer=customer, product="sLACK")


def test_a_product_needs_its_name(keeper, send):
    answer = send(product=" ", validity="in-use", insight="Somebody said so")
    assert answer.status_code == 422
    assert "Name the product." in text(answer)
    assert "Somebody said so" in text(answer)


def test_each_change_can_be_undone(client, keeper, send, slack):
    send(product="Zoom", validity="in-use")
    undo(client)
    assert list(CompeteSignal.objects.all()) == [slack]
    send(signal=slack.pk, product="Slack Grid", validity="in-use")
    undo(client)
    slack.refresh_from_db()
    assert (slack.product, slack.product_folded, slack.validity) == ("Slack", "slack", "to-qualify")
    send(signal=slack.pk, remove="1")
    assert not CompeteSignal.objects.exists()
    undo(client)
    assert CompeteSignal.objects.get().product == "Slack"


def test_who_left_the_name_as_it_was_keeps_the_name_of_a_colleague(keeper, send, slack, admin):
    customer_record.change_signal(signal=slack, by=admin, product="Slack Grid")
    seen = json.dumps({"product": "Slack", "validity": "to-qualify", "insight": ""})
    send(signal=slack.pk, product="Slack", validity="in-use", seen=seen)
    slack.refresh_from_db()
    assert (slack.product, slack.product_folded, slack.validity) == ("Slack Grid", "slack grid", "in-use")


def test_a_signal_of_another_customer_is_404(keeper, send):
    assert send(signal=make.CompeteSignalFactory().pk, product="X", validity="in-use").status_code == 404


def test_partners_read_neither_competitors_nor_the_mindset(client, keeper, partner, engagement, customer, send):
    send(product="Slack", validity="in-use")
    customer_record.change_customer(customer_id=customer.pk, by=keeper, mindset="averse", region="EMEA")
    client.force_login(partner)
    pages = [reverse(f"engagement_history{part}", args=[engagement.pk]) for part in ("", "_export")]
    for address in (customer.get_absolute_url(), *pages):
        answer = client.get(address)
        shown = b"".join(answer).decode() if answer.streaming else text(answer)
        assert "EMEA" in shown
        assert not [word for word in ("Slack", "Averse", "mindset") if word in shown]


def test_a_partner_who_works_for_the_whole_customer_keeps_neither(client, partner, customer, send):
    make.AssignmentFactory(user=partner, tenant=None, customer=customer)
    client.force_login(partner)
    assert send(product="Slack", validity="in-use").status_code == 403
    edit = reverse("customer_edit", args=[customer.pk, "perspective"])
    assert client.post(edit, {"mindset": "averse"}).status_code == 403
    assert b"form-perspective" not in client.get(customer.get_absolute_url(), {"edit": "perspective"}).content


def test_the_history_tells_it(client, keeper, engagement, send):
    send(product="Slack", validity="in-use")
    told = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "added a product that competes" in told
    assert "validity In use" in told
