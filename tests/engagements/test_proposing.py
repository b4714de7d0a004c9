"""Lines that a note seems to document are proposed by the words they share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.proposing import seem_documented

LINES = {
    1: "Customer Status Notes documents that the ACM deck was presented",
    2: "Resources reviewed: Adoption Hub, Productivity Library, Champions program, Adoption Specialist course",
    3: "Decision whether an ACM partner is introduced",
    4: "DIBS captured",
    5: "The kickoff is complete",
}


@pytest.mark.parametrize(
    ("note", "lines"),
    [
        ("I presented the deck on ACM, and we captured DIBS for Teams.", [1, 4]),
        ("We reviewed the adoption hub, the champions program and the productivity library.", [2]),
        ("They decided to be introduced to a partner for ACM", [3]),
        ("Kickoff completed on Tuesday", [5]),
        ("In progress", []),
        ("The customer was on holiday, ACM comes later", []),
        ("", []),
    ],
)
def test_a_note_proposes_what_it_speaks_of(note, lines):
    assert seem_documented(note, LINES) == lines


@given(st.text(max_size=200), st.dictionaries(st.integers(1, 9), st.text(max_size=60), max_size=6))
def test_any_text_is_answered_with_lines_that_were_asked_about(note, lines):
    found = seem_documented(note, lines)
    assert found == [pk for pk in lines if pk in found]


def test_the_line_itself_is_always_proposed():
    assert all(pk in seem_documented(text, LINES) for pk, text in LINES.items())
