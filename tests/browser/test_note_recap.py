"""A recap: from the note to a mail that is copied, without what is internal."""

import datetime as dt
import re

from django.utils import timezone
from playwright.sync_api import expect

from tests import factories as make
from tests.browser import stage

BODY = (
    "# Kickoff\n\n- Agreed on Teams, see the [deck](https://microsoft.sharepoint.com/x)\n"
    "- @fe joins, task 983 follows\n\n"
    "> [!INTERNAL]\n> They hesitate.\n\n## FTC actions\n\n- ask the account team"
)


def holds(text):
    return re.compile(re.escape(text))


def begins(text):
    return re.compile("^" + re.escape(text))


def test_a_recap_is_made_from_a_note_and_copied(desk, people):
    tenant = stage.customer("Fabrikam Residences", people["fm"])
    engagement = stage.engagement(tenant, people["fm"])
    tenant.customer.contacts.update(email="priya@fabrikam.example")
    make.ContactFactory(
        customer=tenant.customer, name="Bo Lindqvist", do_not_call=True, do_not_call_why="Asked to be left alone"
    )
    note = make.NoteFactory(engagement=engagement, body=BODY, author=people["fm"], created_at=timezone.now())
    make.NextActionFactory(
        engagement=engagement,
        note=note,
        text="Call the sponsor",
        owner=people["fm"],
        due_on=dt.date.today() + dt.timedelta(days=6),
    )
    me = desk("fm")
    page = me.page
    page.goto(f"{engagement.get_absolute_url()}notes/{note.pk}/")
    page.get_by_role("link", name="Recap for the customer").click()
    body = page.get_by_label("Text")
    expect(body).to_have_value(holds("Agreed on Teams, see the deck"))
    taken = page.get_by_role("region", name="Taken out")
    expect(taken).to_contain_text("They hesitate.")
    expect(taken).to_contain_text("FTC actions: ask the account team")
    expect(page.get_by_label("Bo Lindqvist")).to_be_disabled()
    expect(page.get_by_text("Do Not Call: Asked to be left alone.")).to_be_visible()
    me.must_be_accessible()
    me.shoot("note-recap")

    link = page.get_by_role("link", name="Open in my mail program")
    page.get_by_label("Priya Raman").check()
    expect(link).to_have_attribute("href", begins("mailto:priya@fabrikam.example?"))
    with_next = page.get_by_label("With the next action")
    expect(body).to_have_value(holds("Next: Call the sponsor, by"))
    with_next.uncheck()
    expect(body).not_to_have_value(holds("Next:"))
    with_next.check()
    expect(body).to_have_value(holds("Next: Call the sponsor, by"))

    page.get_by_role("button", name="Copy the text").click()
    expect(page.locator("#toasts")).to_contain_text("copied")
    page.get_by_role("button", name="Mark as sent").click()
    expect(page.locator("#toasts")).to_contain_text("The recap is marked as sent.")


def test_what_is_pasted_and_whom_nobody_chose_is_refused_with_the_text_kept(desk, people):
    tenant = stage.customer("Humongous Insurance", people["fm"])
    engagement = stage.engagement(tenant, people["fm"])
    tenant.customer.contacts.update(email="priya@humongous.example")
    note = make.NoteFactory(engagement=engagement, body="Agreed on Teams.", author=people["fm"])
    me = desk("fm")
    page = me.page
    page.goto(f"{engagement.get_absolute_url()}notes/{note.pk}/recap/")
    body = page.get_by_label("Text")
    body.fill("See https://microsoft.sharepoint.com/x")
    page.get_by_role("button", name="Mark as sent").click()
    expect(page.get_by_text("Choose who gets the recap.")).to_be_visible()
    page.get_by_label("Priya Raman").check()
    page.get_by_role("button", name="Mark as sent").click()
    expect(page.get_by_text("Customers cannot open or should not read")).to_be_visible()
    expect(body).to_have_value("See https://microsoft.sharepoint.com/x")
