"""Undo takes one's own last change back, for a minute, while nobody went on from it."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from engagements.models import Event
from engagements.services import customers

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def change(engagement, owner, clock) -> Event:
    """The owner says by mistake that nobody looks after the account."""
    customers.set_account_managed(customer=engagement.tenant.customer, managed=True, by=owner)
    customers.set_account_managed(customer=engagement.tenant.customer, managed=False, by=owner)
    return Event.objects.latest("pk")


def managed(engagement) -> bool | None:
    customer = engagement.tenant.customer
    customer.refresh_from_db()
    return customer.account_managed


def undo(client, event: Event, **kw):
    return client.post(reverse("event_undo", args=[event.pk]), **kw)


def test_it_puts_back_what_was_there_and_tells_it(client, owner, engagement, change):
    client.force_login(owner)

    answer = undo(client, change, headers={"HX-Request": "true"})

    assert answer.headers["HX-Refresh"] == "true"
    assert managed(engagement) is True
    assert Event.objects.latest("pk").after == {"managed": True}


def test_after_a_minute_it_is_too_late(client, owner, engagement, change, clock):
    client.force_login(owner)
    clock.shift(dt.timedelta(seconds=61))

    page = undo(client, change, follow=True)

    assert "It is too late to undo this." in page.content.decode()
    assert managed(engagement) is False


def test_what_somebody_went_on_from_stays(client, owner, colleague, engagement, change):
    customers.set_account_managed(customer=engagement.tenant.customer, managed=None, by=colleague)
    client.force_login(owner)

    page = undo(client, change, follow=True)

    assert "changed again in between" in page.content.decode()
    assert managed(engagement) is None


def test_nobody_undoes_what_a_colleague_did(client, colleague, engagement, change):
    client.force_login(colleague)

    assert undo(client, change).status_code == 404
    assert managed(engagement) is False


def test_who_lost_the_assignment_undoes_nothing_any_more(client, owner, engagement, change):
    owner.assignments.all().delete()
    client.force_login(owner)

    assert undo(client, change).status_code == 404


def test_what_has_no_way_back_says_so(client, owner, engagement, change):
    Event.objects.filter(pk=change.pk).update(object="note:1")
    client.force_login(owner)

    assert "cannot be undone" in undo(client, change, follow=True).content.decode()
