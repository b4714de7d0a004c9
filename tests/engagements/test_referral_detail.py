"""The page of a referral: from the way to a partner to the outcome of each, and task 983 beside it (R4 to R8)."""

import datetime as dt
import json

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import EngagementSummary, Event, Referral, ReferralTemplate
from engagements.services import referrals, steps
from engagements.services.locking import lock, writing
from engagements.services.referrals import ensure_template
from engagements.walk import load_walk
from tests import factories as make

TODAY = dt.date(2026, 5, 18)  # a Monday
QUERIES = 32


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 18, 12, tzinfo=dt.UTC), tick=False)


@pytest.fixture(autouse=True)
def listing(engagement):
    """Nobody manages the account, in the US; 983 is listed by a step without checklists."""
    engagement.tenant.customer.account_managed = False
    engagement.tenant.customer.save()
    engagement.tenant.country = "US"
    engagement.tenant.save()
    step = make.StepFactory(process__edition=engagement.edition, slug="kickoff", title="Kickoff")
    return make.ListingFactory(step=step, task__number=983, mandatory=False)


@pytest.fixture
def priya(engagement):
    customer = engagement.tenant.customer
    return make.ContactFactory(customer=customer, name="Priya Raman", email="priya@northwind.example")


@pytest.fixture
def ready(engagement, priya):
    """Nothing is left before sending."""
    referral = make.ReferralFactory(engagement=engagement, ready=True, contact=priya, approved_by=priya)
    make.ReferralPartnerFactory.create_batch(3, referral=referral)
    return referral


@pytest.fixture
def page(engagement):
    return reverse("referral_detail", args=[engagement.pk])


@pytest.fixture
def do(client, owner, page):
    """Posts as the owner and draws the page that follows."""
    client.force_login(owner)

    def post(what, referral=None, **data):
        given = {"do": what, **({"referral": referral.pk} if referral else {}), **data}
        return client.post(page, given, follow=True)

    return post


def text(response):
    return " ".join(response.content.decode().split())


def status(engagement):
    return load_walk(engagement.pk, TODAY).task_state(983)[0]


def send(referral, by, **values):
    given = {"usual": 3, "today": TODAY, **values}
    return referrals.send_referral(referral_id=referral.pk, by=by, **given)


def hear(partner, by, outcome, on=TODAY, **values):
    return referrals.record_outcome(
        partner_id=partner.pk, by=by, today=TODAY, outcome=outcome, contacted_on=on, **values
    )


# The way to it ------------------------------------------------------------------------------------------


def test_quickleads_comes_first_only_where_no_account_team_exists(client, owner, engagement, page):
    client.force_login(owner)
    assert client.get(page).context["main"] == "begin"
    assert "Begin a referral" in text(client.get(page))
    engagement.tenant.customer.account_managed = True
    engagement.tenant.customer.save()
    shown = client.get(page)
    assert "Begin a referral" not in text(shown)
    assert "Only where no account team exists" in text(shown)
    assert client.post(page, {"do": "begin"}, follow=True).status_code == 200
    assert not Referral.objects.exists()


def test_a_partner_of_the_customer_comes_first(client, owner, engagement, page):
    make.PartnerFactory(tenant=engagement.tenant, name="Fabrikam Services")
    client.force_login(owner)
    shown = client.get(page)
    assert "Fabrikam Services works there already." in text(shown)
    assert [way["state"] for way in shown.context["ways"]] == ["first", "closed", "later"]


def test_the_step_leads_to_the_referral_and_takes_it_as_evidence(client, owner, engagement, page, listing, ready):
    line = make.RequirementFactory(step=listing.step, text="QuickLeads", checks=["referral"])
    client.force_login(owner)
    url = reverse("step_detail", args=[engagement.pk, listing.step.process.slug, listing.step.slug])
    shown = text(client.get(url))
    assert "From records: a referral is begun and not sent yet" in shown
    assert f'href="{page}"' in shown
    send(ready, owner)
    assert "the referral sent on 18 May is open, 3 of 3 partners without an outcome" in text(client.get(url))
    for partner in ready.partners.all():
        hear(partner, owner, "declined", on=None)
    verdict = load_walk(engagement.pk, TODAY).place(listing.step.key).verdict.lines[line.pk]
    assert verdict.state == "satisfied"


# Preparing it -------------------------------------------------------------------------------------------


def test_beginning_puts_983_in_progress_and_leads_to_the_first_part(do, engagement, page):
    answer = do("begin")
    referral = Referral.objects.get()
    assert answer.redirect_chain == [(f"{page}?referral={referral.pk}#match", 302)]
    assert status(engagement) == "In Progress"
    assert "9 left before it is sent" in text(answer)


def test_there_is_one_open_referral(do, engagement, ready):
    assert "A referral is open already." in text(do("begin"))
    assert Referral.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        make.ReferralFactory(engagement=engagement)


def test_each_part_is_saved_as_one_goes(do, engagement, priya):
    do("begin")
    referral = Referral.objects.get()
    do("match", referral, service_type="both", location="Porto", specialties="Training in Portuguese")
    do("approval", referral, contact=priya.pk, approved_by=priya.pk, approval="verbal", approved_on="2026-05-15")
    answer = do("partner", referral, name="Fabrikam  Services", mpn_id="4711")
    referral.refresh_from_db()
    assert (referral.location, referral.contact, referral.approved_on) == ("Porto", priya, dt.date(2026, 5, 15))
    assert [(row.name, row.mpn_id) for row in referral.partners.all()] == [("Fabrikam Services", "4711")]
    assert "1 left before it is sent" in text(answer)
    assert "Fabrikam Services is proposed already." in text(do("partner", referral, name="fabrikam services"))
    do("drop", referral, partner=referral.partners.get().pk)
    assert not referral.partners.exists()


def test_the_mail_is_made_from_the_template_and_can_be_worded(do, owner, ready):
    ensure_template()
    make.ReferralPartnerFactory(referral=ready, name="Żubr Change")
    ready.mail_body = ready.mail_subject = ""
    ready.save()
    answer = do("write", ready)
    ready.refresh_from_db()
    assert ready.mail_subject == "Partners for adoption and change management at Northwind Traders"
    assert ready.mail_body.startswith("Hello Priya Raman,")
    assert "- Żubr Change" in ready.mail_body
    assert "within 3 business days" in ready.mail_body
    assert ready.mail_body.endswith(str(owner))
    assert "mailto:priya@northwind.example?subject=Partners%20for" in text(answer)
    do("mail", ready, mail_subject="Our partners", mail_body="Hello Priya")
    ready.refresh_from_db()
    assert (ready.mail_subject, ready.mail_body) == ("Our partners", "Hello Priya")


def test_a_template_of_the_service_type_goes_before_the_general_one(do, ready):
    ensure_template()
    make.ReferralTemplateFactory(service_type="training", subject="Trainers for {customer}")
    do("write", ready)
    ready.refresh_from_db()
    assert ready.mail_subject == "Trainers for Northwind Traders"


def test_what_admins_worded_stays(db):
    make.ReferralTemplateFactory(subject="Ours")
    ensure_template()
    assert ReferralTemplate.objects.get().subject == "Ours"


def test_the_mail_needs_what_it_names(do, engagement):
    do("begin")
    assert "The mail names all of this, so it comes first." in text(do("write", Referral.objects.get()))


def test_who_must_not_be_called_cannot_be_named_to_the_partners(do, engagement, ready, priya):
    bo = make.ContactFactory(
        customer=priya.customer, name="Bo Lindqvist", do_not_call=True, do_not_call_why="Asked not to be called"
    )
    answer = do("approval", ready, contact=bo.pk, approval="written", approved_by=priya.pk, approved_on="2026-05-15")
    assert answer.status_code == 422
    assert "Bo Lindqvist must not be called: Asked not to be called. Partners would call." in text(answer)
    answer = do("approval", ready, contact=priya.pk, approval="verbal", approved_by=bo.pk, approved_on="2026-05-15")
    assert "Take the approval in writing, or from somebody else." in text(answer)
    ready.refresh_from_db()
    assert ready.approved_by == priya
    do("approval", ready, contact=priya.pk, approval="written", approved_by=bo.pk, approved_on="2026-05-15")
    ready.refresh_from_db()
    assert ready.approved_by == bo


def test_somebody_of_another_customer_cannot_be_named(do, owner, ready):
    other = make.ContactFactory()
    assert do("approval", ready, contact=other.pk, approval="", approved_by="", approved_on="").status_code == 422
    with pytest.raises(referrals.Refused, match="nobody of this customer"):
        referrals.change_referral(referral_id=ready.pk, by=owner, today=TODAY, contact=other)


def test_an_approval_does_not_lie_ahead(do, ready, priya):
    answer = do("approval", ready, contact=priya.pk, approval="verbal", approved_by=priya.pk, approved_on="2026-06-01")
    assert "This day has not come yet." in text(answer)


def test_the_second_of_two_is_asked_whose_value_stays(do, colleague, ready):
    shown = {"service_type": "training", "location": "Lisbon", "specialties": "Teams champions"}
    referrals.change_referral(referral_id=ready.pk, by=colleague, today=TODAY, location="Porto")
    answer = do("match", ready, **shown | {"location": "Faro"}, seen=json.dumps(shown))
    assert answer.status_code == 409
    assert "Keep theirs: Porto" in text(answer)
    ready.refresh_from_db()
    assert ready.location == "Porto"


def test_a_change_can_be_undone(client, do, owner, ready, page):
    values = {"service_type": "both", "location": "Porto", "specialties": "Teams champions"}
    client.force_login(owner)
    answer = client.post(page, {"do": "match", "referral": ready.pk, **values}, headers={"HX-Request": "true"})
    undo = json.loads(answer.headers["HX-Trigger"])["toast"]["undo"]
    client.post(undo)
    ready.refresh_from_db()
    assert (ready.service_type, ready.location) == ("training", "Lisbon")


# Sending it ---------------------------------------------------------------------------------------------


def test_a_referral_with_things_left_is_not_sent(do, engagement):
    do("begin")
    answer = do("send", Referral.objects.get())
    assert answer.status_code == 409
    assert "Not sent: 9 things are left, listed beside." in text(answer)
    assert Referral.objects.get().sent_on is None


def test_sent_partners_have_three_business_days_of_the_tenants_country(do, engagement, ready):
    answer = do("send", ready, how="marked", sent_on="2026-05-18")
    ready.refresh_from_db()
    assert (ready.sent_on, ready.contact_due_on) == (TODAY, dt.date(2026, 5, 21))
    assert EngagementSummary.objects.get(pk=engagement.pk).referral_due_on == dt.date(2026, 5, 21)
    assert "getting in touch is due Thu 21 May" in text(answer)
    assert status(engagement) == "In Progress"
    assert mail.outbox == []


@pytest.mark.parametrize(
    "country, said",
    [
        ("US", "Business days are those of US, where the tenant is."),
        ("XX", "The holidays of XX are not known, so weekends alone are left out."),
        ("", "The tenant has no country, so weekends alone are left out."),
    ],
)
def test_the_page_says_by_which_calendar_days_are_counted(client, owner, engagement, ready, page, country, said):
    engagement.tenant.country = country
    engagement.tenant.save()
    client.force_login(owner)
    assert said in text(client.get(page))


def test_another_number_of_partners_is_confirmed_first(do, ready, settings):
    settings.REFERRAL_PARTNERS = 2
    answer = do("send", ready, how="marked")
    assert answer.status_code == 422
    assert "3 partners are proposed, more than the usual 2. Send it all the same?" in text(answer)
    do("send", ready, how="marked", number_confirmed="on")
    ready.refresh_from_db()
    assert ready.sent_on == TODAY


def test_whether_an_account_team_exists_is_known_before_sending(do, engagement, ready):
    engagement.tenant.customer.account_managed = None
    engagement.tenant.customer.save()
    answer = do("send", ready, how="marked")
    assert answer.status_code == 409
    assert "Say whether an account team looks after this customer" in text(answer)


def test_the_desk_sends_the_mail_where_it_has_a_mail_server(do, owner, ready, settings):
    settings.SENDS_MAIL = True
    answer = do("send", ready, how="mail")
    assert "The mail is sent." in text(answer)
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.reply_to) == (["priya@northwind.example"], ready.mail_subject, [owner.email])
    ready.refresh_from_db()
    assert ready.sent_from_here is True


def test_without_a_mail_server_nothing_is_sent_in_anybodys_name(client, owner, ready, page, do):
    client.force_login(owner)
    assert "Send the mail" not in text(client.get(page))
    do("send", ready, how="mail")
    ready.refresh_from_db()
    assert (mail.outbox, ready.sent_from_here) == ([], False)


def test_a_mail_server_that_refuses_leaves_everything_as_it_was(do, engagement, ready, settings):
    settings.SENDS_MAIL = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = do("send", ready, how="mail")
    assert answer.status_code == 422
    assert "The mail server did not take the mail" in text(answer)
    ready.refresh_from_db()
    assert (ready.sent_on, status(engagement)) == (None, "Not Started")


def test_the_text_that_stands_on_the_page_is_what_was_sent(do, ready):
    do("send", ready, how="marked", mail_subject="Our partners", mail_body="Hello Priya,\r\nworded anew")
    ready.refresh_from_db()
    assert (ready.mail_subject, ready.mail_body) == ("Our partners", "Hello Priya,\nworded anew")
    assert ready.sent_on == TODAY


def test_what_was_sent_cannot_be_changed(do, owner, ready):
    send(ready, owner)
    for what in ("match", "approval", "partner", "write", "mail", "send"):
        assert "This referral is sent" in text(do(what, ready, name="Late partner"))
    ready.refresh_from_db()
    assert ready.location == "Lisbon"


def test_the_database_refuses_one_that_is_sent_without_approval(engagement):
    with pytest.raises(IntegrityError), transaction.atomic():
        make.ReferralFactory(engagement=engagement, sent_on=TODAY, contact_due_on=TODAY)


# What came of it ----------------------------------------------------------------------------------------


def test_the_last_outcome_closes_it_and_983_with_it(do, owner, engagement, ready):
    send(ready, owner)
    first, second, third = ready.partners.all()
    for partner in (first, second):
        do("outcome", ready, partner=partner.pk, outcome="declined", contacted_on="2026-05-18")
    ready.refresh_from_db()
    assert (ready.closed_on, status(engagement)) == (None, "In Progress")
    answer = do("outcome", ready, partner=third.pk, outcome="chosen", contacted_on="2026-05-18", outcome_text="Pilot")
    ready.refresh_from_db()
    assert (ready.closed_on, status(engagement)) == (TODAY, "Complete")
    assert "Chosen by the customer: Pilot" in text(answer)
    assert EngagementSummary.objects.get(pk=engagement.pk).referral_due_on is None


def test_a_wrong_outcome_is_taken_back_and_opens_it_again(owner, engagement, ready):
    send(ready, owner)
    for partner in ready.partners.all():
        hear(partner, owner, "declined")
    hear(ready.partners.first(), owner, "")
    ready.refresh_from_db()
    assert (ready.closed_on, status(engagement)) == (None, "In Progress")


def test_the_last_outcome_is_undone_together_with_the_closing(client, owner, engagement, ready, page):
    send(ready, owner)
    *others, last = ready.partners.all()
    for partner in others:
        hear(partner, owner, "declined")
    client.force_login(owner)
    given = {"do": "outcome", "referral": ready.pk, "partner": last.pk, "outcome": "unable"}
    answer = client.post(page, given, headers={"HX-Request": "true"})
    client.post(json.loads(answer.headers["HX-Trigger"])["toast"]["undo"])
    ready.refresh_from_db()
    assert (ready.closed_on, status(engagement)) == (None, "In Progress")


def test_nobody_waits_any_more_once_every_partner_is_in_touch(owner, engagement, ready):
    send(ready, owner)
    for partner in ready.partners.all():
        hear(partner, owner, "")
    assert EngagementSummary.objects.get(pk=engagement.pk).referral_due_on is None


def test_an_outcome_needs_a_day_that_can_be(do, owner, ready):
    send(ready, owner)
    partner = ready.partners.first()
    for day in ("2026-05-17", "2026-05-19"):
        answer = do("outcome", ready, partner=partner.pk, outcome="declined", contacted_on=day)
        assert "Give a day between the one the referral was sent on and today." in text(answer)
    answer = do("outcome", ready, partner=partner.pk, outcome="chosen")
    assert "Say on which day the partner got in touch, too." in text(answer)


def test_a_withdrawn_referral_says_why_and_gives_983_back(do, engagement, owner, ready):
    do("begin")
    steps_before = status(engagement)
    assert "Say why it is withdrawn" in text(do("withdraw", ready, why=" "))
    with writing():
        lock(engagement.pk)
        referrals.follow_referrals(engagement_id=engagement.pk, by=owner, today=TODAY)
    assert (steps_before, status(engagement)) == ("Not Started", "In Progress")
    answer = do("withdraw", ready, why="The customer hires a trainer")
    assert "Withdrawn today: The customer hires a trainer" in text(answer)
    assert status(engagement) == "Not Started"
    assert "Begin another referral" in text(answer)


def test_983_waits_for_the_checklists_of_the_step_that_lists_it(client, owner, engagement, listing, ready, page):
    line = make.RequirementFactory(step=listing.step, text="The kickoff was held", checks=["attest"])
    send(ready, owner)
    for partner in ready.partners.all():
        hear(partner, owner, "declined")
    assert status(engagement) == "In Progress"
    client.force_login(owner)
    assert "It becomes complete with <a" in text(client.get(page))
    at = {"engagement_id": engagement.pk, "step_key": listing.step.key, "by": owner, "today": TODAY}
    steps.state_line(**at, requirement=line.pk, text="It was")
    steps.complete_step(**at)
    assert status(engagement) == "Complete"


def test_an_edition_without_983_has_referrals_all_the_same(owner, engagement, listing, ready):
    listing.delete()
    send(ready, owner)
    ready.refresh_from_db()
    assert ready.sent_on == TODAY


# Who, history, queries ----------------------------------------------------------------------------------


def test_the_history_tells_it_and_names_no_partner(client, do, owner, engagement, ready):
    send(ready, owner)
    hear(ready.partners.first(), owner, "declined", text="Too far away")
    told = text(client.get(reverse("engagement_history", args=[engagement.pk]), {"kind": "referrals"}))
    assert "sent the referral" in told
    assert "Partners get in touch by 21 May 2026" in told
    assert "heard from a partner of the referral" in told
    assert "outcome Declined by the customer" in told
    assert ready.partners.first().name not in told


def test_events_keep_no_name_of_a_contact(do, ready, priya):
    ensure_template()
    do("write", ready)
    do("mail", ready, mail_subject="Hello Priya Raman", mail_body="Dear Priya Raman")
    assert "Priya" not in str(list(Event.objects.values_list("before", "after")))


def test_a_partner_does_not_read_it_and_a_reader_changes_nothing(client, partner, leader, stranger, page, ready):
    client.force_login(partner)
    assert [client.get(page).status_code, client.post(page).status_code] == [403, 403]
    client.force_login(stranger)
    assert [client.get(page).status_code, client.post(page).status_code] == [404, 404]
    client.force_login(leader)
    shown = text(client.get(page))
    assert "Lisbon" in shown
    assert "Save what" not in shown
    assert "Mark as sent" not in shown
    assert client.post(page, {"do": "begin"}).status_code == 403


def test_a_referral_of_another_engagement_is_not_found(client, owner, page):
    other = make.ReferralFactory()
    client.force_login(owner)
    assert client.get(page, {"referral": other.pk}).status_code == 404
    assert client.post(page, {"do": "withdraw", "referral": other.pk, "why": "x"}).status_code == 404


def test_queries_do_not_grow_with_partners_or_referrals(
    client, owner, engagement, ready, page, django_assert_num_queries
):
    client.force_login(owner)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    assert len(few) <= QUERIES
    make.ReferralPartnerFactory.create_batch(20, referral=ready)
    for _ in range(5):
        make.ReferralFactory(engagement=engagement, closed_on=TODAY, withdrawn_why="Over")
    with django_assert_num_queries(len(few)):
        client.get(page)


def test_the_customers_own_partner_is_written_down_where_one_looks_for_a_way(client, owner, leader, engagement, page):
    client.force_login(owner)
    assert "No partner is recorded for this tenant" in client.get(page).content.decode()
    refused = client.post(page, {"do": "own", "name": " "})
    assert (refused.status_code, "Give the name of the partner." in refused.content.decode()) == (422, True)
    shown = client.post(page, {"do": "own", "name": "Alpine Consulting", "mpn_id": "400123"}, follow=True)
    assert "Alpine Consulting works there already." in shown.content.decode()
    twice = client.post(page, {"do": "own", "name": "alpine consulting"})
    assert "is listed already" in twice.content.decode()
    assert engagement.tenant.partners.get().mpn_id == "400123"
    client.force_login(leader)
    assert client.post(page, {"do": "own", "name": "Another"}).status_code == 403
    assert "add-own" not in client.get(page).content.decode()
