"""One's own sessions: listed, ended everywhere else, and ended when nothing is asked for long enough."""

import datetime as dt
from importlib import import_module

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from engagements.jobs import clear_expired_sessions
from fasttrack.accounts.browsers import browser_name

PASSWORD = "a right password"
PAGE = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.fixture
def ana(owner):
    owner.set_password(PASSWORD)
    owner.save()
    return owner


def sign_in(name: str = "ana", user_agent: str = FIREFOX, address: str = "203.0.113.9") -> Client:
    client = Client(REMOTE_ADDR=address, headers={"User-Agent": user_agent})
    assert client.post(reverse("account_login"), {"login": name, "password": PASSWORD}).status_code == 302
    return client


@pytest.mark.parametrize(
    "user_agent, name",
    [
        (FIREFOX, "Firefox on Windows"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on macOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("curl/8.1", "curl/8.1"),
        ("x" * 500, "x" * 60),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_what_people_call_it(user_agent, name):
    assert browser_name(user_agent) == name


@pytest.mark.django_db
def test_the_list_says_which_browsers_from_where_and_which_is_this_one(ana):
    here, _phone = sign_in(), sign_in(user_agent=PHONE, address="198.51.100.4")
    page = here.get(PAGE).content.decode()
    for words in ("Firefox on Windows", "Safari on iPhone", "203.0.113.9", "198.51.100.4"):
        assert words in page
    assert page.count("This browser") == page.count("Another session") == 1
    assert PAGE in here.get(reverse("account")).content.decode()


@pytest.mark.django_db
def test_behind_a_proxy_the_list_names_the_address_of_the_browser(ana, settings):
    settings.TRUSTED_PROXIES = 1
    client = Client(REMOTE_ADDR="10.0.0.2", headers={"X-Forwarded-For": "1.1.1.1, 198.51.100.4"})
    client.post(reverse("account_login"), {"login": "ana", "password": PASSWORD})
    page = client.get(PAGE).content.decode()
    assert "198.51.100.4" in page
    assert "1.1.1.1" not in page


@pytest.mark.django_db
def test_signing_out_everywhere_else_ends_the_other_sessions_and_nobody_else_s(ana, colleague):
    colleague.set_password(PASSWORD)
    colleague.save()
    here, phone, other = sign_in(), sign_in(user_agent=PHONE), sign_in("sam")
    answer = here.post(PAGE, follow=True)
    assert "You are signed out everywhere else." in answer.content.decode()
    assert "You are signed in nowhere else." in answer.content.decode()
    assert [client.get("/").status_code for client in (here, phone, other)] == [200, 302, 200]


@pytest.mark.django_db
def test_a_new_password_leaves_only_this_session_on_the_list(ana):
    here, _phone = sign_in(), sign_in(user_agent=PHONE)
    form = {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"}
    answer = here.post(reverse("account_change_password"), form, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("account")
    assert "Your password is changed." in answer.content.decode()
    page = here.get(PAGE).content.decode()
    assert (page.count("This browser"), page.count("Another session")) == (1, 0)


@pytest.mark.django_db
def test_a_session_that_ended_is_not_listed(ana):
    here = sign_in()
    sign_in(user_agent=PHONE).post(reverse("account_logout"))
    assert "iPhone" not in here.get(PAGE).content.decode()


@pytest.mark.django_db
def test_the_list_costs_the_same_however_long_it_is(ana):
    here, counts = sign_in(), []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            here.get(PAGE)
        counts.append(len(queries))
        for _ in range(4):
            sign_in(user_agent=PHONE)
    assert counts[0] == counts[1]


# From before the list -------------------------------------------------------------------------------------


@pytest.fixture
def from_before(ana):
    """A browser that signed in before sessions were listed."""
    client = Client()
    client.force_login(ana)
    UserSession.objects.all().delete()
    return client


@pytest.mark.django_db
def test_a_session_from_before_the_list_goes_on_and_lists_itself(from_before):
    assert from_before.get("/").status_code == 200
    assert "This browser" in from_before.get(PAGE).content.decode()


@pytest.mark.django_db
def test_the_migration_lists_the_sessions_that_were_there(from_before, ana):
    expired = Client()
    expired.force_login(ana)
    Session.objects.filter(session_key=expired.session.session_key).update(expire_date=timezone.now())
    UserSession.objects.all().delete()
    migration = import_module("engagements.migrations.0031_sessions_are_listed")
    for _ in range(2):
        migration.list_sessions(apps, None)
    (row,) = UserSession.objects.all()
    assert (row.user, row.session_key) == (ana, from_before.session.session_key)
    here = sign_in()
    assert "Unknown browser" in here.get(PAGE).content.decode()
    assert "address unknown" in here.get(PAGE).content.decode()
    here.post(PAGE)
    assert from_before.get("/").status_code == 302


@pytest.mark.django_db
def test_what_is_kept_of_a_session_goes_with_it(ana):
    here, phone = sign_in(), sign_in(user_agent=PHONE)
    Session.objects.filter(session_key=phone.session.session_key).update(expire_date=timezone.now())
    clear_expired_sessions.apply()
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [here.session.session_key]


# Idle -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_without_the_setting_a_session_outlasts_a_pause(ana):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        here = sign_in()
        for _ in range(2):
            clock.shift(dt.timedelta(hours=5))
            assert here.get("/").status_code == 200


@pytest.mark.django_db
def test_a_session_in_which_nothing_is_asked_ends_and_one_that_is_used_goes_on(ana, settings):
    settings.SESSION_IDLE_MINUTES = 30
    with time_machine.travel(timezone.now(), tick=False) as clock:
        here = sign_in()
        assert here.get("/").status_code == 200
        for _ in range(3):
            clock.shift(dt.timedelta(minutes=29))
            assert here.get("/").status_code == 200
        clock.shift(dt.timedelta(minutes=31))
        answer = here.get("/account/")
        assert answer["Location"] == "/accounts/login/?next=/account/"
        assert here.get("/").status_code == 302


@pytest.mark.django_db
def test_a_session_from_before_the_setting_is_not_ended_by_it(from_before, settings):
    settings.SESSION_IDLE_MINUTES = 30
    again = Client()
    again.cookies = from_before.cookies
    assert again.get("/").status_code == 200


@pytest.mark.django_db
def test_the_pause_is_written_down_once_a_minute_at_most(ana, settings):
    settings.SESSION_IDLE_MINUTES = 30
    with time_machine.travel(timezone.now(), tick=False) as clock:
        here = sign_in()
        here.get("/")
        saved = []
        for seconds in (20, 20, 30):
            clock.shift(dt.timedelta(seconds=seconds))
            saved.append("sessionid" in here.get("/account/").cookies)
    assert saved == [False, False, True]
