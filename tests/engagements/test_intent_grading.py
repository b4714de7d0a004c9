"""The heuristics of Service Intent notes (H1 to H11), case by case from the tables of ``docs/intent.md``."""

import re
import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagements.intent_grading import Context, Grade, grade, meeting_hints
from engagements.intent_words import REASONS
from tasks.consumption import Consumption
from tasks.reasons import reason_key
from tests.processes import ROOT

PAGE = (ROOT / "docs" / "intent.md").read_text(encoding="utf-8")
CATALOGUE = tomllib.loads((ROOT / "fixtures" / "catalogue.toml").read_text(encoding="utf-8"))
L2 = {reason_key(row["l1"], row["name"]): row["name"] for row in CATALOGUE["l2"]}
TEAMS = Context(services=("Teams",), reasons=tuple(L2.items()))
ORDER = [Grade.POOR, Grade.MARGINAL, Grade.GREAT]


def rows(letter: str) -> list[list[str]]:
    """The cells of every row whose id begins with the letter."""
    lines = [line.strip("|\n").split("|") for line in PAGE.splitlines() if re.match(rf"\| {letter}\d+ \|", line)]
    found = [[cell.strip() for cell in line] for line in lines]
    assert len({row[0] for row in found}) == len(found), "an id is used twice"
    return found


CASES, MEETINGS = rows("I"), rows("M")
NOTES = sorted({row[2] for row in CASES})


def beside(said: str) -> Context:
    """The context that a cell of the column *Beside it* tells."""
    if said.startswith("for "):
        return replace(TEAMS, services=tuple(said.removeprefix("for ").split(" and ")))
    if said in ("managed", "unmanaged"):
        return replace(TEAMS, managed=said == "managed")
    if said.startswith("standing "):
        label = said.removeprefix("standing ")
        return replace(TEAMS, standing=(next(l1 for l1 in Consumption if l1.label == label),))
    if said:
        service, _, text = said.partition(": ")
        return replace(TEAMS, elsewhere=((service, text),))
    return TEAMS


def reads_as(graded) -> str:
    if graded.proposal is None:
        return ""
    return ", ".join(filter(None, [graded.proposal.l1.label, L2.get(graded.proposal.reason, "")]))


def test_the_table_has_a_case_for_every_heuristic():
    assert {row[1] for row in CASES} >= {f"H{n}" for n in range(1, 11)}
    assert len(CASES) >= 60


@pytest.mark.parametrize("row", CASES, ids=[f"{row[0]}-{row[1]}-{row[2][:40]}" for row in CASES])
def test_a_note_is_graded_as_the_table_says(row):
    _, _, note, said, wanted, fails, hints, reads = row
    graded = grade(note, beside(said))
    assert graded.grade == wanted
    assert [one.rule for one in graded.findings] == fails.split()
    assert [one.rule for one in graded.hints] == hints.split()
    assert reads_as(graded) == reads
    assert bool(graded.findings) is (graded.grade is not Grade.GREAT)


@pytest.mark.parametrize("row", MEETINGS, ids=[row[0] for row in MEETINGS])
def test_the_note_of_a_meeting_is_hinted_at_what_it_does_not_list(row):
    _, note, promised, names = row
    said = " ".join(one.text for one in meeting_hints(note, has_next_action=promised == "yes"))
    words = ["attended", "decided", "actions"]
    assert [word for word in words if word in said] == [word for word in names.split(", ") if word]


@pytest.mark.parametrize("note", NOTES)
def test_every_finding_and_hint_is_a_sentence(note):
    graded = grade(note, TEAMS)
    for one in (*graded.findings, *graded.hints):
        assert re.fullmatch(r"H\d+", one.rule)
        assert one.text[0].isupper() or one.text[0] == "“"
        assert one.text[-1] in ".”…"


def test_the_words_speak_of_every_l2_of_the_catalogue_and_of_no_other():
    assert {key for key, _ in REASONS} == set(L2)


def test_an_l2_that_the_catalogue_lacks_is_not_proposed_and_one_of_its_own_is_found_by_name():
    note = "Blocked due to the moon phase, new moon is in June."
    assert grade(note, replace(TEAMS, reasons=())).proposal.reason == ""
    own = replace(TEAMS, reasons=(("blocked/moon-phase", "Moon Phase"),))
    assert grade(note, own).proposal.reason == "blocked/moon-phase"


def test_a_proposal_says_by_which_words_and_whether_the_record_stands_elsewhere():
    note = "Unable to deploy because of the proxy, upgrade planned."
    elsewhere = grade(note, replace(TEAMS, standing=(Consumption.IN_PROGRESS,))).proposal
    assert elsewhere.why == "The note says “unable” and “proxy”."
    assert elsewhere.differs
    assert not grade(note, replace(TEAMS, standing=(Consumption.BLOCKED,))).proposal.differs
    assert not grade(note, TEAMS).proposal.differs


def test_clear_words_are_named_once():
    assert grade("Blocked, unable to go on: issues, issues and a proxy.", TEAMS).clear == (
        "blocked",
        "unable",
        "issues",
    )


# What holds for every text ------------------------------------------------------------------------------

CLAUSES = [
    "because the proxy breaks calls",
    "due to a missing budget",
    "until the licences are renewed",
    "because the works council has to agree",
    "since no sponsor was found",
    "because Slack covers the need",
]


@given(st.text(), st.lists(st.text(max_size=20), max_size=3), st.sampled_from([None, True, False]))
def test_whatever_is_typed_gets_a_grade(text, services, managed):
    context = Context(services=tuple(services), managed=managed, elsewhere=(("Exchange", text),))
    graded = grade(text, context)
    assert graded.grade in ORDER
    assert graded.said
    meeting_hints(text)


@given(st.sampled_from(NOTES), st.lists(st.sampled_from([" ", "\n", "\t", "  ", "\r\n", "\u00a0"]), min_size=30))
def test_white_space_does_not_count(note, blanks):
    spaced = blanks[0] + "".join(word + blanks[at % len(blanks)] for at, word in enumerate(note.split()))
    assert grade(spaced, TEAMS) == grade(note, TEAMS)


@given(st.sampled_from(NOTES), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_does_not_count(note, change):
    assert grade(change(note), TEAMS) == grade(note, TEAMS)


@given(st.sampled_from(NOTES), st.sampled_from(["**", "_", "`", "# ", "> "]))
def test_markdown_does_not_count(note, mark):
    marked = f"{mark}{note}{mark.strip('# >')}"
    assert grade(marked, TEAMS).grade == grade(note, TEAMS).grade


@given(
    st.sampled_from([note for note in NOTES if "Kunde" not in note and "客户" not in note]), st.sampled_from(CLAUSES)
)
def test_a_reason_more_never_makes_it_worse(note, clause):
    more = grade(f"{note.rstrip(' .…!')} {clause}.", TEAMS)
    assert ORDER.index(more.grade) >= ORDER.index(grade(note, TEAMS).grade)


@given(st.sampled_from(NOTES))
def test_a_poor_note_never_passes_for_being_copied_nor_for_a_known_record(note):
    known = replace(TEAMS, managed=True, standing=(Consumption.BLOCKED,), elsewhere=(("Exchange", note),))
    assert (grade(note, known).grade is Grade.POOR) == (grade(note, TEAMS).grade is Grade.POOR)
