"""The checks ``contact`` and ``contact:survey``: what they ask of the records, and what they say (R21, R56)."""

import datetime as dt

import pytest

from engagements.checks import facts_for
from engagements.selectors.places import fact_url
from engagements.walk import load_walk
from playbook.spec import RequirementSpec
from tests import factories as make

TODAY = dt.date(2026, 5, 21)


@pytest.fixture
def check(engagement):
    """What the records say about a check."""

    def ask(name: str):
        line = RequirementSpec(id=1, key="line", section="output", text="A contact", checks=(name,))
        return facts_for([line], (), load_walk(engagement.pk, TODAY))[name]

    return ask


@pytest.fixture
def person(engagement):
    return lambda **values: make.ContactFactory(customer=engagement.tenant.customer, **values)


def test_a_contact_of_the_customer_is_asked_for(check, person, engagement):
    person(kind="microsoft")
    person(kind="partner")
    fact = check("contact")
    assert (fact.holds, fact.reason) == (False, "No contact of the customer is recorded.")
    assert fact_url(fact.edited_at, engagement.pk) == f"/engagements/{engagement.pk}/contacts/#new-contact"
    person()
    assert check("contact").reason == "1 contact of the customer recorded."


def test_the_survey_asks_somebody_with_language_country_and_services(check, person):
    assert check("contact:survey").reason == "No contact of the customer is recorded, so no one can be asked."
    person()
    assert check("contact:survey").reason == "None of 1 contact is eligible for the survey."
    marked = person(survey_eligible=True, country="PT", survey_language="pt")
    fact = check("contact:survey")
    assert fact.reason == "The contact who is eligible for the survey has no services set."
    assert fact_url(fact.edited_at, 1).endswith(f"?edit={marked.pk}#contact-{marked.pk}")
    marked.survey_services.add(make.ServiceFactory(name="Teams"))
    assert check("contact:survey").holds is True
    assert check("contact:survey").reason == "1 contact eligible with language, country and services."


def test_who_unsubscribed_is_asked_no_more(check, person):
    gone = person(survey_eligible=True, country="PT", survey_language="pt", unsubscribed_on=TODAY)
    gone.survey_services.add(make.ServiceFactory(name="Teams"))
    assert check("contact:survey").holds is False
