"""People edited in their row, and a referral from the way to a partner to its last outcome, in a browser."""

import datetime as dt
import re

from playwright.sync_api import expect

from engagements.models import Contact, Referral
from tests.browser import stage


def test_a_contact_is_edited_in_its_row_by_keyboard_and_taken_back(desk, people):
    me = desk("fm")
    page = me.page
    engagement = stage.engagement(stage.customer("Wingtip Toys", people["fm"]), people["fm"])
    page.goto(f"{engagement.get_absolute_url()}contacts/")
    page.get_by_role("link", name="Edit Priya Raman").click()
    row = page.get_by_role("form", name="Edit Priya Raman")
    expect(row.get_by_label("Name")).to_be_focused()
    expect(row.get_by_label("Why not to call")).to_be_hidden()
    row.get_by_label("Title").fill("Head of IT")
    row.get_by_label("Do Not Call").check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Say why nobody calls")).to_be_visible()
    expect(row.get_by_label("Why not to call")).to_be_focused()
    page.keyboard.type("Asked on the phone")
    me.must_be_accessible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Priya Raman saved.")
    expect(page.locator("[data-rows]")).to_contain_text("Do Not Call Asked on the phone")
    expect(page.get_by_role("link", name="Edit Priya Raman")).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Undone.")
    expect(page.locator("[data-rows]")).not_to_contain_text("Do Not Call")
    page.get_by_role("link", name="Edit Priya Raman").click()
    row.get_by_label("Title").fill("Never mind")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Edit Priya Raman")).to_be_focused()
    assert Contact.objects.get(name="Priya Raman", customer=engagement.tenant.customer).title == ""
    me.shoot("contacts")


def test_a_referral_runs_from_the_way_to_a_partner_to_the_last_outcome(desk, people):
    me = desk("fm")
    page = me.page
    tenant = stage.customer("Blue Yonder Airlines", people["fm"])
    Contact.objects.filter(customer=tenant.customer).update(email="priya@blueyonder.example")
    engagement = stage.engagement(tenant, people["fm"])
    page.goto(f"{engagement.get_absolute_url()}contacts/")
    page.get_by_role("link", name="Which way to a partner").click()
    expect(page.locator("#way-quickleads")).to_contain_text("First")
    page.get_by_role("button", name="Begin a referral").click()
    page.get_by_label("Service type").select_option("training")
    page.get_by_label("Location").fill("Seattle")
    page.get_by_label("Specialties").fill("Teams champions")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#match")).to_contain_text("There")
    page.get_by_label("Whom the partners contact").select_option(label="Priya Raman")
    page.get_by_label("Who approved").select_option(label="Priya Raman")
    page.get_by_label("How it was approved").select_option("verbal")
    page.get_by_label("On", exact=True).fill(dt.date.today().isoformat())
    page.get_by_label("Partner", exact=True).fill("Change & Co")
    page.get_by_role("button", name="Save the approval").click()
    expect(page.locator("#approval")).to_contain_text("There")
    expect(page.get_by_label("Partner", exact=True)).to_have_value("Change & Co")  # what is typed elsewhere stays
    for name in ("Change & Co", "Alder Learning", "Nordic Coaches"):
        page.get_by_label("Partner", exact=True).fill(name)
        page.get_by_role("button", name="Propose the partner").click()
        expect(page.locator("#partners")).to_contain_text(name)
    page.get_by_role("button", name="Write it from the template").click()
    expect(page.get_by_label("Text")).to_have_value(re.compile("- Nordic Coaches"))
    expect(page.get_by_role("heading", name="Ready to send")).to_be_visible()
    me.must_be_accessible()
    me.shoot("referral-ready")
    page.get_by_label("Subject").fill("Three partners for you")
    page.get_by_role("button", name="Mark as sent").click()
    expect(page.locator("#toasts")).to_contain_text("The referral is marked as sent.")
    expect(page.get_by_role("link", name="In Progress")).to_be_visible()
    for name, outcome in (("Change & Co", "declined"), ("Alder Learning", "chosen"), ("Nordic Coaches", "unable")):
        form = page.get_by_role("form", name=f"What came of {name}")
        form.get_by_label("In touch since").fill(dt.date.today().isoformat())
        form.get_by_label("Outcome").select_option(outcome)
        form.get_by_role("button", name="Save").click()
        expect(page.locator("#toasts")).to_contain_text(f"What came of {name} is saved.")
    expect(page.locator("#referral")).to_contain_text("Closed")
    me.must_be_accessible()
    me.shoot("referral-closed")
    referral = Referral.objects.get()
    assert (referral.closed_on, referral.mail_subject) == (dt.date.today(), "Three partners for you")
