"""The grid of a service: totals follow the typing, what is left is placed with one press, one key saves it."""

import re

import pytest
from playwright.sync_api import expect

from engagements.models import TenantService
from tests.browser import stage


@pytest.fixture
def tab(desk, people):
    """The Services tab of a customer with two services, all of whose seats are In Progress."""
    engagement = stage.engagement(stage.customer("Alpine Ski House", people["fm"]), people["fm"])
    me = desk("fm")
    me.page.goto(f"{engagement.get_absolute_url()}services/")
    return me


def test_by_keyboard_the_grid_is_opened_placed_and_saved(tab):
    page = tab.page
    page.keyboard.press("j")
    page.keyboard.press("e")
    count = page.get_by_label("In Progress, count")
    expect(count).to_have_value("3,200")
    count.fill("2,100")
    expect(page.locator("[data-total]")).to_have_text("2,100 of 3,200")
    expect(page.locator("[data-left]")).to_have_text("1,100 left to place")
    page.get_by_label("Blocked, count").fill("600")
    page.get_by_label("Blocked, reason").select_option(label="Partner Engagement · Partner Unresponsive")
    note = page.locator("[data-difference]")
    expect(note).to_contain_text("500 entitlements are not placed.")
    page.get_by_role("button", name="Add them to Status Unknown").click()
    expect(note).to_be_hidden()
    expect(page.get_by_label("Status Unknown, count")).to_have_value("500")
    expect(page.get_by_label("Status Unknown, count")).to_be_focused()
    tab.must_be_accessible()
    tab.shoot("services-edit")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("img", name="2,100 In Progress, 600 Blocked, 500 Status Unknown")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("saved.")
    expect(page.locator("[id^=edit-service-]:focus")).to_have_count(1)
    page.wait_for_load_state("networkidle")  # one reader at a time of SQLite's memory
    row = TenantService.objects.get(slices__l1="blocked")
    assert row.slices.get(l1="blocked").detail_id == "blocked/partner-engagement/partner-unresponsive"
    page.keyboard.press("z")
    expect(page.get_by_role("img", name="3,200 In Progress")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    assert list(row.slices.values_list("l1", "count")) == [("in-progress", 3200)]


def test_a_refused_grid_keeps_what_was_typed_and_escape_leaves_it(tab):
    page = tab.page
    page.get_by_role("link", name="Edit Teams").click()
    page.get_by_label("In Progress, count").fill("4000")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("800 too many are placed.")
    expect(page.get_by_label("In Progress, count")).to_have_value(re.compile("4,?000"))
    page.get_by_label("In Progress, count").focus()
    page.keyboard.press("Escape")
    expect(page.locator(".svc-e")).to_have_count(0)
    expect(page.get_by_role("link", name="Edit Teams")).to_be_focused()


def test_another_slice_offers_the_reasons_of_its_status(tab):
    page = tab.page
    page.get_by_role("link", name="Edit Teams").click()
    page.get_by_label("Another slice, status").select_option("Blocked")
    groups = page.get_by_label("Another slice, reason").locator("optgroup:not([disabled])")
    assert all(text.startswith("Blocked") for text in groups.evaluate_all("all => all.map(one => one.label)"))
