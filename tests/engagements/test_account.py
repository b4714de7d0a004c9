"""One's own account: name, roles, time zone, password; and the page of components for developers."""

import pytest
from django.urls import reverse

from tests import factories as make

HOURS = {"morning_at": "08:00", "quiet_from": "19:00", "quiet_until": "07:00"}


@pytest.fixture
def url():
    return reverse("account")


def test_signing_in_comes_first(client, url, db):
    assert client.get(url).status_code == 302


def test_it_says_who_one_is_and_in_which_roles(client, url, owner):
    make.AssignmentFactory(user=owner, tenant=make.TenantFactory())
    make.AssignmentFactory(user=owner, tenant=None, customer=make.CustomerFactory())
    client.force_login(owner)
    html = client.get(url).content.decode()
    assert "Ana" in html
    assert "2 tenants and 1 customer" in html
    assert "FastTrack Manager" in html
    assert reverse("account_change_password") in html


def test_somebody_without_work_is_told_so(client, url, stranger):
    client.force_login(stranger)
    assert "Assigned nowhere yet" in client.get(url).content.decode()


def test_a_time_zone_is_kept(client, url, owner):
    client.force_login(owner)
    assert client.post(url, {**HOURS, "time_zone": "Europe/Lisbon"}).status_code == 302
    owner.refresh_from_db()
    assert owner.time_zone == "Europe/Lisbon"


def test_an_unknown_time_zone_is_refused_beside_its_field(client, url, owner):
    client.force_login(owner)
    response = client.post(url, {**HOURS, "time_zone": "Mars/Olympus"})
    assert response.status_code == 422
    assert 'id="id_time_zone_error"' in response.content.decode()
    owner.refresh_from_db()
    assert owner.time_zone == "UTC"


def test_nothing_but_the_hours_can_be_changed(client, url, owner):
    client.force_login(owner)
    client.post(url, {**HOURS, "time_zone": "Europe/Lisbon", "is_superuser": "on", "first_name": "Eve"})
    owner.refresh_from_db()
    assert not owner.is_superuser
    assert owner.first_name == "Ana"


def test_a_zone_that_is_not_on_the_list_stays_ones_own(client, url, owner):
    owner.time_zone = "EST5EDT"
    owner.save()
    client.force_login(owner)
    assert client.post(url, {**HOURS, "time_zone": "EST5EDT"}).status_code == 302


def test_components_are_for_developers_only(client, owner, settings):
    client.force_login(owner)
    settings.DEBUG = False
    assert client.get(reverse("components")).status_code == 404
    settings.DEBUG = True
    assert client.get(reverse("components")).status_code == 200
