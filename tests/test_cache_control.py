"""Who may keep an answer: no cache on the way keeps what somebody signed in for, and nobody keeps an export."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.test_access import EXPECTED, NAMES, address

IS_READ = sorted(name for name in NAMES if (name, "GET") in EXPECTED)
FOR_EVERYONE = {"healthz", "readyz", "login", "calendar_feed"}


def kept_by(answer) -> set[str]:
    return {word.strip() for word in answer["Cache-Control"].split(",")}


@pytest.mark.django_db
@pytest.mark.parametrize("name", IS_READ)
def test_no_answer_for_somebody_signed_in_is_kept_on_the_way(name, scene, client, owner, manager):
    for person in (owner, manager):
        client.force_login(person)
        answer = client.get(address(name, scene))
        if name in FOR_EVERYONE:
            assert "public" not in answer.get("Cache-Control", "")
            continue
        assert "private" in kept_by(answer), answer.status_code
        if "attachment" in answer.get("Content-Disposition", ""):
            assert kept_by(answer) == {"private", "no-store"}


@pytest.mark.django_db
def test_every_list_of_the_admin_is_private(client, admin_user):
    client.force_login(admin_user)
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert "private" in kept_by(client.get(url)), url


@pytest.mark.django_db
def test_an_address_that_is_not_there_and_a_redirect_are_private_too(client, owner):
    client.force_login(owner)
    assert "private" in kept_by(client.get("/no/such/page/"))
    assert "private" in kept_by(client.post(reverse("calendar_address"), {"do": "revoke"}))
