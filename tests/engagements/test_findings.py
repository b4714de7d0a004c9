"""What the page of a customer says first: late things, then what is missing, then what is merely not known."""

import datetime as dt

import pytest

from engagements.findings import CustomerFacts, findings

TODAY = dt.date(2026, 5, 21)


def said(**facts) -> list[tuple[str, str]]:
    known = {"progress_due_on": dt.date(2026, 6, 1), **facts}
    return [(one.key, one.text) for one in findings(CustomerFacts(**known), TODAY)]


def test_a_complete_record_says_nothing():
    assert said() == []


@pytest.mark.parametrize(
    ("facts", "key", "words"),
    [
        ({"progress_due_on": dt.date(2026, 5, 20)}, "progress", "Progress was expected yesterday."),
        ({"completion_on": dt.date(2026, 5, 1)}, "perspective", "expected to be complete 20 days ago"),
        (
            {"colour": "red", "rated_on": dt.date(2026, 4, 29), "stands_until": dt.date(2026, 5, 20)},
            "health",
            "It was rated Red 22 days ago.",
        ),
        ({"tenants": 0, "has_winner": False}, "tenant", "no tenant yet"),
        ({"has_winner": False}, "winner", "No winner tenant is chosen"),
        ({"colour": ""}, "health", "Its health is not rated."),
        ({"without_manager": ((7, "Contoso US"),)}, "manager", "Contoso US has no primary FastTrack Manager."),
        ({"has_success_owner": False}, "perspective", "Nobody at the customer is named as success owner."),
        ({"status": ""}, "progress", "How far it has come is not said."),
        ({"progress_due_on": None}, "progress", "no day is set"),
        ({"business_reason": ""}, "perspective", "Why it buys Microsoft 365 is not known."),
        ({"to_qualify": ((3, "Slack"),)}, "compete", "Is Slack in use?"),
    ],
)
def test_each_gap_is_one_sentence(facts, key, words):
    found = said(**facts)
    assert [one for one, _ in found] == [key]
    assert words in found[0][1]


@pytest.mark.parametrize(
    "facts",
    [
        {"progress_due_on": TODAY},
        {"completion_on": TODAY},
        {"colour": "red", "rated_on": dt.date(2026, 4, 30), "stands_until": TODAY},
        {"status": "no-intent", "progress_due_on": None},
    ],
)
def test_what_is_in_time_is_no_finding(facts):
    assert said(**facts) == []


def test_late_things_come_first_and_open_questions_last():
    found = said(progress_due_on=dt.date(2026, 5, 1), has_winner=False, business_reason="")
    assert [key for key, _ in found] == ["progress", "winner", "perspective"]
