"""The same word is found again in another inflection, case, accent or script; a token is plain for every index."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.stemming import LONGEST, prefix, spans, tokens

PLAIN = re.compile("[a-z0-9]+")

ALIKE = [
    ("migrating", "migrations"),
    ("agreed", "agree"),
    ("planned", "plans"),
    ("sent", "sending"),
    ("met", "meetings"),
    ("wrote", "written"),
    ("The customer's", "the customers"),
    ("The customer’s", "the customers"),
    ("ÄRZTE", "arzte"),
    ("A\u0301rbol", "árbol"),
    ("STRASSE", "straße"),
    ("İstanbul", "istanbul"),
    ("ﬁnance", "finance"),
    ("Ｔｅａｍｓ", "teams"),
    ("co-existence", "co existence"),
    ("#983", "983"),
    ("١٢٣", "123"),
    ("Да", "да"),
    ("한국", "한국"),
    ("l’équipe", "l'equipe"),
]


@pytest.mark.parametrize(("written", "asked"), ALIKE)
def test_the_same_words_have_the_same_tokens(written, asked):
    assert tokens(written) == tokens(asked) != []


@pytest.mark.parametrize(("one", "other"), [("plan", "plane"), ("983", "984"), ("да", "до"), ("会议", "议会")])
def test_other_words_have_other_tokens(one, other):
    assert tokens(one) != tokens(other)


def test_words_keep_their_order_and_numbers_stay_whole():
    assert tokens("Sent the plan for task 983 to M365 people") == "send the plan for task 983 to m365 person".split()


def test_each_character_of_a_script_without_spaces_is_a_token_with_its_own_place():
    assert [(span.start, span.end) for span in spans("启动会议")] == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert tokens("在Teams启动") == [*tokens("在"), "team", *tokens("启动")]


def test_a_place_is_that_of_the_whole_word():
    text = "Ärzte: migrating, the customer's\u00a0mailboxes."
    assert [text[span.start : span.end] for span in spans(text)] == [
        "Ärzte",
        "migrating",
        "the",
        "customer",
        "mailboxes",
    ]


def test_a_word_that_goes_on_is_cut_to_its_stem_and_no_further():
    assert prefix("migratio") == ["migratio"]
    assert prefix("migrating") == ["migrat"]
    assert prefix("pilot mig") == ["pilot", "mig"]
    assert prefix("启动") == tokens("启动")
    assert prefix(" *") == []


@pytest.mark.parametrize("nothing", ["", " \n\t", "…—!?*\"'\\", "\x00", "_", "👍🎉"])
def test_what_holds_no_word_has_no_token(nothing):
    assert tokens(nothing) == prefix(nothing) == []


@given(st.text())
def test_tokens_are_plain_short_and_in_place_whatever_is_written(text):
    found = list(spans(text))
    assert all(PLAIN.fullmatch(span.token) and len(span.token) <= LONGEST for span in found)
    assert all(0 <= span.start < span.end <= len(text) for span in found)
    assert [span.start for span in found] == sorted(span.start for span in found)
    assert all(PLAIN.fullmatch(token) for token in prefix(text))


@given(st.text(), st.text())
def test_a_text_has_the_tokens_of_its_parts(one, other):
    assert tokens(f"{one} {other}") == tokens(one) + tokens(other)
