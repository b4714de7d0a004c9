"""Setting a new password by mail: who gets one, what it says, how long and how often its link works."""

import datetime as dt
import re
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fasttrack.accounts import mails
from fasttrack.logs import masked
from tests import factories as make

OLD, NEW = "a right password", "another right password"
ASK = "/accounts/password/reset/"


@pytest.fixture
def ana(owner):
    owner.email = "Ana.Ruiz@Example.com"
    owner.set_password(OLD)
    owner.save()
    return owner


def ask(address: str = "ana.ruiz@example.com") -> list:
    """The mails that asking for a link sends."""
    mail.outbox.clear()
    answer = Client().post(ASK, {"email": address})
    assert answer["Location"] == reverse("account_reset_password_done")
    return mail.outbox


def link_in(message) -> str:
    (url,) = re.findall(r"http\S+", message.body)
    return urlsplit(url).path


def follow(client: Client, link: str, password: str = NEW):
    page = client.get(link, follow=True)
    if "This link no longer works" in page.content.decode():
        return page
    return client.post(page.request["PATH_INFO"], {"password1": password, "password2": password})


@pytest.mark.django_db
def test_a_link_in_a_mail_sets_a_new_password(ana, client):
    (message,) = ask()
    answer = follow(client, link_in(message))
    assert answer["Location"] == reverse("account_reset_password_from_key_done")
    assert "Sign in with your new password" in client.get(answer["Location"]).content.decode()
    assert client.get("/").status_code == 302
    assert client.post("/accounts/login/", {"login": "ana", "password": OLD}).status_code == 200
    assert client.post("/accounts/login/", {"login": "ana", "password": NEW}).status_code == 302


@pytest.mark.django_db
def test_the_mail_is_text_and_html_goes_to_the_account_s_own_address_and_is_answered_by_no_machine(ana):
    (message,) = ask("ana.ruiz@EXAMPLE.com")
    sent = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert sent["To"] == "Ana.Ruiz@Example.com"
    assert sent["Subject"] == "Set a new password for FastTrack Desk"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["X-Auto-Response-Suppress"] == "All"
    text, page = (sent.get_body([kind]).get_content() for kind in ("plain", "html"))
    for body in (text, page):
        assert link_in(message) in body
        assert "60 minutes" in body
        assert "ana" not in re.sub(r"http\S+", "", body).lower()
    assert "<style" not in page


@pytest.mark.django_db
def test_the_link_leads_to_the_site_whatever_host_was_asked(ana, settings):
    settings.SITE_URL = "https://desk.example.org"
    settings.ALLOWED_HOSTS = ["*"]
    Client(headers={"Host": "evil.example"}).post(ASK, {"email": "ana.ruiz@example.com"})
    assert "evil" not in mail.outbox[0].body
    assert "https://desk.example.org/accounts/password/reset/key/" in mail.outbox[0].body


@pytest.mark.django_db
def test_the_answer_is_the_same_whether_or_not_somebody_has_the_address(ana):
    pages = []
    for address in ("ana.ruiz@example.com", "nobody@example.com"):
        browser = Client()
        answer = browser.post(ASK, {"email": address}, follow=True)
        pages.append((answer.redirect_chain, answer.content))
    assert pages[0] == pages[1]
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_page_does_not_know_whose_address_it_is(ana, monkeypatch):
    """Only the worker looks: neither the time of an answer nor a mail server that is down tells anything."""
    asked = []
    monkeypatch.setattr("fasttrack.accounts.forms.send_password_reset.delay", asked.append)
    monkeypatch.setattr(mails, "people_with_address", lambda address: 1 / 0)
    assert Client().post(ASK, {"email": "ana.ruiz@example.com"}).status_code == 302
    assert asked == ["ana.ruiz@example.com"]


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["switched off", "without a password"])
def test_no_mail_to_somebody_who_has_no_password_to_forget(ana, why):
    if why == "switched off":
        ana.is_active = False
    else:
        ana.set_unusable_password()
    ana.save()
    assert ask() == []


@pytest.mark.django_db
def test_nobody_without_an_address_gets_one_and_no_look_alike_does(ana):
    make.UserFactory(username="bea", email="")
    ana.email = "mike@example.com"
    ana.save()
    assert ask("m\u0131ke@example.com") == []


@pytest.mark.django_db
def test_people_who_share_a_mailbox_each_get_a_link_that_says_whose_it_is(ana):
    bea = make.UserFactory(username="bea", email="ana.ruiz@example.com")
    bea.set_password(OLD)
    bea.save()
    first, second = ask()
    assert "for the user name ana." in first.body
    assert "for the user name bea." in second.body
    follow(Client(), link_in(second))
    bea.refresh_from_db()
    ana.refresh_from_db()
    assert (ana.check_password(OLD), bea.check_password(NEW)) == (True, True)


@pytest.mark.django_db
def test_an_address_that_an_admin_took_away_gets_no_link(ana):
    (message,) = ask()
    ana.email = "ana@example.org"
    ana.save()
    assert "no longer works" in follow(Client(), link_in(message)).content.decode()
    assert ask() == []
    assert len(ask("ana@example.org")) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("after, works", [(59, True), (61, False)])
def test_a_link_works_for_an_hour(ana, after, works):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        (message,) = ask()
        clock.shift(dt.timedelta(minutes=after))
        follow(Client(), link_in(message))
    ana.refresh_from_db()
    assert ana.check_password(NEW) is works


@pytest.mark.django_db
def test_a_link_works_once(ana):
    (message,) = ask()
    follow(Client(), link_in(message))
    again = follow(Client(), link_in(message), "a third right password")
    assert "This link no longer works" in again.content.decode()
    assert "Request a new link" in again.content.decode()
    ana.refresh_from_db()
    assert ana.check_password(NEW)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["1-x", "zzzzzzzzzzzzzzzzzzzzzz-x", "1-cx2abc-0123456789abcdef0123456789abcdef"])
def test_a_made_up_link_says_so(client, ana, key):
    page = client.get(f"/accounts/password/reset/key/{key}/", follow=True)
    assert "This link no longer works" in page.content.decode()


@pytest.mark.django_db
def test_a_weak_or_mistyped_password_is_refused_beside_its_field(ana, client):
    (message,) = ask()
    page = client.get(link_in(message), follow=True)
    for first, second, error in (("password", "password", "too common"), (NEW, "other", "the same password")):
        answer = client.post(page.request["PATH_INFO"], {"password1": first, "password2": second})
        assert error in answer.content.decode()
    ana.refresh_from_db()
    assert ana.check_password(OLD)


@pytest.mark.django_db
def test_a_new_password_ends_every_session_and_the_lock_of_who_tried_too_often(ana, client):
    elsewhere = Client()
    elsewhere.force_login(ana)
    for _ in range(5):
        client.post("/accounts/login/", {"login": "ana", "password": "forgotten"})
    assert client.post("/accounts/login/", {"login": "ana", "password": OLD}).status_code == 429
    (message,) = ask()
    follow(client, link_in(message))
    assert elsewhere.get("/").status_code == 302
    assert client.post("/accounts/login/", {"login": "ana", "password": NEW}).status_code == 302


@pytest.mark.django_db
def test_the_address_with_the_key_is_left_at_once(ana, client):
    (message,) = ask()
    answer = client.get(link_in(message))
    assert answer["Location"].endswith("-set-password/")


@pytest.mark.django_db
def test_the_key_is_in_no_log_line(ana):
    (message,) = ask()
    line = masked(None, "info", {"event": f"GET {link_in(message)} 500"})
    assert line["event"] == "GET /accounts/password/reset/key/…/ 500"
