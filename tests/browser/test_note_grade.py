"""A Service Intent note is graded while it is typed; a poor one stays in the form, a good one is saved."""

import re

from playwright.sync_api import expect

from engagements.models import Note
from tests.browser import stage

GOOD = "The customer is unable to deploy Teams because of the proxy; an upgrade is planned for August."


def open_notes(desk, people, name):
    engagement = stage.engagement(stage.customer(name, people["fm"]), people["fm"])
    desk.page.goto(f"{engagement.get_absolute_url()}notes/")
    return engagement


def test_in_progress_is_poor_and_refused_and_a_good_note_is_great_and_saved(desk, people):
    me = desk("fm")
    page = me.page
    open_notes(me, people, "Wide World Importers")
    body, grade = page.get_by_label("What happened"), page.get_by_role("status", name="Grade of the note")
    save = page.get_by_role("button", name=re.compile("^Save note"))
    page.locator("#composer").get_by_label("Category").select_option(label="Service Intent")
    page.locator("#composer").get_by_label("Services").select_option(label="Teams")
    body.press_sequentially("In progress")
    expect(grade).to_contain_text("Poor.")
    expect(grade).to_contain_text("A status word alone says nothing.")
    me.must_be_accessible()
    me.shoot("note-grade-poor")
    save.click()
    expect(page.get_by_text("Poor, so not saved as Service Intent.")).to_be_visible()
    expect(body).to_have_value("In progress")
    expect(grade).to_contain_text("Poor.")
    assert not Note.objects.exists()

    body.fill(GOOD)
    expect(grade).to_contain_text("Great.")
    expect(grade).to_contain_text("Blocked, Customer IT Infrastructure, Remediation")
    expect(grade.get_by_role("link", name="Status of Teams")).to_be_visible()
    me.must_be_accessible()
    me.shoot("note-grade-great")
    save.click()
    expect(page.locator(".notes")).to_contain_text(GOOD)
    expect(body).to_have_value("")
    expect(grade).to_have_text("")
    assert Note.objects.get().category == "service-intent"


def test_another_category_takes_the_grade_away_and_a_meeting_gets_a_hint(desk, people):
    me = desk("fm")
    page = me.page
    open_notes(me, people, "Alpine Ski House")
    body, grade = page.get_by_label("What happened"), page.get_by_role("status", name="Grade of the note")
    category = page.locator("#composer").get_by_label("Category")
    body.fill("Kickoff meeting, all went well.")
    expect(grade).to_contain_text("who attended")
    category.select_option(label="Service Intent")
    expect(grade).to_contain_text("Poor.")
    category.select_option(label="Migration")
    expect(grade).to_have_text("")


def test_the_proposed_status_leads_to_the_form_of_the_service(desk, people):
    me = desk("fm")
    page = me.page
    open_notes(me, people, "Coho Winery")
    page.locator("#composer").get_by_label("Category").select_option(label="Service Intent")
    page.locator("#composer").get_by_label("Services").select_option(label="Teams")
    page.get_by_label("What happened").fill(GOOD)
    page.get_by_role("link", name="Status of Teams").click()
    expect(page.get_by_role("form", name=re.compile("Teams"))).to_be_visible()
