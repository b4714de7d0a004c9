"""What somebody types survives a killed browser, an ended session, another window and another device."""

import re

from playwright.sync_api import expect

from engagements.models import Note, NoteDraft
from engagements.services.note_guides import ensure_guides
from tests.browser import stage
from tests.browser.conftest import Desk
from tests.browser.test_composer import DISCUSSIONS

TEXT = "Spoke with the programme manager; the kickoff is on Tuesday."


def first_step(me, people, name):
    ensure_guides()
    engagement = stage.engagement(stage.customer(name, people["fm"]), people["fm"])
    me.page.goto(engagement.get_absolute_url())
    me.page.get_by_role("link", name="Prepare for Kickoff Meeting").first.click()
    return engagement


def body(page):
    return page.get_by_label("What happened")


def must_be_kept(page):
    expect(page.locator("[data-kept]")).to_have_text(re.compile(r"^Draft kept \d\d:\d\d$"))


def test_a_killed_browser_loses_at_most_five_seconds(chromium, live_server, people):
    me = Desk(chromium, live_server.url, "fm").sign_in()
    engagement = first_step(me, people, "Woodgrove Bank")
    me.page.goto(f"{engagement.get_absolute_url()}{DISCUSSIONS}")
    me.page.locator("input[name=documents]").first.check()
    body(me.page).press_sequentially(TEXT, delay=20)
    me.page.wait_for_timeout(5_000)
    url = me.page.url
    # Killed: no page hides, nothing is sent any more, and this device forgets everything.
    me.context.set_offline(True)
    me.context.close()
    again = Desk(chromium, live_server.url, "fm").sign_in()
    again.page.goto(url)
    expect(body(again.page)).to_have_value(TEXT)
    expect(again.page.locator("input[name=documents]").first).to_be_checked()
    expect(again.page.get_by_text("Draft of ")).to_be_visible()
    again.must_be_accessible()
    again.shoot("composer-draft")
    again.page.keyboard.press("n")
    again.page.keyboard.press("Control+Enter")
    expect(again.page.locator(".notes")).to_contain_text(TEXT)
    again.page.reload()
    expect(body(again.page)).to_have_value("")
    assert not NoteDraft.objects.exists()
    again.context.close()
    assert not again.problems, again.problems


def test_without_a_connection_the_device_keeps_it_and_the_server_gets_it_later(desk, people):
    me = desk("fm")
    first_step(me, people, "Lucerne Publishing")
    me.context.set_offline(True)
    body(me.page).press_sequentially("Written in a train.")
    expect(me.page.locator("[data-kept]")).to_contain_text("Kept on this device")
    me.context.set_offline(False)
    me.problems[:] = [said for said in me.problems if "htmx:" not in said]  # the grade was asked for in vain
    expect(me.page.locator("[data-kept]")).to_have_text(re.compile("^Draft kept"), timeout=20_000)
    assert NoteDraft.objects.get().values["body"] == "Written in a train."


def test_two_windows_keep_both_texts_and_offer_the_older(desk, people):
    me = desk("fm")
    first_step(me, people, "Tailspin Toys")
    one, url = me.page, me.page.url
    body(one).press_sequentially("Begun")
    must_be_kept(one)
    two = me.context.new_page()
    two.goto(url)
    expect(body(two)).to_have_value("Begun")
    body(two).press("End")
    body(two).press_sequentially(" and second")
    expect(two.locator("[data-draft-say]")).to_be_hidden()
    two.wait_for_timeout(3_000)
    body(one).press_sequentially(" and first")
    expect(one.get_by_text("Another window kept other words")).to_be_visible(timeout=10_000)
    one.goto(url)
    expect(body(one)).to_have_value("Begun and first")
    one.get_by_role("link", name=re.compile("Go on with it")).click()
    expect(body(one)).to_have_value("Begun and second")


def test_a_discarded_draft_is_gone_from_this_device_too(desk, people):
    me = desk("fm")
    page = me.page
    first_step(me, people, "Proseware")
    url = page.url
    body(page).press_sequentially(TEXT)
    must_be_kept(page)
    page.goto("/drafts/")
    expect(page.get_by_role("heading", name="Your drafts")).to_be_visible()
    me.must_be_accessible()
    me.shoot("drafts")
    page.get_by_role("link", name=re.compile("^Discard")).click()
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_role("heading", name="No drafts")).to_be_visible()
    page.goto(url)
    expect(body(page)).to_have_value("")
    assert not Note.objects.exists()
