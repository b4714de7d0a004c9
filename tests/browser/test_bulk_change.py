"""Many engagements at once, by keyboard and on a phone: selected across sorting and finding, changed, undone."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from engagements.models import NextAction
from tests.browser import stage

NAMES = ("Alpine Ski House", "Fabrikam", "Litware")


@pytest.fixture
def _three(people):
    for name in NAMES:
        stage.engagement(stage.customer(name, people["fm"]), people["fm"])


@pytest.mark.usefixtures("_three")
def test_rows_selected_by_keyboard_stay_selected_and_change_together(desk):
    me = desk("fm")
    page = me.page
    page.goto("/engagements/")
    bar = page.get_by_role("form", name="Selection")
    expect(bar).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator("[data-open]").first).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(bar).to_contain_text("3 selected")
    me.must_be_accessible()
    me.shoot("portfolio-selected")
    page.get_by_label("Find in this list").fill("fabri")
    expect(bar).to_contain_text("3 selected, 2 of them not shown")
    expect(page.get_by_label("Select Fabrikam")).to_be_checked()
    bar.get_by_role("button", name="Set next action").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Set a next action: 3 engagements")
    page.get_by_label("Next action").fill("Ask who pilots Teams")
    page.get_by_label("On", exact=True).fill((dt.date.today() + dt.timedelta(days=3)).isoformat())
    me.must_be_accessible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="3 changed, 0 refused.")).to_be_visible()
    assert NextAction.objects.count() == 3
    page.keyboard.press("z")
    expect(page.get_by_text("Undone for 3.")).to_be_visible()
    assert not NextAction.objects.exists()


@pytest.mark.usefixtures("_three")
def test_on_a_phone_boxes_and_bar_are_in_reach(desk):
    me = desk("fm", viewport={"width": 390, "height": 844})
    page = me.page
    page.goto("/engagements/")
    page.get_by_label("Select Litware").check()
    bar = page.get_by_role("form", name="Selection")
    expect(bar).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    me.shoot("portfolio-selected-390")
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_be_hidden()
    expect(page.get_by_label("Select Litware")).not_to_be_checked()
