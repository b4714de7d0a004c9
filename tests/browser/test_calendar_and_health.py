"""Subscribing to one's own calendar, and confirming a colour that nobody had confirmed, as people do it."""

import datetime as dt

import icalendar
from django.utils import timezone
from playwright.sync_api import expect

from engagements.models import Assignment, HealthRating, Sweep
from engagements.services import summaries
from tasks.models import Role
from tests import factories as make
from tests.browser import stage


def test_an_address_is_made_copied_read_and_stopped(desk, people):
    tenant = stage.customer("Wingtip Toys", people["fm"])
    series = make.ReviewSeriesFactory(tenant=tenant, owner=people["fm"])
    make.ReviewFactory(series=series, on=timezone.localdate() + dt.timedelta(days=3))
    me = desk("fm")
    me.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = me.page
    page.goto("/account/#calendar")
    page.get_by_role("button", name="Make an address").click()
    address = page.get_by_label("Address of your calendar")
    expect(address).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("it is shown this once")
    me.must_be_accessible()
    page.locator("#calendar").scroll_into_view_if_needed()
    me.shoot("account-calendar")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#toasts")).to_contain_text("The address is copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == address.input_value()

    path = "/" + copied.split("/", 3)[3]
    stranger = me.context.browser.new_context(base_url=me.base)
    answer = stranger.request.get(path)
    (event,) = icalendar.Calendar.from_ical(answer.body()).walk("VEVENT")
    assert event["summary"] == "Wingtip Toys: Customer-facing health review"

    page.goto("/account/#calendar")
    expect(page.locator("#calendar")).to_contain_text("last read")
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("button", name="Make an address")).to_be_visible()
    assert stranger.request.get(path).status == 404
    stranger.close()


def test_a_colour_that_nobody_confirmed_is_confirmed_with_one_press(desk, people):
    tenant = stage.customer("Wingtip Toys", people["fm"])
    run = stage.engagement(tenant, people["fm"])
    role = Role.objects.get(name="FastTrack Manager")
    Assignment.objects.create(user=people["fm"], role=role, customer=tenant.customer, primary=True)
    on = timezone.localdate() - dt.timedelta(days=23)
    for group, colour in ((0, "yellow"), (1, "green")):
        make.HealthRatingFactory(customer=tenant.customer, group=group, colour=colour, on=on)
    summaries.refresh(run.pk)
    me = desk("fm")
    page = me.page
    page.goto(run.get_absolute_url())
    expect(page.locator(".facts")).to_contain_text("was Yellow 23 days ago")
    me.shoot("health-unknown-header")
    page.goto("/engagements/")
    expect(page.locator("main")).to_contain_text("was Yellow 23 days ago")
    page.goto(tenant.customer.get_absolute_url())
    me.must_be_accessible()
    page.locator("#health-0").scroll_into_view_if_needed()
    me.shoot("health-unknown")
    page.get_by_role("button", name="Confirm Yellow").click()
    expect(page.locator("#toasts")).to_contain_text("Overall is confirmed.")
    expect(page.locator("#health-0")).to_contain_text("Stands until")
    expect(page.locator("#health-0")).not_to_contain_text("Unknown")
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Undone.")
    expect(page.locator("#health-0")).to_contain_text("Unknown")
    assert HealthRating.objects.count() == 2


def test_the_admin_reads_how_the_rounds_go(desk, people):
    Sweep.objects.create(began_at=timezone.now() - dt.timedelta(hours=1), error="The mail server does not answer")
    me = desk("admin")
    me.page.goto("/admin/engagements/sweep/")
    expect(me.page.locator("#content")).to_contain_text("The mail server does not answer")
    expect(me.page.locator("#content")).to_contain_text("Beat")
    me.shoot("admin-rounds")
