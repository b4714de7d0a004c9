"""A review held by keyboard: the agenda runs, who came is ticked, next actions are promised, the next is planned."""

import datetime as dt
import re

from playwright.sync_api import expect

from engagements.models import HealthRating, Note, Review
from engagements.services.review_closing import LONGEST_PART, PARTS
from tests import factories as make
from tests.browser import stage
from tests.browser.conftest import SCREENSHOTS

TODAY = dt.date.today()
DAYS = dt.timedelta
MARGIN = dict.fromkeys(("top", "right", "bottom", "left"), "12mm")
# As much as a part may hold.
FULL = "\n".join(["- The pilot begins in June, and the help desk is trained before"] * 20)[:LONGEST_PART]


def test_a_review_is_held_and_closed_by_keyboard(desk, people):
    tenant = stage.customer("Wingtip Toys", people["fm"])
    engagement = stage.engagement(tenant, people["fm"])
    review = planned(tenant, people["fm"])
    filled(engagement, people["fm"])
    me = desk("fm")
    page = me.page
    page.goto(f"/engagements/{engagement.pk}/reviews/")
    page.locator(f'main a[href="/reviews/{review.pk}/"]').first.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Customer-facing health review")
    me.must_be_accessible()
    me.shoot("review-prepared")

    page.keyboard.press("t")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".agenda [aria-current]")).to_contain_text("Health")
    page.get_by_role("button", name="Next item").press("Enter")
    expect(page.locator(".agenda [aria-current]")).to_contain_text("Blockers")
    page.reload()
    expect(page.locator(".agenda [aria-current]")).to_contain_text("Blockers")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()

    page.get_by_label("Priya Raman").focus()
    page.keyboard.press("Space")
    expect(page.locator("#attendance-said")).to_contain_text("2 people took part")
    page.get_by_label("Held on site").focus()
    page.keyboard.press("Space")
    expect(page.locator("#attendance-said")).to_contain_text("Say who approved")
    page.keyboard.press("Tab")
    page.keyboard.type("Joana Prates")
    page.keyboard.press("Tab")
    page.keyboard.type("A closed network")
    page.keyboard.press("Tab")
    expect(page.locator("#attendance-said")).to_contain_text("2 people took part")

    page.get_by_label("Decisions").fill("- The pilot begins in June")
    expect(page.locator("#closing [data-kept]")).to_contain_text("Draft kept")
    page.reload()  # as after a crash, or a lost sign-in
    expect(page.get_by_label("Decisions")).to_have_value("- The pilot begins in June")
    first = page.get_by_label("Next action 1", exact=True)
    expect(page.get_by_label("Next action 2")).to_be_hidden()
    first.focus()
    for text in ("Send the deck", "Ask for a sponsor"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
        page.keyboard.type((TODAY + DAYS(7)).strftime("%m%d%Y"))
        page.get_by_label("Next action 2").focus()
    page.get_by_label("Confirmed as is: Yellow").check()
    me.must_be_accessible()
    me.shoot("review-closing")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#toasts")).to_contain_text("Review closed. Its note is written, with 2 next actions.")
    expect(page.locator("main")).to_contain_text("Send the deck")
    expect(page.locator("main")).to_contain_text("On site, approved by Joana Prates")
    me.must_be_accessible()
    me.shoot("review-held")
    review.refresh_from_db()
    assert review.state == "held"
    assert "**Took part**" in Note.objects.get(review=review).body
    assert review.next_actions.count() == 2
    assert Review.objects.filter(series=review.series, state="planned").count() == 1
    assert HealthRating.objects.count() == 2

    page.get_by_role("link", name="One-page status").press("Enter")
    expect(page.get_by_role("article")).to_contain_text("The pilot begins in June")
    me.must_be_accessible()
    me.shoot("review-status")
    page.evaluate("window.printed = 0; window.print = () => { window.printed += 1; }; null")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed") == 1
    page.emulate_media(media="print")
    Review.objects.filter(pk=review.pk).update(**dict.fromkeys(PARTS, FULL))
    page.reload()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", margin=MARGIN))) == 1
    with me._measurement():
        page.screenshot(path=SCREENSHOTS / "review-status-print.png", full_page=True)
    page.emulate_media(media="screen")


def planned(tenant, owner) -> Review:
    rule = make.CadenceRuleFactory(kind="health-of-a-test", intervals=[("", "", 2, "week")])
    for at, (title, minutes) in enumerate((("Health", 5), ("Blockers", 10), ("What comes next", 15))):
        rule.agenda.create(title=title, minutes=minutes, position=at)
    series = make.ReviewSeriesFactory(rule=rule, tenant=tenant, owner=owner, agreed_on=TODAY - DAYS(14))
    return make.ReviewFactory(series=series, on=TODAY)


def filled(engagement, owner):
    """What there is to talk about."""
    make.NextActionFactory(engagement=engagement, owner=owner, text="Call the sponsor", due_on=TODAY - DAYS(3))
    make.NextActionFactory(
        engagement=engagement, owner=owner, text="Order the pilot's licences", due_on=TODAY + DAYS(5)
    )
    make.NoteFactory(engagement=engagement, author=owner, body="The network team is two weeks late.")
    customer = engagement.tenant.customer
    make.HealthRatingFactory(customer=customer, on=TODAY - DAYS(20), by=owner)
    make.ContactFactory(
        customer=customer, name="Otto Bar", kind="partner", do_not_call=True, do_not_call_why="Asked us not to call"
    )
    row = engagement.tenant.services.first()
    for days, users in ((30, 200), (15, 420), (1, 640)):
        make.UsageReadingFactory(tenant_service=row, on=TODAY - DAYS(days), active_users=users)


def test_an_enterprise_status_is_written_from_the_page_of_the_customer(desk, people):
    tenant = stage.customer("Wingtip Toys", people["fm"])
    stage.engagement(tenant, people["fm"])
    tenant.enterprise_level, tenant.customer.winner = 4, tenant
    tenant.save()
    tenant.customer.save()
    me = desk("fm")
    page = me.page
    page.goto(tenant.customer.get_absolute_url())
    page.get_by_role("link", name="Update enterprise status").press("Enter")
    page.get_by_label("Yellow", exact=True).check()
    page.get_by_label("Major Brand").check()
    page.get_by_label("Exec summary").fill("The pilot is late ## because of us")
    page.get_by_label("Next update").fill((TODAY + DAYS(40)).isoformat())
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Say where the deployment stands")).to_be_hidden()
    expect(page.locator("#row-id_overview .err")).to_be_visible()
    me.must_be_accessible()
    page.get_by_label("Deployment status").fill("Exchange is deployed.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#row-id_next_update_on .err")).to_contain_text("at most 21 days")
    page.get_by_label("Next update").fill((TODAY + DAYS(14)).isoformat())
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Enterprise status saved.")
    expect(page.get_by_role("article")).to_contain_text("The pilot is late ## because of us")
    me.must_be_accessible()
    me.shoot("enterprise-status")
