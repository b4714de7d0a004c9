"""Forgot the password, set a new one by the link of a mail, and sign out everywhere else."""

import re

from django.core import mail

from tests.browser.conftest import Desk

NEW = "a password nobody knows"


def test_forgot_the_password_and_signs_out_everywhere_else(desk, chromium, live_server, settings):
    settings.SITE_URL = live_server.url
    office = desk("fm")
    phone = Desk(chromium, live_server.url, "fm")
    page = phone.page
    page.goto("/accounts/login/")
    phone.must_be_accessible()
    phone.shoot("sign-in")
    page.get_by_label("Username").fill("fm")
    page.get_by_label("Password", exact=True).fill("forgotten")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("The user name or password is wrong.").wait_for()
    phone.must_be_accessible()

    page.get_by_role("link", name="Forgot your password?").click()
    phone.must_be_accessible()
    phone.shoot("password-reset")
    page.get_by_label("Email address").fill("fm@example.com")
    page.get_by_role("button", name="Send link").click()
    page.get_by_role("heading", name="Check your email").wait_for()
    phone.must_be_accessible()
    (message,) = mail.outbox
    (link,) = re.findall(r"http\S+", message.body)

    page.goto(link)
    phone.must_be_accessible()
    phone.shoot("password-new")
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password again").fill(NEW)
    page.get_by_role("button", name="Save password").click()
    page.get_by_role("heading", name="Password changed").wait_for()
    phone.must_be_accessible()
    page.get_by_role("link", name="Sign in").click()
    sign_in(page)

    # The office's session was opened with the password of before.
    office.page.goto("/account/")
    office.page.get_by_role("heading", name="Sign in").wait_for()
    sign_in(office.page)

    page.get_by_role("group").filter(has_text="account").locator("summary").click()
    page.get_by_role("link", name="Your account").click()
    page.get_by_role("link", name="See where you are signed in").click()
    page.get_by_text("Another session").wait_for()
    phone.must_be_accessible()
    phone.shoot("sessions")
    page.get_by_role("button", name="Sign out everywhere else").click()
    page.get_by_text("You are signed in nowhere else.").wait_for()
    phone.must_be_accessible()
    office.page.goto("/tasks/")
    office.page.get_by_role("heading", name="Sign in").wait_for()
    page.goto("/accounts/password/change/")
    phone.must_be_accessible()
    phone.shoot("password-change")

    page.goto(link)
    page.get_by_role("heading", name="This link no longer works").wait_for()
    phone.must_be_accessible()
    phone.context.close()
    assert not phone.problems


def test_too_many_attempts_say_when_to_try_again(chromium, live_server, people):
    guesser = Desk(chromium, live_server.url, "fm")
    page = guesser.page
    for _ in range(5):
        page.goto("/accounts/login/")
        page.get_by_label("Username").fill("fm")
        page.get_by_label("Password", exact=True).fill("guess")
        page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Try again in 15 minutes.").wait_for()
    guesser.must_be_accessible()
    guesser.shoot("locked")
    guesser.context.close()
    assert not guesser.problems


def sign_in(page):
    page.get_by_label("Username").fill("fm")
    page.get_by_label("Password", exact=True).fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Sign in").wait_for(state="detached")
