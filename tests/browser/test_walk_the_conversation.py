"""The main job: an FM walks a customer from the kickoff through the whole adoption conversation."""

import re

from playwright.sync_api import expect

from engagements.models import Engagement, Receipt, TaskRecord
from engagements.services.customers import enable_service
from engagements.walk import load_walk
from tests.browser import stage
from tests.browser.referring import hear_of_all, refer

CONVERSATION = "Conduct Adoption & Change Management Conversation"
SCHEDULE = "Schedule and Conduct Adoption & Change Management Conversation"
PARTNER = "Request an ACM Partner"
COMPLETE = "Adoption & Change Management Customer Conversation Complete"
VALUE_ADD = "Value-Add Discussions"


def open_step(desk, title):
    """From the workspace, whichever role the step is for."""
    desk.page.get_by_role("link", name=title, exact=True).first.click()
    expect(desk.page.get_by_role("heading", level=1, name=title)).to_be_visible()


def put_everything_open_into_the_note(desk):
    for section in ("inputs", "outputs"):
        button = desk.page.locator(f'[data-pick-all="#{section}"]')
        if button.count():
            desk.click(button)


def write(desk, text):
    desk.fill(desk.page.get_by_label("What happened"), text)
    desk.click(desk.page.get_by_role("button", name=re.compile("^Save note")))
    expect(desk.page.locator(".notes")).to_contain_text(text)


def answer(desk, question, choice):
    box = desk.page.get_by_role("region", name=question)
    box.get_by_role("button", name=choice, exact=True).click()
    expect(desk.page.get_by_role("region", name=question)).to_have_class(re.compile("is-settled"))


def complete(desk):
    """Presses whichever Complete the gate bar offers; the receipt follows."""
    with_tasks = desk.page.locator("#complete-with-tasks")
    desk.click(with_tasks if with_tasks.count() else desk.page.locator("#complete"))
    expect(desk.page.get_by_role("heading", name=re.compile("^Completed by"))).to_be_visible()


def do_the_kickoff(desk):
    """The four steps of the kickoff, one note each; DIBS come from the records."""
    desk.page.get_by_role("link", name="Prepare for Kickoff Meeting").first.click()
    for _ in range(4):
        for box in desk.page.locator("section.ask").all():
            if not box.locator('[aria-pressed="true"]').count():
                answer(desk, box.get_by_role("heading").inner_text(), "No")
        if desk.page.locator("#gate.is-ready").count() == 0 and desk.page.locator("#complete-with-tasks").count() == 0:
            put_everything_open_into_the_note(desk)
            write(desk, "We prepared and held the kickoff; everybody knows their part.")
        complete(desk)
        desk.click(desk.page.locator("#start-next"))


def test_an_fm_walks_the_conversation_by_way_of_a_partner(desk, people):
    fm = people["fm"]
    engagement = stage.engagement(stage.customer("Northwind Traders", fm), fm)
    me = desk("fm")
    page = me.page

    # Today proposes what to open.
    me.must_be_accessible()
    me.shoot("today")
    row = page.locator(".todo-r", has_text="Prepare for Kickoff Meeting").first
    expect(row).to_contain_text("Northwind Traders")
    row.get_by_role("link", name="Northwind Traders").first.click()
    me.must_be_accessible()
    me.shoot("workspace")

    # The conversation cannot be closed before the kickoff: what is missing is named.
    open_step(me, SCHEDULE)
    page.locator("#complete").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Not completed")
    expect(page.locator("#gate .gate-left")).to_contain_text("kickoff", ignore_case=True)
    expect(page.locator("#gate .gate-left a").first).to_be_focused()
    assert not Receipt.objects.exists()
    expect(page.get_by_text("From records: ", exact=False).first).to_be_visible()
    me.shoot("step-refused")

    # The kickoff.
    page.get_by_role("link", name="Northwind Traders").first.click()
    do_the_kickoff(me)
    assert TaskRecord.objects.get(task__number=994).status == "Complete"

    # The conversation's four steps, the partner by one of three routes.
    page.goto(engagement.get_absolute_url())
    open_step(me, SCHEDULE)
    put_everything_open_into_the_note(me)
    write(me, "Held the conversation with the customer deck; all four resources reviewed.")
    complete(me)
    page.goto(engagement.get_absolute_url())
    open_step(me, PARTNER)
    answer(me, page.locator("section.ask").first.get_by_role("heading").inner_text(), "Yes")
    page.get_by_role("radio", name=re.compile("QuickLeads")).check()
    expect(page.locator("#gate")).to_contain_text("Referral")
    put_everything_open_into_the_note(me)
    me.must_be_accessible()
    me.shoot("step")
    write(me, "Presented partner help; she agreed to share her details.")
    step = page.url
    refer(me, f"{engagement.get_absolute_url()}referral/")
    hear_of_all(me, dict.fromkeys(("Adopt & Co", "Change Works", "Learn It"), "Chosen by the customer"))
    page.goto(step)
    expect(page.locator("main")).to_contain_text("none is open")
    expect(page.locator("#gate.is-ready")).to_be_visible()
    me.must_be_accessible()
    complete(me)
    me.must_be_accessible()
    me.shoot("receipt")
    me.click(page.locator("#start-next"))
    expect(page.get_by_role("heading", level=1, name=COMPLETE)).to_be_visible()
    put_everything_open_into_the_note(me)
    write(me, "The customer decided: champions first, partner from June.")
    expect(page.locator("#complete-with-tasks")).to_have_text("Complete 4047 and the step")
    complete(me)
    assert TaskRecord.objects.get(task__number=4047).status == "Complete"
    page.goto(engagement.get_absolute_url())
    open_step(me, VALUE_ADD)
    finish_value_add(me)

    # What comes next is another process.
    walk = load_walk(engagement.pk, dt_today())
    assert all(place.is_done for key in conversation_keys(walk) for place in walk.places_of(key) if place.applies)
    expect(page.locator("#next")).not_to_contain_text(CONVERSATION)
    expect(page.locator("#start-next")).to_be_visible()


def test_another_customer_wants_no_partner(desk, people):
    fm = people["fm"]
    engagement = stage.engagement(stage.customer("Contoso", fm), fm)
    me = desk("fm")
    page = me.page
    page.goto(engagement.get_absolute_url())
    do_the_kickoff(me)
    page.goto(engagement.get_absolute_url())
    open_step(me, PARTNER)
    answer(me, page.locator("section.ask").first.get_by_role("heading").inner_text(), "No")
    expect(page.locator("#step-body")).to_contain_text("does not apply here")
    page.goto(engagement.get_absolute_url())
    open_step(me, SCHEDULE)
    put_everything_open_into_the_note(me)
    write(me, "Held the conversation; they drive adoption with their own team.")
    complete(me)
    me.click(page.locator("#start-next"))
    expect(page.get_by_role("heading", level=1, name=COMPLETE)).to_be_visible()
    put_everything_open_into_the_note(me)
    write(me, "They decided to lead adoption themselves.")
    complete(me)
    assert TaskRecord.objects.get(task__number=4047).status == "Complete"
    walk = load_walk(engagement.pk, dt_today())
    partner = next(p for p in walk.places if p.step.title == PARTNER)
    assert not partner.applies
    assert not partner.is_done


def test_a_csm_takes_over_teams(desk, people):
    fm = people["fm"]
    tenant = stage.customer("Fabrikam", fm, services=("Teams",), csm=True)
    engagement = stage.engagement(tenant, fm)
    enable_service(tenant_service=tenant.services.get(), on=dt_today(), by=fm)
    me = desk("fm")
    page = me.page
    page.goto(engagement.get_absolute_url())
    for title in ("Schedule Success Check-in Meetings", "Encourage Customer to Track Adoption Progress"):
        row = page.locator("li.st", has_text=title)
        expect(row).to_contain_text("CSM")
    open_step(me, "CSM Handshake for Modern Comms")
    task = page.locator("#task-3731")
    expect(task).to_contain_text("Mandatory here")
    page.locator("#complete").click()
    expect(page.get_by_role("alert")).to_contain_text("Not completed")
    expect(page.locator("#gate")).to_contain_text("3731")
    page.goto(f"{engagement.get_absolute_url()}services/")
    me.must_be_accessible()


def finish_value_add(desk):
    for box in desk.page.locator("section.ask").all():
        answer(desk, box.get_by_role("heading").inner_text(), "No")
    put_everything_open_into_the_note(desk)
    write(desk, "Offered the value discussions; partners for training were introduced.")
    for select in desk.page.locator("select[name=status]").all():
        select.select_option("Complete")
        expect(desk.page.locator("#toasts")).to_contain_text("is Complete")
    complete(desk)


def conversation_keys(walk):
    process = next(p for phase in walk.edition.phases for p in phase.processes if p.title == CONVERSATION)
    return [step.key for step in process.steps]


def dt_today():
    import datetime as dt

    return dt.date.today()


def test_few_interactions_complete_a_step(desk, people):
    """At most 3 from Today for a step that is ready; at most 8 to document its outputs and complete."""
    fm = people["fm"]
    stage.engagement(stage.customer("Litware", fm), fm)
    me = desk("fm")
    page = me.page
    hold_the_kickoff(me)
    page.goto("/")
    me.done = 0
    me.click(
        page.locator(".todo-r", has_text="Confirm DIBS").get_by_role("link", name=re.compile("Review and complete"))
    )
    complete(me)
    assert me.done <= 3
    page.goto("/")
    capture_ssat(me)
    page.goto("/")
    me.done = 0
    me.click(page.locator(".todo-r", has_text=SCHEDULE).first.get_by_role("link", name=re.compile("Open step|Start")))
    put_everything_open_into_the_note(me)
    assert page.locator("#outputs input[name=documents]:checked").count() >= 4
    write(me, "Held the conversation with the customer deck; all four resources reviewed.")
    complete(me)
    assert me.done <= 8
    assert Engagement.objects.get().summary.steps_done == 5


def hold_the_kickoff(desk):
    """The first two steps, up to the meeting itself."""
    desk.page.get_by_role("link", name="Open step", exact=False).first.click()
    for _ in range(2):
        for box in desk.page.locator("section.ask").all():
            if not box.locator('[aria-pressed="true"]').count():
                answer(desk, box.get_by_role("heading").inner_text(), "No")
        complete(desk)
        desk.click(desk.page.locator("#start-next"))


def capture_ssat(desk):
    desk.page.locator(".todo-r", has_text="Capture Available SSAT").get_by_role(
        "link", name=re.compile("Open step")
    ).click()
    put_everything_open_into_the_note(desk)
    write(desk, "Stakeholders are named; the other three letters follow.")
    complete(desk)
