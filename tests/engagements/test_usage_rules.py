"""When enough people use a service: R22 for enablement, R28 for success."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.usage import (
    Usage,
    judge_enablement,
    judge_success,
    needed_for_enablement,
    needed_for_success,
    overall,
    percent,
)

MAY = dt.date(2026, 5, 12)


def teams(active: int | None, available: int = 3_200) -> Usage:
    return Usage("Teams", available, active, MAY if active is not None else None)


@pytest.mark.parametrize(
    ("available", "seats", "needed"),
    [
        (3_200, 3_200, 100),
        (3_200, 1_000, 100),
        (900, 999, 90),
        (901, 999, 91),
        (5, 5, 1),
        (5_000, 900, 100),  # the share makes it easier, never harder
        (0, 180, 100),  # nobody knows what 10 % of it would be
    ],
)
def test_enablement_needs_100_users_or_a_tenth_below_1000_seats(available, seats, needed):
    assert needed_for_enablement(available, seats) == needed


@pytest.mark.parametrize(("active", "lacks"), [(None, True), (99, True), (100, False), (9_000, False)])
def test_enablement_holds_from_the_number_on(active, lacks):
    assert (judge_enablement([teams(active)], seats=3_200)[0] is not None) == lacks


def test_enablement_says_the_number_the_day_and_what_is_needed():
    assert judge_enablement([teams(40)], seats=3_200)[1] == (
        "Teams has 40 active users, on 12 May 2026; 100 are needed."
    )
    assert judge_enablement([teams(None)], seats=3_200)[1] == (
        "Nobody has counted the active users of Teams yet; 100 are needed."
    )
    assert judge_enablement([teams(120)], seats=3_200)[1] == (
        "Teams has 120 active users, 3 % of its entitlements, on 12 May 2026."
    )


def test_one_service_that_lacks_users_is_enough_to_hold_back():
    exchange = Usage("Exchange", 3_200, 2_900, MAY)

    lacking, why = judge_enablement([exchange, teams(40), Usage("Yammer", 3_200)], seats=3_200)

    assert lacking.name == "Teams"
    assert why.endswith("100 are needed, and 1 more service lacks users.")
    assert judge_enablement([exchange, teams(200)], seats=3_200)[1] == (
        "All 2 services have enough active users, counted on 12 May 2026 or later."
    )


@pytest.mark.parametrize(("active", "lacks"), [(None, True), (319, True), (320, False), (4_000, False)])
def test_success_is_a_tenth_of_the_entitlements(active, lacks):
    assert (judge_success([teams(active)])[0] is not None) == lacks


def test_success_says_the_share_and_its_numbers():
    assert judge_success([teams(224)])[1] == (
        "Teams has 7 % active users (224 of 3,200), on 12 May 2026; 10 % are needed."
    )


def test_without_entitlements_nobody_can_say_what_success_is():
    assert "How many entitlements Teams has is not known" in judge_success([teams(500, available=0)])[1]
    assert needed_for_success(0) is None


def test_all_services_together_leave_out_what_nobody_counted():
    assert overall([teams(320), Usage("Yammer", 3_200), Usage("Intune", 0, 12, MAY)]) == 10
    assert overall([Usage("Yammer", 3_200)]) is None


@given(active=st.integers(0, 2**31 - 1), available=st.integers(1, 2**31 - 1))
def test_the_share_is_never_rounded_up_to_the_goal(active, available):
    assert (percent(active, available) >= 10) == (active >= needed_for_success(available))
