"""Writing survives what happens to people: an ended session, a double click, hands on the keyboard only."""

import re

from playwright.sync_api import expect

from engagements.models import Note
from tests.browser import stage

TEXT = "Spoke with the programme manager; the kickoff is on Tuesday."


def open_first_step(desk, people, name):
    engagement = stage.engagement(stage.customer(name, people["fm"]), people["fm"])
    desk.page.goto(engagement.get_absolute_url())
    desk.page.get_by_role("link", name="Prepare for Kickoff Meeting").first.click()
    return engagement


def test_a_session_that_ends_while_typing_loses_no_text(desk, people):
    me = desk("fm")
    page = me.page
    open_first_step(me, people, "Woodgrove Bank")
    page.get_by_label("What happened").fill(TEXT)
    expect(page.locator("[data-kept]")).to_contain_text("Draft kept")
    step = page.url
    me.context.clear_cookies()
    page.get_by_role("button", name=re.compile("^Save note")).click()
    expect(page.locator("#toasts")).to_contain_text("signed out")
    assert not Note.objects.exists()
    me.sign_in()
    page.goto(step)
    expect(page.get_by_label("What happened")).to_have_value(TEXT)
    page.get_by_role("button", name=re.compile("^Save note")).click()
    expect(page.locator(".notes")).to_contain_text(TEXT)
    page.reload()
    expect(page.get_by_label("What happened")).to_have_value("")


def test_a_double_click_saves_one_note(desk, people):
    me = desk("fm")
    open_first_step(me, people, "Lucerne Publishing")
    me.page.get_by_label("What happened").fill(TEXT)
    me.page.get_by_role("button", name=re.compile("^Save note")).dblclick()
    expect(me.page.locator(".notes")).to_contain_text(TEXT)
    assert Note.objects.count() == 1


def test_a_wrong_task_number_keeps_the_text_and_the_ticks(desk, people):
    me = desk("fm")
    page = me.page
    open_first_step(me, people, "Tailspin Toys")
    page.get_by_label("What happened").fill(TEXT)
    page.get_by_label("Task number").fill("98300")
    tick = page.locator("input[name=documents]").first
    if tick.count():
        tick.check()
    page.get_by_role("button", name=re.compile("^Save note")).click()
    expect(page.get_by_text("Value is not a valid Task Id.")).to_be_visible()
    expect(page.get_by_label("Task number")).to_be_focused()
    expect(page.get_by_label("What happened")).to_have_value(TEXT)
    if tick.count():
        expect(page.locator("input[name=documents]").first).to_be_checked()
    assert not Note.objects.exists()


def test_a_step_is_documented_and_completed_by_keyboard_alone(desk, people):
    me = desk("fm")
    page = me.page
    engagement = stage.engagement(stage.customer("Proseware", people["fm"]), people["fm"])
    page.goto(
        f"{engagement.get_absolute_url()}steps/conduct-adoption-change-management-conversation/value-add-discussions/"
    )
    boxes = page.locator("input[type=checkbox][name=documents]")
    page.keyboard.press("g")
    expect(boxes.first).to_be_focused()
    page.keyboard.press("x")
    expect(boxes.first).to_be_checked()
    page.keyboard.press("n")
    expect(page.get_by_label("What happened")).to_be_focused()
    page.keyboard.type("Typed without a mouse. x g c")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".notes")).to_contain_text("Typed without a mouse. x g c")
    expect(page.locator("#announce")).to_contain_text("Note saved")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("c")
    expect(page.get_by_role("alert")).to_contain_text("Not completed")
    expect(page.locator("#gate .gate-left a").first).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_undo_takes_a_status_back_in_place_at_the_step_and_in_the_list(desk, people):
    me = desk("fm")
    page = me.page
    engagement = open_first_step(me, people, "Fourth Coffee")
    for address in (page.url, f"{engagement.get_absolute_url()}tasks/"):
        page.goto(address)
        status = page.get_by_label(re.compile("^Status of task 3616"))
        status.select_option("In Progress")
        expect(page.locator("#toasts")).to_contain_text("Task 3616 is In Progress.")
        page.keyboard.press("z")
        expect(page.locator("#toasts")).to_contain_text("Task 3616 is Not Started.")
        expect(status).to_have_value("Not Started")
        expect(page.locator("[id=main]")).to_have_count(1)
