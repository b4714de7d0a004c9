"""Agreeing a series of reviews: its dates are seen before it is saved, and what is planned is moved in place."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from engagements import working_days
from engagements.models import Review, ReviewSeries
from engagements.services.cadences import ensure_cadences
from tests.browser import stage


@pytest.fixture
def tab(desk, people):
    """The Reviews tab of a Customer Health engagement."""
    ensure_cadences()
    tenant = stage.customer("Alpine Ski House", people["fm"])
    engagement = stage.engagement(tenant, people["fm"], motion="customer-health")
    me = desk("fm")
    me.page.goto(f"{engagement.get_absolute_url()}reviews/")
    return me


def test_a_series_is_tried_out_agreed_and_its_review_moved(tab):
    page = tab.page
    expect(page.get_by_role("heading", name="To be agreed")).to_be_visible()
    page.get_by_role("link", name="Agree Governance review").click()
    form = page.get_by_role("form", name="Agree Governance review")
    expect(form.get_by_label("Held by")).to_be_focused()
    form.get_by_label("Every").fill("2")
    page.get_by_role("button", name="Preview 180 days").click()
    simulation = page.get_by_role("region", name="Preview of 180 days")
    expect(simulation).to_contain_text("in 180 days, every 2 weeks")
    expect(simulation).to_be_focused()
    expect(form.get_by_label("Every")).to_have_value("2")
    tab.must_be_accessible()
    tab.shoot("reviews-simulation")
    page.get_by_label("Where").fill("Teams")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Governance review is agreed.")
    row = page.locator(".rev", has_text="every 2 weeks, as agreed")
    expect(row).to_contain_text("not held yet")
    expect(row).to_be_focused()

    page.get_by_role("link", name=re.compile("^Move")).click()
    page.wait_for_load_state("networkidle")  # one reader at a time of SQLite's memory
    later = working_days.same_or_next(Review.objects.get().on + dt.timedelta(days=1), "")
    page.get_by_label("On", exact=True).fill(later.isoformat())
    page.get_by_label("Reason").fill("The sponsor travels")
    tab.shoot("reviews-move")
    page.keyboard.press("Control+Enter")
    expect(row).to_contain_text("Moved: The sponsor travels")
    page.wait_for_load_state("networkidle")
    assert Review.objects.get().on == later
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Undone.")
    tab.shoot("reviews")


def test_moving_asks_whether_it_is_this_review_or_all_later_ones(tab):
    page = tab.page
    page.get_by_role("link", name="Agree Governance review").click()
    first = working_days.same_or_next(dt.date.today() + dt.timedelta(7), "")
    page.get_by_label("First one on").fill(first.isoformat())
    page.get_by_label("Every").fill("2")
    page.keyboard.press("Control+Enter")
    row = page.locator(".rev", has_text="every 2 weeks, as agreed")
    expect(row).to_contain_text(f"On {first:%A}s at 10:00")
    page.wait_for_load_state("networkidle")

    once, later = _days_after(first, 2)
    _move(page, once, "The sponsor travels")
    expect(row).to_contain_text("Moved: The sponsor travels")
    expect(row).to_contain_text(f"On {first:%A}s at 10:00")

    _move(page, later, "The sponsor can only make it then", choice="This and all later reviews", look=tab)
    expect(row).to_contain_text(f"On {later:%A}s at 10:00")
    tab.must_be_accessible()
    tab.shoot("reviews-rhythm")
    page.wait_for_load_state("networkidle")
    assert ReviewSeries.objects.get().anchor_on == Review.objects.get().beat_on == later

    page.keyboard.press("z")
    expect(row).to_contain_text(f"On {first:%A}s at 10:00")
    page.wait_for_load_state("networkidle")
    assert (ReviewSeries.objects.get().anchor_on, Review.objects.get().on) == (first, once)


def _days_after(first: dt.date, number: int) -> list[dt.date]:
    """Working days of other weekdays."""
    days = (first + dt.timedelta(n) for n in range(1, 7))
    return [on for on in days if working_days.is_working_day(on, "")][:number]


def _move(page, on: dt.date, why: str, *, choice: str = "", look=None) -> None:
    page.get_by_role("link", name=re.compile("^Move")).click()
    expect(page.get_by_role("radio", name="Only this review")).to_be_checked()
    page.wait_for_load_state("networkidle")  # one reader at a time of SQLite's memory
    page.get_by_label("On", exact=True).fill(on.isoformat())
    page.get_by_label("Reason").fill(why)
    if choice:
        page.get_by_role("radio", name=choice).check()
    if look:
        look.must_be_accessible()
        look.shoot("reviews-move-from-now-on")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Reason")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def test_a_refused_form_keeps_what_was_typed_and_escape_leaves_it(tab):
    page = tab.page
    page.get_by_role("link", name="Agree CxO governance").click()
    page.get_by_label("Where").fill("Board room")
    page.get_by_label("First one on").fill("2020-01-06")
    page.get_by_role("button", name="Agree", exact=False).last.click()
    expect(page.locator("#main")).to_contain_text("is past. Choose today or a day after it.")
    expect(page.get_by_label("Where")).to_have_value("Board room")
    page.get_by_label("Where").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Where")).to_have_count(0)
