"""Addresses are made where a verdict is drawn, from what the rules name."""

import pytest

from engagements.gate import Blocker
from engagements.gate_input import FactPage
from engagements.selectors.places import blocker_id, fact_url


@pytest.mark.parametrize(
    "page, url",
    [
        (FactPage("engagement_services", "service-4"), "/engagements/42/services/#service-4"),
        (FactPage("account_team"), "/engagements/42/account/"),
        (FactPage("engagement_reviews", "agree-x", (("agree", "x"),)), "/engagements/42/reviews/?agree=x#agree-x"),
        (FactPage(step="kickoff/hold-it"), "/engagements/42/steps/kickoff/hold-it/"),
        (FactPage(step="kickoff/hold-it", service=7), "/engagements/42/steps/kickoff/hold-it/?service=7"),
        (FactPage(anchor="task-983"), "#task-983"),
    ],
)
def test_where_a_fact_is_edited_becomes_an_address(page, url):
    assert fact_url(page, 42) == url


@pytest.mark.parametrize(
    "blocker, target",
    [
        (Blocker("output", "A line", line_id=5), "line-5"),
        (Blocker("route", "Choose", line_id=5), "group-5"),
        (Blocker("task", "Task 983 is open", task_number=983), "task-983"),
        (Blocker("note", "One note"), "composer"),
    ],
)
def test_a_blocker_leads_to_its_part_of_the_page(blocker, target):
    assert blocker_id(blocker) == target
