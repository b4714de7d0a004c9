"""The whole record of an engagement, as an FM keeps it: from a new customer to a history that tells the story."""

import datetime as dt
import re
import uuid

from playwright.sync_api import expect

from engagements.models import Engagement, Event, Referral, Tenant
from engagements.selectors.verification import judged_receipts
from tests.browser.referring import hear_of_all, refer

SERVICES = ("Exchange", "Teams", "SharePoint", "OneDrive", "Intune")
SCHEDULE = "Schedule and Conduct Adoption & Change Management Conversation"
OUTCOMES = {
    "Adopt & Co": "Chosen by the customer",
    "Change Works": "Declined by the customer",
    "Learn It": "The partner cannot help",
}
DISCUSSION = "Conduct Engagement Completion Discussion"
NEW_YEARS_EVE = dt.date(dt.date.today().year + 1, 12, 31)


def test_an_fm_keeps_the_whole_record_of_an_engagement(desk, people, tmp_path):
    me = desk("fm")
    engagement = enter_a_customer_and_start(me)
    at = engagement.get_absolute_url()

    capture_dibs_for_all_five(me, at)
    the_conversation_reads_dibs_by_itself(me, at)
    run_a_referral(me, at)
    import_usage(me, at, tmp_path)
    hold_the_completion_discussions(me, at)
    disengage_and_close(me, engagement)
    the_history_tells_it(me, at)
    a_closed_engagement_is_only_read_until_it_is_reopened(me, engagement)
    assert [why for _, why in judged_receipts() if why] == []


def enter_a_customer_and_start(me) -> Engagement:
    page = me.page
    page.goto("/engagements/")
    page.get_by_role("link", name="New customer").click()
    page.get_by_label("Customer", exact=True).fill("Tailspin Toys")
    page.get_by_label("TPID", exact=True).fill("650001")
    page.get_by_label("Tenant ID").fill(str(uuid.uuid4()))
    page.get_by_label("Domain").fill("tailspin.onmicrosoft.com")
    page.get_by_label(re.compile("^Seats")).fill("1,500")
    page.get_by_label(re.compile("^Country")).fill("PT")
    for service in SERVICES:
        page.get_by_label(service, exact=True).fill("1,500")
    me.must_be_accessible()
    me.shoot("customer-new")
    page.get_by_role("button", name="Enter the customer").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("New engagement with Tailspin Toys")
    for choice in ("RFA", *SERVICES):
        with page.expect_response("**/new/preview/**"):
            page.get_by_role("checkbox", name=choice, exact=True).check()
    expect(page.locator("#preview")).to_contain_text(re.compile(r"\d+ steps"))
    page.get_by_role("button", name="Start engagement").click()
    expect(page.get_by_role("heading", level=1, name="Tailspin Toys")).to_be_visible()
    return Engagement.objects.get(tenant=Tenant.objects.get(domain="tailspin.onmicrosoft.com"))


def capture_dibs_for_all_five(me, at):
    page = me.page
    page.goto(f"{at}services/")
    page.get_by_text("Capture for several services").click()
    form = page.locator("#capture form")
    for service in SERVICES:
        form.get_by_role("checkbox", name=service, exact=True).check()
    form.get_by_label("Due date").fill((dt.date.today() + dt.timedelta(90)).isoformat())
    form.get_by_label("Intent").select_option(label="Intends to deploy")
    form.get_by_label("Business reason").select_option(label="Work from Anywhere")
    form.get_by_label("Or a new name").fill("Priya Raman")
    form.get_by_role("button", name="Apply to the ticked services").click()
    expect(page.locator("main")).to_contain_text("DIBS complete for 5 of 5")
    me.must_be_accessible()


def the_conversation_reads_dibs_by_itself(me, at):
    """Nobody ticks it: the line says what the records say."""
    page = me.page
    page.goto(at)
    page.get_by_role("link", name=SCHEDULE, exact=True).first.click()
    line = page.locator("#inputs li", has_text="DIBS are captured").first
    expect(line).to_contain_text("From records: Complete for 5 services")
    expect(line).to_contain_text("Satisfied")
    me.shoot("dibs-by-themselves")


def run_a_referral(me, at):
    page = me.page
    page.goto(f"{at}contacts/#account-team")
    page.get_by_label("Is the account managed?").select_option(label="No")
    page.get_by_role("button", name="Save account team").click()
    refer(me, f"{at}referral/", OUTCOMES)
    me.must_be_accessible()
    hear_of_all(me, OUTCOMES)
    me.shoot("referral")
    assert Referral.objects.get().closed_on


def import_usage(me, at, folder):
    """One CSV closes what usage is asked for."""
    page = me.page
    rows = [f"Tailspin Toys,{service},{dt.date.today().isoformat()},400" for service in SERVICES]
    sheet = folder / "usage.csv"
    sheet.write_text("\n".join(["Tenant,Service,Counted on,Active users", *rows]))
    page.goto("/import/active-users/")
    page.get_by_label("Spreadsheet").set_input_files(sheet)
    page.locator("#look").click()
    page.locator("#apply").click()
    page.goto(f"{at}usage/")
    expect(page.locator("main")).to_contain_text("400")


def hold_the_completion_discussions(me, at):
    """Enablement is complete by the active users; the FM writes what the customer agreed to."""
    page = me.page
    page.goto(f"{at}closing/")
    page.get_by_role("link", name=f"{DISCUSSION}: Exchange").first.click()
    answer_no_to_what_is_asked(me)  # FastTrack migrates nothing here, so enablement ends each of the five (R23)
    page.goto(f"{at}closing/")
    expect(page.locator("main")).to_contain_text("0 of 5 completion discussions held")
    me.must_be_accessible()
    me.shoot("closing")
    for service in SERVICES:
        page.goto(f"{at}closing/")
        page.get_by_role("link", name=f"{DISCUSSION}: {service}").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(service)
        expect(page.locator("#outputs")).to_contain_text("400 active users")
        put_open_lines_into_the_note(me)
        write(me, f"{service} is in use; the customer agrees that enablement is complete.")
        page.locator("#complete").click()
        expect(page.get_by_role("heading", name=re.compile("^Completed by"))).to_be_visible()


def disengage_and_close(me, engagement):
    page, at = me.page, engagement.get_absolute_url()
    page.goto(f"{at}closing/")
    page.get_by_role("link", name="Disengagement process is complete").first.click()
    answer_no_to_what_is_asked(me)
    put_open_lines_into_the_note(me)
    write(me, "The next action is set, the move to FTCQ Inactive EMEA is requested.")
    page.locator("#complete-with-tasks").click()
    expect(page.get_by_role("heading", name=re.compile("^Completed by"))).to_be_visible()

    page.goto(f"{at}closing/")
    expect(page.locator("main")).to_contain_text("5 of 5 completion discussions held, 1 of 1 last step done")
    expect(page.get_by_label("Look again on")).to_have_value(NEW_YEARS_EVE.isoformat())
    page.get_by_label("Disengaged: what was asked for is done").check()
    page.get_by_label("What came of it").fill("All five services are in use.")
    page.get_by_label("Queue that the tenant moves to").select_option(label="FTCQ Inactive EMEA")
    page.get_by_role("button", name="Close the engagement").click()
    expect(page.locator("main")).to_contain_text("Disengaged: what was asked for is done")
    me.must_be_accessible()
    me.shoot("state-closed")
    engagement.refresh_from_db()
    assert (engagement.status, engagement.ended_as) == ("closed", "disengaged")


def the_history_tells_it(me, at):
    page = me.page
    page.goto(f"{at}history/")
    told = page.locator("#events")
    for sentence in (
        "closed the engagement",
        f"completed {DISCUSSION}: Teams",
        "started the engagement",
        "added the tenant",
    ):
        page.get_by_label("Find in the history").fill(sentence)
        expect(told).to_contain_text(sentence)
    page.get_by_label("Find in the history").fill("referral")
    expect(told).to_contain_text("referral")
    page.get_by_label("Find in the history").fill("")
    expect(page.locator("#found")).to_contain_text(re.compile(r"\d+ events"))
    assert not [event for event in Event.objects.all() if "Priya" in f"{event.before}{event.after}"]
    me.must_be_accessible()
    me.shoot("history")


def a_closed_engagement_is_only_read_until_it_is_reopened(me, engagement):
    page, at = me.page, engagement.get_absolute_url()
    for tab in ("", "services/", "notes/", "contacts/", "usage/"):
        page.goto(f"{at}{tab}")
        expect(page.locator("main")).to_contain_text("and can only be read")
        assert page.locator("main form[method=post]").count() == 0, tab
    page.goto(f"{at}state/")
    page.get_by_label("Why it is reopened").fill("The customer bought Yammer")
    page.get_by_role("button", name="Reopen").click()
    page.goto(f"{at}notes/")
    expect(page.get_by_label("What happened")).to_be_visible()


def answer_no_to_what_is_asked(me):
    for _ in range(me.page.locator("section.ask").count()):
        box = me.page.locator("section.ask:not(.is-settled)")
        if not box.count():
            return
        left = box.count()
        box.first.get_by_role("button", name="No", exact=True).click()
        expect(box).to_have_count(left - 1)


def put_open_lines_into_the_note(me):
    for section in ("inputs", "outputs"):
        button = me.page.locator(f'[data-pick-all="#{section}"]')
        if button.count() and button.is_visible():
            button.click()


def write(me, text):
    me.page.get_by_label("What happened").fill(text)
    me.page.get_by_role("button", name=re.compile("^Save note")).click()
    expect(me.page.locator(".notes")).to_contain_text(text)
