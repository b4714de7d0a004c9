"""Checks are values: their parts, the kinds that are registered, and the words that readers see."""

import pytest

from playbook import checks
from playbook.checks import Check, CheckKind


def test_a_check_is_its_text_and_knows_its_parts():
    check = Check("note:environment|migration")
    assert check == "note:environment|migration"
    assert (check.kind, check.argument) == ("note", "environment|migration")
    assert check.categories == ("environment", "migration")
    assert check.is_written


@pytest.mark.parametrize("text", ["dibs", "dibs:confirmed", "step:a/b", "task:983"])
def test_what_records_answer_is_not_written(text):
    assert not Check(text).is_written
    assert Check(text).categories == ()


@pytest.mark.parametrize(
    "text", ["attest", "note:migration", "dibs", "dibs:confirmed", "step:kickoff/hold", "task:4047", "review:own-kind"]
)
def test_a_registered_check_is_known(text):
    assert checks.is_known(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "dibs:",
        "dibs:sometimes",
        "note",
        "note:",
        "note:lunch",
        "note:migration|",
        "step:a",
        "step:a/b/c",
        "task:",
    ]
    + ["task:9830000", "task:12a", "review:", "review:Own Kind", "moon"],
)
def test_anything_else_is_not(text):
    assert not checks.is_known(text)


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="called dibs already"):
        checks.register(CheckKind("dibs", says={"": "something else"}))


def test_a_kind_that_is_registered_twice_alike_stays():
    kind = next(kind for kind in checks.kinds() if kind.name == "task")
    assert checks.register(kind) == kind


def test_a_message_names_every_way_to_write_a_check():
    said = checks.how_to_write()
    assert "note:<category>, review:<kind>, step:<process>/<step>, task:<number>, attest" in said
    assert "dibs:confirmed" in said
