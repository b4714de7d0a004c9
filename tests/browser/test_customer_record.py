"""The record of a customer edited in place by keyboard: rate the health, take it back, cancel, on a phone too."""

from playwright.sync_api import expect

from engagements.models import Assignment, HealthRating
from tasks.models import Role
from tests.browser import stage


def test_the_health_is_rated_by_keyboard_and_taken_back(desk, people):
    tenant = stage.customer("Wingtip Toys", people["fm"])
    role = Role.objects.get(name="FastTrack Manager")
    Assignment.objects.create(user=people["fm"], role=role, customer=tenant.customer, primary=True)
    me = desk("fm")
    page = me.page
    page.goto(tenant.customer.get_absolute_url())
    page.get_by_role("link", name="Rate health").click()
    form = page.get_by_role("form", name="Rate Overall")
    form.get_by_label("Yellow").check()
    page.keyboard.press("Control+Enter")
    expect(form.get_by_label("Why")).to_be_focused()  # the browser asks for what is missing
    form.get_by_label("Why").fill("The pilot is late.")
    me.must_be_accessible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Overall is rated.")
    expect(page.get_by_role("link", name="Edit Overall")).to_be_focused()
    expect(page.locator(".sub")).to_contain_text("Yellow")
    me.must_be_accessible()
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Undone.")
    expect(page.locator(".sub")).to_contain_text("Not rated")
    assert not HealthRating.objects.exists()
    page.get_by_role("link", name="Edit Customer progress").click()
    page.get_by_label("Region").fill("Never mind")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Edit Customer progress")).to_be_focused()
    expect(page.locator("#progress")).not_to_contain_text("Never mind")
    me.shoot("customer")
