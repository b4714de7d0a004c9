"""Signing in: who is let in, how wrong passwords are counted behind proxies, and what is said of too many."""

import datetime as dt

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from fasttrack.accounts.addresses import client_address, counted_network
from fasttrack.accounts.known_browsers import COOKIE
from tests import factories as make

PASSWORD = "a right password"
LOGIN = "/accounts/login/"
PROXY = "10.0.0.2"


@pytest.fixture
def ana(owner):
    owner.set_password(PASSWORD)
    owner.save()
    return owner


@pytest.fixture
def behind_a_proxy(settings):
    settings.TRUSTED_PROXIES = 1


def browser(address: str = "203.0.113.9", **headers) -> Client:
    """A new browser at that address, as one proxy passes it on."""
    return Client(REMOTE_ADDR=PROXY, headers={"X-Forwarded-For": address, **headers})


def attempt(client: Client, name: str, password: str = "wrong", **more):  # noqa: S107
    return client.post(LOGIN, {"login": name, "password": password}, **more)


def signed_in(name: str, address: str = "203.0.113.9") -> Client:
    """A browser in which somebody signed in and out again."""
    client = browser(address)
    assert attempt(client, name, PASSWORD).status_code == 302
    client.post(reverse("account_logout"))
    assert COOKIE in client.cookies
    return client


# Addresses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "remote, forwarded, proxies, address",
    [
        ("203.0.113.9", "", 0, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", 0, "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.2", "1.1.1.1, 198.51.100.1", 1, "198.51.100.1"),
        ("10.0.0.2", "1.1.1.1, 198.51.100.1, 10.0.0.1", 2, "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1", 2, "198.51.100.1"),
        ("10.0.0.2", "", 1, "10.0.0.2"),
        ("10.0.0.2", " , ", 1, "10.0.0.2"),
        ("10.0.0.2", "unknown", 1, "10.0.0.2"),
        ("10.0.0.2", "1.1.1.1, nonsense", 1, "10.0.0.2"),
        ("10.0.0.2", "198.51.100.1:4711", 1, "198.51.100.1"),
        ("10.0.0.2", "[2001:db8::1]:4711", 1, "2001:db8::1"),
        ("10.0.0.2", "2001:DB8:0::1", 1, "2001:db8::1"),
        ("::ffff:203.0.113.9", "", 0, "203.0.113.9"),
        ("fe80::1%eth0", "", 0, "fe80::1"),
        ("", "", 0, None),
        ("", "", 1, None),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_wrote(remote, forwarded, proxies, address):
    assert client_address(remote, forwarded, proxies) == address


@given(forged=st.text(max_size=60), proxies=st.integers(1, 3))
def test_nothing_that_a_client_writes_itself_changes_its_address(forged, proxies):
    passed_on = ", ".join(["198.51.100.7", *(f"10.0.0.{number}" for number in range(1, proxies))])
    assert client_address("10.0.0.9", f"{forged}, {passed_on}", proxies) == "198.51.100.7"


def test_an_ipv6_address_counts_with_its_network():
    assert counted_network("2001:db8:1:2:aaaa::1") == counted_network("2001:db8:1:2:bbbb::2") == "2001:db8:1:2::"
    assert counted_network("203.0.113.9") == "203.0.113.9"
    assert counted_network(None) is None


# Counting -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_behind_a_proxy_five_wrong_passwords_lock_the_name_at_that_address_only(ana):
    answers = [attempt(browser(), "ana") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert attempt(browser(), "ana", PASSWORD).status_code == 429
    assert attempt(browser("203.0.113.10"), "ana", PASSWORD).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_forged_headers_neither_free_a_guesser_nor_lock_somebody_else(ana):
    for number in range(6):
        answer = attempt(browser(f"198.51.100.{number}, 203.0.113.9"), "ana")
    assert answer.status_code == 429
    assert attempt(browser("198.51.100.1"), "ana", PASSWORD).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_forty_names_with_one_password_each_are_stopped_at_their_address(ana, settings):
    answers = [attempt(browser(), f"name{number}").status_code for number in range(40)]
    assert answers.index(429) == settings.SIGN_IN_FAILURES_PER_ADDRESS - 1
    assert set(answers[answers.index(429) :]) == {429}
    assert attempt(browser("203.0.113.10"), "ana", PASSWORD).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_an_office_that_mistypes_and_then_gets_in_is_not_stopped(settings):
    for number in range(settings.SIGN_IN_FAILURES_PER_ADDRESS + 5):
        user = make.UserFactory(username=f"colleague{number}")
        user.set_password(PASSWORD)
        user.save()
        assert attempt(browser(), user.username).status_code == 200
        assert attempt(browser(), user.username, PASSWORD).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_an_account_of_one_s_own_does_not_reset_the_address(ana, settings):
    mallory = make.UserFactory(username="mallory")
    mallory.set_password(PASSWORD)
    mallory.save()
    for number in range(settings.SIGN_IN_FAILURES_PER_ADDRESS - 1):
        attempt(browser(), f"name{number}")
        assert attempt(browser(), "mallory", PASSWORD).status_code == 302
    assert attempt(browser(), "another").status_code == 429


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
@pytest.mark.parametrize("spellings", [("ana", "Ana", "ANA", " ana", "aNa "), ("ana",) * 5])
def test_no_spelling_or_user_agent_gives_more_attempts(ana, spellings):
    for number, name in enumerate(spellings):
        answer = attempt(browser(**{"User-Agent": f"known browser {number}"}), name)
    assert answer.status_code == 429


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_strangers_at_the_same_address_do_not_lock_out_a_browser_that_signed_in_before(ana, settings):
    colleague = signed_in("ana")
    for _ in range(6):
        attempt(browser(), "ana")
    for number in range(settings.SIGN_IN_FAILURES_PER_ADDRESS):
        attempt(browser(), f"name{number}")
    assert attempt(browser(), "ana", PASSWORD).status_code == 429
    assert attempt(colleague, "ana", PASSWORD).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_a_browser_that_signed_in_before_has_a_limit_of_its_own_wherever_it_is(ana):
    colleague = signed_in("ana")
    for number in range(5):
        answer = attempt(colleague, "ana", headers={"X-Forwarded-For": f"198.51.100.{number}"})
    assert answer.status_code == 429
    assert attempt(colleague, "ana", PASSWORD).status_code == 429


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_a_browser_is_known_for_those_who_signed_in_there_and_for_nobody_else(ana, colleague):
    colleague.set_password(PASSWORD)
    colleague.save()
    mallory = signed_in("sam")
    for _ in range(5):
        attempt(browser(), "ana")
    assert attempt(mallory, "ana", PASSWORD).status_code == 429
    mallory.cookies[COOKIE] = mallory.cookies[COOKIE].value.replace(".", ".0", 1)
    for _ in range(5):
        attempt(browser(), "sam")
    assert attempt(mallory, "sam", PASSWORD).status_code == 429


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_a_browser_that_two_people_share_knows_both(ana, colleague):
    colleague.set_password(PASSWORD)
    colleague.save()
    shared = signed_in("ana")
    assert attempt(shared, "sam", PASSWORD).status_code == 302
    shared.post(reverse("account_logout"))
    for name in ("ana", "sam"):
        for _ in range(5):
            attempt(browser(), name)
        assert attempt(shared, name, PASSWORD).status_code == 302
        shared.post(reverse("account_logout"))


def test_the_cookie_of_a_known_browser_names_nobody_and_no_script_reads_it(ana, behind_a_proxy, db):
    cookie = signed_in("ana").cookies[COOKIE]
    assert "ana" not in cookie.value.partition(":")[0]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_a_lock_says_when_it_ends_and_then_is_over(ana):
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        for _ in range(4):
            attempt(browser(), "ana")
        clock.shift(dt.timedelta(minutes=5))
        first = attempt(browser(), "ana")
        clock.shift(dt.timedelta(minutes=4))
        later = attempt(browser(), "ana", PASSWORD)
        assert (first["Retry-After"], later["Retry-After"]) == ("900", "660")
        assert "Try again in 11 minutes." in later.content.decode()
        clock.shift(dt.timedelta(seconds=int(later["Retry-After"]) - 2))
        assert attempt(browser(), "ana", PASSWORD).status_code == 429
        clock.shift(dt.timedelta(seconds=3))
        assert attempt(browser(), "ana", PASSWORD).status_code == 302


@pytest.mark.django_db
@pytest.mark.usefixtures("behind_a_proxy")
def test_an_address_s_lock_ends_when_enough_of_its_failures_are_over(settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 3
    with time_machine.travel(timezone.now(), tick=False) as clock:
        attempt(browser(), "one")
        clock.shift(dt.timedelta(minutes=10))
        attempt(browser(), "two")
        answer = attempt(browser(), "three")
    assert (answer.status_code, answer["Retry-After"]) == (429, "300")


@pytest.mark.django_db
def test_without_a_limit_for_addresses_names_are_still_counted(ana, settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 0
    assert {attempt(Client(), f"name{number}").status_code for number in range(35)} == {200}
    assert [attempt(Client(), "ana").status_code for _ in range(5)][-1] == 429


@pytest.mark.django_db
def test_a_lock_holds_on_a_server_that_does_not_know_addresses(ana):
    for _ in range(5):
        answer = attempt(Client(REMOTE_ADDR=""), "ana")
    assert answer.status_code == 429


# What is kept of an attempt -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_nothing_that_somebody_typed_as_a_password_is_kept(client, ana):
    attempt(client, "ana", "my bank's password")
    client.force_login(ana)
    form = {"oldpassword": "a secret of old", "password1": "a secret to come", "password2": "a secret to come"}
    client.post(reverse("account_change_password"), form)
    rows = list(AccessAttempt.objects.values())
    assert sum(row["failures_since_start"] for row in rows) == 2
    for secret in ("bank", "secret", client.cookies["csrftoken"].value if "csrftoken" in client.cookies else "bank"):
        assert secret not in str(rows)


# Every door counts alike ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_current_password_is_guessed_no_more_often_than_at_the_door(client, ana):
    client.force_login(ana)
    form = {"oldpassword": "wrong", "password1": "a new long password", "password2": "a new long password"}
    answers = [client.post(reverse("account_change_password"), form) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert answers[-1]["Retry-After"]
    assert "Back to Today" in answers[-1].content.decode()
    assert client.post(reverse("account_change_password"), form | {"oldpassword": PASSWORD}).status_code == 429
    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize("staff", [True, False])
def test_the_admin_has_no_form_of_its_own_that_asks_for_a_password(client, staff):
    user = make.UserFactory(username="ada", is_staff=staff, is_superuser=staff)
    user.set_password(PASSWORD)
    user.save()
    credentials = {"username": "ada", "password": PASSWORD}
    answer = client.post(reverse("admin:login"), credentials, query_params={"next": "/admin/"})
    assert answer["Location"] == "/accounts/login/?next=%2Fadmin%2F"
    assert SESSION_KEY not in client.session
    client.force_login(user)
    for name in ("admin:password_change", "admin:password_change_done"):
        assert client.get(reverse(name))["Location"].startswith("/acc" if staff else "/admin/login/")
    assert client.get(reverse("admin:login")).status_code == (302 if staff else 403)
    changing = {"old_password": PASSWORD, "new_password1": "another long one", "new_password2": "another long one"}
    client.post(reverse("admin:password_change"), changing)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.django_db
def test_asking_for_mails_is_limited_by_address_and_by_mailbox_whether_it_exists_or_not(ana, settings):
    settings.TRUSTED_PROXIES = 1
    ana.email = "ana@example.com"
    ana.save()
    url = reverse("account_reset_password")
    for mailbox in ("ana@example.com", "nobody@example.com"):
        answers = [browser(f"198.51.100.{number}").post(url, {"email": mailbox}) for number in range(4)]
        assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
        assert answers[-1]["Retry-After"] == "900"
        assert "Try again in 15 minutes." in answers[-1].content.decode()
    answers = [browser().post(url, {"email": f"name{number}@example.com"}).status_code for number in range(41)]
    assert answers == [302] * 40 + [429]


# Signing in -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_wrong_password_and_an_unknown_name_are_answered_alike(client, ana):
    answers = [attempt(client, name).content.decode() for name in ("ana", "nobody")]
    for answer in answers:
        assert "The user name or password is wrong." in answer


@pytest.mark.django_db
def test_somebody_switched_off_does_not_get_in(client, ana):
    ana.is_active = False
    ana.save()
    assert attempt(client, "ana", PASSWORD).status_code == 200
    assert SESSION_KEY not in client.session


@pytest.mark.django_db
def test_a_session_lasts_as_long_as_before(client, ana, settings):
    attempt(client, "ana", PASSWORD)
    assert client.cookies["sessionid"]["max-age"] == settings.SESSION_COOKIE_AGE == 12 * 60 * 60
    assert client.session["_auth_user_backend"] == "engagements.backends.DeskBackend"


@pytest.mark.django_db
def test_signing_in_leads_on_to_the_page_that_was_asked_for(client, ana):
    page = client.get(LOGIN, {"next": "/tasks/"}).content.decode()
    assert "Sign in to continue." in page
    answer = client.post(LOGIN, {"login": "ana", "password": PASSWORD, "next": "/tasks/"})
    assert answer["Location"] == "/tasks/"
    assert "Successfully" not in client.get("/tasks/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/", "/accounts/password_change/", "/accounts/password_change/done/"])
def test_addresses_that_people_kept_lead_on(client, ana, address):
    client.force_login(ana)
    assert client.get(address, follow=True).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/email/", "/accounts/password/set/", "/accounts/confirm-email/"])
def test_nobody_gives_themselves_an_address_or_a_first_password(client, ana, address):
    ana.set_unusable_password()
    ana.save()
    client.force_login(ana)
    assert client.get(address).status_code == 404
    assert client.post(address, {"password1": "a new long one", "password2": "a new long one"}).status_code == 405


@pytest.mark.django_db
def test_nobody_signs_up(client):
    form = {"username": "eve", "email": "eve@example.com", "password1": "a long one 77", "password2": "a long one 77"}
    answer = client.post("/accounts/signup/", form)
    assert "Accounts are made by administrators" in answer.content.decode()
    assert not type(make.UserFactory()).objects.filter(username="eve").exists()
