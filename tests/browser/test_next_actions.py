"""A next action is moved, handed on and taken back; an escalated note reaches the team manager, and is corrected."""

import datetime as dt
import re

from playwright.sync_api import expect

from engagements.models import Assignment, NextAction
from engagements.services import next_actions
from tasks.models import Role
from tests.browser import stage


def scene(people):
    tenant = stage.customer("Woodgrove Bank", people["fm"])
    Assignment.objects.create(user=people["fe"], role=Role.objects.get(name="FastTrack Engineer"), tenant=tenant)
    return stage.engagement(tenant, people["fm"])


def toast(page, text):
    expect(page.locator("#toasts")).to_contain_text(text)


def test_promised_moved_handed_on_and_taken_back(desk, people):
    engagement = scene(people)
    fm = desk("fm")
    page = fm.page
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Add next action")).click()
    page.get_by_label("Next action", exact=True).fill("Send the migration plan")
    page.get_by_label("On", exact=True).fill(dt.date.today().isoformat())
    page.get_by_role("button", name="Add next action").click()
    toast(page, "Promised for today: Send the migration plan")
    expect(page.get_by_text("Send the migration plan").last).to_be_visible()
    page.goto(engagement.get_absolute_url())
    fm.must_be_accessible()
    fm.shoot("header-with-next-action")

    page.get_by_role("link", name="Next action", exact=True).click()
    page.get_by_role("link", name=re.compile("^Settle")).click()
    moved = dt.date.today() + dt.timedelta(days=7)
    page.get_by_label("Another day").fill(moved.isoformat())
    page.get_by_role("button", name="Move to this day").click()
    expect(page.get_by_label("Why").first).to_be_focused()
    page.get_by_label("Why").first.fill("Priya is away")
    page.get_by_role("button", name="Move to this day").click()
    toast(page, "Send the migration plan")
    page.locator("summary", has_text="History").first.click()
    expect(page.get_by_text("Priya is away").first).to_be_visible()
    fm.must_be_accessible()
    fm.shoot("next-actions")

    page.get_by_role("link", name=re.compile("^Settle")).click()
    page.get_by_text("Hand it on", exact=True).first.click()
    page.get_by_label("To whom").select_option(label=str(people["fe"]))
    page.get_by_label("Why").last.fill("You know their network")
    page.get_by_role("button", name="Hand it on").click()
    toast(page, f"{people['fe']} has it now")
    fe = desk("fe")
    expect(fe.page.get_by_role("heading", name=re.compile("^Next actions handed to you"))).to_be_visible()
    expect(fe.page.get_by_text(f"From {people['fm']}")).to_be_visible()
    fe.shoot("today-handed")
    page.get_by_role("button", name=re.compile("^Undo")).last.click()
    toast(page, "Undone.")
    assert NextAction.objects.get().owner == people["fm"]


def test_an_escalated_note_is_acknowledged_and_corrected(desk, people):
    engagement = scene(people)
    fm = desk("fm")
    next_actions.add(
        engagement_id=engagement.pk, text="Call Priya", due_on=dt.date.today(), owner=people["fm"], by=people["fm"]
    )
    page = fm.page
    page.goto(f"{engagement.get_absolute_url()}notes/")
    page.get_by_label("What happened").fill("Their administrator left, and nobody has the password of 500 mailboxes.")
    page.get_by_label("Escalate").check()
    page.get_by_role("button", name=re.compile("^Save note")).click()
    toast(page, f"escalated to {people['tm']}")
    expect(page.get_by_text("not acknowledged yet")).to_be_visible()

    tm = desk("tm")
    tm.page.get_by_role("link", name=re.compile("^Read and acknowledge")).first.click()
    tm.page.get_by_label("Your answer").fill("I call their CIO today.")
    tm.must_be_accessible()
    tm.shoot("escalated-to-you")
    tm.page.get_by_role("button", name="Acknowledge").click()
    toast(tm.page, "Acknowledged.")

    page.reload()
    expect(page.get_by_text("I call their CIO today.")).to_be_visible()
    page.get_by_role("link", name="Correct", exact=True).first.click()
    box = page.get_by_label("What happened")
    expect(box).to_have_value(re.compile("500 mailboxes"))
    box.fill("Their administrator left, and nobody has the password of 5,000 mailboxes.")
    fm.must_be_accessible()
    fm.shoot("note-correct")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Corrects")).to_be_visible()
    page.get_by_role("link", name=re.compile("^the note of")).click()
    expect(page.get_by_text("Corrected by")).to_be_visible()
    fm.shoot("note-corrected")
