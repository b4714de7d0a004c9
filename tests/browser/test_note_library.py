"""A colleague finds a note a second after it was saved, by keyboard; a stranger finds nothing of it."""

import re

from playwright.sync_api import expect

from engagements.models import Assignment
from tasks.models import Role
from tests.browser import stage

TEXT = "The customer agreed to migrate two hundred mailboxes after the freeze."


def test_a_colleague_finds_a_note_at_once_and_a_stranger_finds_nothing(desk, people):
    tenant = stage.customer("Woodgrove Bank", people["fm"])
    engagement = stage.engagement(tenant, people["fm"])
    role = Role.objects.get(name="FastTrack Engineer")
    Assignment.objects.create(user=people["fe"], role=role, tenant=tenant)
    colleague, stranger = desk("fe"), desk("fm2")
    colleague.page.goto("/notes/")
    expect(colleague.page.get_by_role("heading", name="No notes yet")).to_be_visible()

    me = desk("fm")
    me.page.goto(f"{engagement.get_absolute_url()}notes/")
    me.page.get_by_label("What happened").fill(TEXT)
    me.page.get_by_role("button", name=re.compile("^Save note")).click()
    expect(me.page.locator(".notes")).to_contain_text(TEXT)

    # By keyboard: / leads to the search, typing searches, J and Enter open the note.
    page = colleague.page
    page.keyboard.press("/")
    expect(page.get_by_label("Search the notes")).to_be_focused()
    page.keyboard.type("migrations agreeing")
    found = page.locator(".find-r")
    expect(found).to_have_count(1)
    expect(found.locator("mark")).to_have_text(["agreed", "migrate"])
    expect(page).to_have_url(re.compile(r"/notes/\?q=migrations\+agreeing$"))
    colleague.must_be_accessible()
    colleague.shoot("note-library")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(found.get_by_role("link", name="Woodgrove Bank", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/notes/\d+/$"))
    expect(page.locator("main")).to_contain_text(TEXT)

    stranger.page.goto("/notes/?q=migrate")
    expect(stranger.page.get_by_role("heading", name="No note is found")).to_be_visible()
    expect(stranger.page.locator("body")).not_to_contain_text("Woodgrove")


def test_filters_become_chips_that_can_be_taken_away_and_the_link_says_it_all(desk, people):
    engagement = stage.engagement(stage.customer("Woodgrove Bank", people["fm"]), people["fm"])
    me = desk("fm")
    page = me.page
    page.goto(f"{engagement.get_absolute_url()}notes/")
    page.get_by_label("What happened").fill(TEXT)
    page.get_by_role("button", name=re.compile("^Save note")).click()
    expect(page.locator(".notes")).to_contain_text(TEXT)
    page.goto("/notes/")
    expect(page.locator(".find-r")).to_have_count(1)
    page.get_by_label("Escalated").check()
    expect(page.get_by_role("heading", name="No note is found")).to_be_visible()
    page.get_by_label("Category", exact=True).select_option(label="Migration")
    expect(page).to_have_url(re.compile(r"category=migration&escalated=on"))
    address = page.url
    page.get_by_role("link", name=re.compile("^Escalated")).click()
    expect(page).not_to_have_url(re.compile("escalated"))
    expect(page.get_by_label("Escalated")).not_to_be_checked()
    page.get_by_role("link", name=re.compile("^Migration")).click()
    expect(page.locator(".find-r")).to_have_count(1)
    page.goto(address)
    expect(page.get_by_label("Escalated")).to_be_checked()
    expect(page.get_by_label("Category", exact=True)).to_have_value("migration")
    page.goto(f"{engagement.get_absolute_url()}notes/")
    page.get_by_role("link", name="All as one document").click()
    expect(page.get_by_role("heading", level=1, name="Notes of Woodgrove Bank")).to_be_visible()
    expect(page.locator("main")).to_contain_text(TEXT)
    me.must_be_accessible()
    me.shoot("note-document")
