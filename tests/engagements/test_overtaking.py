"""Two people at one record: each keeps what only they changed, and is asked about what both did."""

import datetime as dt

import pytest
from django import forms

from engagements.forms.seen import SeenForm
from engagements.models import Customer
from engagements.services import events
from engagements.services.overtaking import Overtaken, put

AT = dt.datetime(2026, 5, 21, 14, 32, tzinfo=dt.UTC)


@pytest.fixture
def customer(engagement):
    Customer.objects.update(region="EMEA", vertical="Retail", progress_due_on=dt.date(2026, 6, 1))
    return Customer.objects.get()


SHOWN = {"region": "EMEA", "vertical": "Retail", "progress_due_on": "2026-06-01", "success_owner": ""}


def test_what_differs_is_set_and_told(customer):
    changes = put(customer, {"region": "APJ", "vertical": "Retail"}, seen=SHOWN)

    assert customer.region == "APJ"
    assert (changes.before, changes.after) == ({"region": "EMEA"}, {"region": "APJ"})


def test_nothing_is_told_where_nothing_differs(customer):
    assert not put(customer, {"region": "EMEA", "progress_due_on": dt.date(2026, 6, 1)}, seen=SHOWN)


def test_what_one_left_as_it_was_shown_stays_as_somebody_else_set_it(customer):
    customer.vertical = "Energy"

    changes = put(customer, {"region": "APJ", "vertical": "Retail"}, seen=SHOWN)

    assert (customer.region, customer.vertical) == ("APJ", "Energy")
    assert changes.after == {"region": "APJ"}


def test_both_set_the_same_and_nobody_is_asked(customer):
    customer.region = "APJ"

    assert not put(customer, {"region": "APJ"}, seen=SHOWN)


def test_what_both_changed_is_asked_and_nothing_is_set(customer, engagement, colleague):
    events.record("changed", f"customer:{customer.pk}", by=colleague, tenant=engagement.tenant, after={"region": "APJ"})
    customer.region = "APJ"

    with pytest.raises(Overtaken) as overtaken:
        put(
            customer,
            {"region": "Americas", "vertical": "Energy"},
            seen=SHOWN,
            object=f"customer:{customer.pk}",
            tenant=engagement.tenant,
        )

    assert overtaken.value.theirs == {"region": "APJ"}
    assert overtaken.value.by == colleague
    assert (customer.region, customer.vertical) == ("APJ", "Retail")


def test_somebody_who_saw_nothing_sets_what_they_say(customer):
    put(customer, {"region": "Americas"})

    assert customer.region == "Americas"


def test_empty_is_empty_however_a_form_shows_it(customer):
    assert not put(customer, {"success_owner": None}, seen=SHOWN)


def test_a_count_of_zero_is_not_empty(customer):
    customer.tpid = 0

    assert put(customer, {"tpid": None}, seen={"tpid": 0}).before == {"tpid": 0}


# The form ---------------------------------------------------------------------------------------------


class RegionForm(SeenForm):
    region = forms.CharField()
    mindset = forms.ChoiceField(choices=Customer.Mindset.choices, required=False)


def filled(**data) -> RegionForm:
    form = RegionForm(data, initial={"region": "EMEA", "mindset": "averse"})
    assert form.is_valid()
    return form


def test_a_form_carries_what_it_showed():
    drawn = RegionForm(initial={"region": "EMEA", "mindset": "averse"})

    assert filled(region="APJ", seen=drawn.seen_value()).seen == {"region": "EMEA", "mindset": "averse"}


def test_a_form_that_comes_back_remembers_what_it_showed_first():
    first = RegionForm(initial={"region": "EMEA"}).seen_value()
    again = RegionForm({"region": "", "seen": first}, initial={"region": "APJ"})

    assert again.seen_value() == first


def test_the_choice_names_both_values_in_words_and_who(customer, colleague):
    form = filled(region="APJ", mindset="aligned", seen='{"mindset": "averse"}')

    form.overtaken(Overtaken({"mindset": "compete"}, colleague, AT))

    clash = form.clashes[0]
    assert (clash["theirs"], clash["mine"]) == ("Compete", "Aligned")
    assert clash["who"].startswith(str(colleague))
    assert form.seen["mindset"] == "compete"


def test_keeping_theirs_leaves_the_value_out_and_using_mine_sends_it():
    form = filled(region="APJ", mindset="aligned", **{"keep-region": "theirs", "keep-mindset": "mine"})

    assert form.kept({"region": "APJ", "mindset": "aligned"}) == {"mindset": "aligned"}


@pytest.mark.parametrize("nonsense", ["", "[]", "{", "null", '"text"'])
def test_a_forged_memory_is_none(nonsense):
    assert filled(region="APJ", seen=nonsense).seen == {}
