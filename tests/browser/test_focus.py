"""Whatever is done by keyboard, the focus stays at the work and never falls back to the top of the page."""

import datetime as dt
import re
import uuid

import pytest
from playwright.sync_api import expect

from engagements.models import Assignment
from engagements.services import notes, waivers
from tests import factories as make
from tests.browser import stage

TODAY = dt.date.today()


def expect_focus_in(page, row):
    """The focus is in the row of these words, at once or when the page has settled."""
    expect(page.locator("[data-row]:focus-within", has_text=row)).to_have_count(1)


@pytest.fixture
def promises(people):
    """Three engagements, in each a next action for today."""
    found = []
    for name in ("Alder", "Birch", "Cedar"):
        engagement = stage.engagement(stage.customer(name, people["fm"]), people["fm"])
        text = f"Call {name}"
        found.append(make.NextActionFactory(engagement=engagement, text=text, due_on=TODAY, owner=people["fm"]))
    return found


def at_first(page, row):
    page.locator("[data-row]", has_text=row).locator("[data-act]").focus()


def test_marking_done_goes_on_to_the_next_row_and_undo_comes_back(desk, promises):
    page = desk("fm").page
    at_first(page, "Call Birch")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Done: Call Birch")
    expect(page.locator("[data-row]", has_text="Call Birch")).to_have_count(0)
    expect_focus_in(page, "Call Cedar")
    page.keyboard.press("z")
    expect(page.locator("[data-row]", has_text="Call Birch")).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("Open again: Call Birch")
    expect(page.locator("[data-act]:focus")).to_have_count(1)


def test_another_day_goes_on_to_the_next_row(desk, promises):
    page = desk("fm").page
    at_first(page, "Call Alder")
    page.keyboard.press("s")
    page.get_by_label("Another day").or_(page.locator("input[type=date]")).first.fill(
        (TODAY + dt.timedelta(days=5)).isoformat()
    )
    page.get_by_label("Why").first.fill("They are away")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Moved to")
    expect_focus_in(page, "Call Birch")


def test_deciding_on_waivers_goes_on_to_the_next_row_and_ends_at_the_heading(desk, people, promises):
    Assignment.objects.filter(user=people["tm"]).delete()
    for action in promises[:2]:
        engagement = action.engagement
        waivers.ask_waiver(
            engagement_id=engagement.pk,
            step_key="conduct-customer-kickoff/prepare-for-kickoff-meeting",
            number=3616,
            reason=f"Not needed at {engagement.tenant.customer}",
            by=people["fm"],
            today=TODAY,
        )
    page = desk("tm").page
    at_first(page, "Alder")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Grant").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Decided.")
    expect_focus_in(page, "Birch")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Refuse").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Decided.")
    expect(page.locator("h1:focus")).to_have_count(1)
    expect(page.locator("#announce")).to_contain_text("Decided.")


def test_everything_done_at_a_step_keeps_the_focus_there(desk, people):
    fm = people["fm"]
    engagement = stage.engagement(stage.customer("Dover", fm), fm)
    at = {"engagement_id": engagement.pk, "by": fm, "today": TODAY}
    notes.write_note(note=notes.NewNote(token=uuid.uuid4(), body="They lack people."), **at)
    page = desk("fm").page
    step = (
        f"{engagement.get_absolute_url()}steps/conduct-adoption-change-management-conversation/request-an-acm-partner/"
    )
    page.goto(step)

    # An answer goes on to the first open item; a changed one stays.
    page.locator("section.ask button[value=yes]").press("Enter")
    expect(page.locator("section.ask")).to_have_class(re.compile("is-settled"))
    expect(page.locator("#inputs [data-item=open]:focus")).to_have_count(1)

    # A route keeps the focus; so does a status, and taking it back.
    route = page.get_by_role("radio").first
    route.press("Space")
    expect(page.locator(".route").first).to_have_class(re.compile("is-picked"))
    expect(page.get_by_role("radio").first).to_be_focused()

    # A waiver that was asked for.
    page.goto(f"{step}waivers/")
    page.locator("select[name=what]").select_option(index=1)
    page.locator("[name=reason]").fill("They have their own")
    page.get_by_role("button", name=re.compile("^Ask")).press("Enter")
    expect(page.locator("section.amber:focus")).to_contain_text("asks to waive")

    # A link to an earlier note goes on to the next open item; taking it away goes back to its line.
    page.get_by_role("link", name="Use an earlier note instead").press("Enter")
    page.get_by_role("radio").first.check()
    page.locator("input[type=checkbox]").first.check()
    page.get_by_role("button", name=re.compile("Link")).press("Enter")
    expect(page.locator("#toasts")).to_contain_text("linked")
    expect(page.locator("[data-item]:focus, .oneof:focus")).to_have_count(1)
    page.locator("a", has_text=re.compile("^Remove")).first.press("Enter")
    page.get_by_role("button", name=re.compile("Remove|Take")).first.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Link removed")
    expect(page.locator("[data-item]:focus")).to_have_count(1)


def test_a_status_and_its_undo_keep_the_focus_in_the_choice(desk, people):
    fm = people["fm"]
    engagement = stage.engagement(stage.customer("Elm", fm), fm)
    page = desk("fm").page
    page.goto(f"{engagement.get_absolute_url()}steps/conduct-customer-kickoff/prepare-for-kickoff-meeting/")
    status = page.get_by_label(re.compile("^Status of task 3616"))
    status.select_option("In Progress")
    expect(page.locator("#toasts")).to_contain_text("3616 is In Progress")
    expect(status).to_be_focused()
    page.get_by_role("button", name=re.compile("^Undo")).press("Enter")
    expect(status).to_have_value("Not Started")
    expect(status).to_be_focused()


def test_a_next_action_done_in_the_header_keeps_the_focus_at_its_place(desk, promises):
    page = desk("fm").page
    page.goto(promises[0].engagement.get_absolute_url())
    page.get_by_role("button", name=re.compile("^Mark done")).press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Done: Call Alder")
    expect(page.locator("#next-action")).to_be_focused()
    page.get_by_role("button", name=re.compile("^Undo")).press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Open again: Call Alder")
    expect(page.locator("#next-action")).to_be_focused()


def test_reopening_a_step_goes_to_its_heading(desk, people):
    fm = people["fm"]
    engagement = stage.engagement(stage.customer("Fjord", fm), fm)
    page = desk("fm").page
    page.goto(f"{engagement.get_absolute_url()}steps/conduct-customer-kickoff/prepare-for-kickoff-meeting/")
    for box in page.locator("section.ask:not(.is-settled)").all():
        box.locator("button[value=no]").press("Enter")
        expect(box).to_have_count(0)
    expect(page.locator("#complete-with-tasks")).to_have_count(1)
    page.locator("#complete-with-tasks").press("Enter")
    expect(page.locator("#start-next")).to_be_focused()
    page.get_by_role("link", name="Reopen this step").press("Enter")
    page.locator("textarea").fill("Too early")
    page.get_by_role("button", name=re.compile("Reopen")).press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Step reopened")
    expect(page.locator("h1")).to_be_focused()
