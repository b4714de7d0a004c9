"""The rules of a referral (R4 to R8): which way to a partner comes first, what is left, where 983 stands."""

import datetime as dt
from dataclasses import replace

import pytest

from engagements import working_days
from engagements.referral_mail import PLACEHOLDERS, bundled, fill, unknown_placeholders
from engagements.referring import Draft, Person, missing, task_status, unusual_number, ways

PRIYA = Person("Priya Raman", "priya@northwind.example")
BARRED = Person("Bo Lindqvist", barred="Asked not to be called.")
WHOLE = Draft(
    managed=False,
    service_type="training",
    location="Lisbon",
    specialties="Teams champions",
    contact=PRIYA,
    approval="verbal",
    approved_by=PRIYA,
    approved_on=dt.date(2026, 5, 18),
    partners=3,
    subject="Partners",
    body="Hello",
)


@pytest.mark.parametrize(
    "own, managed, states",
    [
        (("Fabrikam",), False, {"own": "first", "account-team": "closed", "quickleads": "later"}),
        (("Fabrikam",), True, {"own": "first", "account-team": "later", "quickleads": "closed"}),
        ((), True, {"own": "later", "account-team": "first", "quickleads": "closed"}),
        ((), None, {"own": "later", "account-team": "first", "quickleads": "later"}),
        ((), False, {"own": "later", "account-team": "closed", "quickleads": "first"}),
    ],
)
def test_the_ways_to_a_partner_stand_in_their_order(own, managed, states):
    found = ways(own, managed)
    assert {way.key: way.state for way in found} == states
    assert all(way.why.endswith(".") for way in found)


def test_a_whole_referral_lacks_nothing():
    assert missing(WHOLE) == ()


@pytest.mark.parametrize(
    "change, part, text",
    [
        ({"managed": True}, "", "An account team looks after this customer; it searches for partners itself."),
        ({"managed": None}, "", "Say whether an account team looks after this customer"),
        ({"service_type": ""}, "match", "The service type is not chosen."),
        ({"location": " "}, "match", "The location is not given"),
        ({"specialties": ""}, "match", "The specialties are not given"),
        ({"contact": None}, "approval", "Nobody is named whom the partners contact."),
        (
            {"contact": BARRED},
            "approval",
            "Bo Lindqvist must not be called: Asked not to be called. Partners would call.",
        ),
        ({"approval": ""}, "approval", "by word or in writing"),
        ({"approved_by": None}, "approval", "who approved"),
        ({"approved_by": BARRED}, "approval", "Take the approval in writing, or from somebody else."),
        ({"approved_on": None}, "approval", "The day of the approval is not given."),
        ({"partners": 0}, "partners", "No partner is proposed."),
        ({"body": ""}, "mail", "The mail to the customer is not written."),
    ],
)
def test_each_thing_that_is_left_is_named_with_its_part(change, part, text):
    found = missing(replace(WHOLE, **change))
    assert [one.part for one in found] == [part]
    assert text in found[0].text


def test_everything_that_is_left_is_named_at_once_in_the_order_of_the_page():
    found = missing(Draft())
    assert [one.part for one in found] == ["", *["match"] * 3, *["approval"] * 4, "partners", "mail"]


def test_who_must_not_be_called_may_approve_in_writing():
    assert missing(replace(WHOLE, approval="written", approved_by=BARRED)) == ()


@pytest.mark.parametrize(
    "partners, said", [(3, ""), (2, "2 partners are proposed, fewer than"), (1, "1 partner is"), (4, "more than")]
)
def test_another_number_of_partners_is_asked_back(partners, said):
    assert said in unusual_number(partners, 3)
    assert bool(unusual_number(partners, 3)) is bool(said)


@pytest.mark.parametrize(
    "now, is_open, was_sent, then",
    [
        ("Not Started", True, False, "In Progress"),
        ("In Progress", True, True, "In Progress"),
        ("In Progress", False, True, "Complete"),
        ("Complete", True, True, "In Progress"),
        ("In Progress", False, False, "Not Started"),
        ("Not Required", False, False, "Not Required"),
        ("Blocked-Business", False, False, "Blocked-Business"),
    ],
)
def test_983_stands_where_the_referrals_say(now, is_open, was_sent, then):
    assert task_status(now, is_open=is_open, was_sent=was_sent) == then


# Business days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start, country, then",
    [
        (dt.date(2026, 5, 18), "US", dt.date(2026, 5, 21)),  # Monday to Thursday
        (dt.date(2026, 5, 21), "US", dt.date(2026, 5, 27)),  # over a weekend and Memorial Day
        (dt.date(2026, 4, 30), "DE", dt.date(2026, 5, 6)),  # over 1 May
        (dt.date(2026, 4, 30), "de", dt.date(2026, 5, 6)),
        (dt.date(2026, 7, 9), "SA", dt.date(2026, 7, 14)),  # the weekend there is Friday and Saturday
        (dt.date(2026, 4, 30), "XX", dt.date(2026, 5, 5)),  # not known: weekends alone
        (dt.date(2026, 4, 30), "", dt.date(2026, 5, 5)),
    ],
)
def test_three_business_days_are_those_of_the_country(start, country, then):
    assert working_days.working_day_after(start, 3, country) == then


def test_a_country_that_is_not_known_is_no_country():
    assert [working_days.is_known(country) for country in ("DE", "pt", "XX", "")] == [True, True, False, False]


# The mail -----------------------------------------------------------------------------------------------


def test_the_bundled_mail_tells_the_three_business_days_and_names_only_what_is_known():
    mail = bundled()
    assert unknown_placeholders(mail["subject"] + mail["body"]) == []
    filled = fill(mail["body"], {name: f"<{name}>" for name in PLACEHOLDERS})
    assert "within <days> business days" in filled
    assert "{" not in filled


def test_a_template_reaches_for_nothing_but_its_placeholders():
    assert fill("{customer.__class__} {customer} {nobody}", {"customer": "Contoso"}) == (
        "{customer.__class__} Contoso {nobody}"
    )
    assert unknown_placeholders("{custmer} {customer}") == ["custmer"]
