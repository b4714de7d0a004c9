"""One page with slips never keeps a folder from being read: whatever people do to it, the others come as they are."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playbook.catalogue import resolve
from playbook.drafting import draft
from playbook.folder import read_folder
from playbook.pages import LOST
from tests.processes import ROOT

from .pages_for_tests import HEAD

CASES = ROOT.parent / "shared" / "cases"
BUNDLED = ROOT / "fixtures" / "playbook"
# Long and short ones: with steps, with tables, with alerts, without steps.
PAGES = sorted(path.name for path in BUNDLED.glob("*.md"))[::6]
OTHER = f"{HEAD}# The other page\n\nPhase: **Assess**\n\nWords.\n"


def case(name: str) -> bytes:
    path = CASES / name
    if not path.exists():
        pytest.skip(f"The case {name} lies beside the project, and not on this machine.")
    return path.read_bytes()


def write(folder: Path, name: str, raw: bytes) -> Path:
    (folder / name).write_bytes(raw)
    (folder / "other.md").write_text(OTHER)
    return folder


def test_a_line_without_a_colon_and_breaks_in_cells_as_people_write_them(tmp_path):
    folder = read_folder(write(tmp_path, "page-front-matter.md", case("page-front-matter.md")))

    [page] = [page for page in folder.pages if page.source == "page-front-matter.md"]
    [step] = page.processes[0].steps
    assert page.audience == "partner"
    assert [(one.file, one.line, one.code) for one in folder.warnings] == [
        ("page-front-matter.md", 4, "front-matter-line")
    ]
    assert [(row.roles, row.services) for row in step.tasks] == [
        (("FastTrack Manager", "FastTrack Engineer"), ("Teams", "Exchange"))
    ]


def test_task_boxes_as_github_writes_them(tmp_path):
    folder = read_folder(write(tmp_path, "page-task-boxes.md", case("page-task-boxes.md")))

    [page] = [page for page in folder.pages if page.source == "page-task-boxes.md"]
    lines = [line.text for top in page.processes[0].steps[0].inputs for line in top.flat()]
    assert lines == [
        "Engagement Management note documents the following:",
        "The plan was sent",
        "The plan was agreed",
        "The sponsor is known",
    ]


SLIPS = ["author Somebody", "---", "----", '"', "[", "{", "<br>", "<!--", "```", "|", "| 983 |", "# ", "### ", "**"]
SLIPS += ["- [ ] ", "\t", "\u200b", "\u00a0", "title:", ":", "ft.audience", "> ", "\\", "\x0b", "\u2028", "a" * 700]


def shuffled(draw, lines: list[str]) -> list[str]:
    """Lines left out, doubled, exchanged, cut, or with a slip in or between them; the head of a page most of all."""
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, min(12, len(lines)) if draw(st.booleans()) else len(lines)))
        line = lines[at] if at < len(lines) else ""
        column = draw(st.integers(0, len(line)))
        slip = draw(st.sampled_from(SLIPS))
        change = draw(st.sampled_from(["insert", "inside", "cut", "drop", "double", "swap", "end"]))
        if change == "insert":
            lines = [*lines[:at], slip, *lines[at:]]
        elif change == "inside":
            lines = [*lines[:at], line[:column] + slip + line[column:], *lines[at + 1 :]]
        elif change == "cut":
            lines = [*lines[:at], line[:column], *lines[at + 1 :]]
        elif change == "drop":
            lines = lines[:at] + lines[at + 1 + draw(st.integers(0, 5)) :]
        elif change == "double":
            lines = [*lines[:at], line, line, *lines[at + 1 :]]
        elif change == "swap":
            lines = [*lines[:at], *reversed(lines[at : at + 2]), *lines[at + 2 :]]
        elif draw(st.booleans()):
            lines = [*lines[:at], line[:column]]
    return lines


@st.composite
def mutated(draw) -> bytes:
    text = (BUNDLED / draw(st.sampled_from(PAGES))).read_text()
    raw = "\n".join(shuffled(draw, text.split("\n"))).encode()
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(raw)))
        raw = raw[:at] + draw(st.sampled_from([b"\0", b"\xff", b"\xc3"])) + raw[at:]
    return raw


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutated())
def test_a_page_with_slips_is_read_or_named_and_the_others_come_as_they_are(tmp_path, raw):
    folder = read_folder(write(tmp_path, "assess-odd.md", raw))

    others = [page for page in folder.pages if page.source == "other.md"]
    assert [(page.title, page.warnings) for page in others] == [("The other page", ())]
    was_read = any(page.source == "assess-odd.md" for page in folder.pages)
    named = [one for one in folder.warnings if one.file == "assess-odd.md"]
    assert was_read != any(one.code == "page-not-read" for one in named)
    assert all(0 < one.line <= raw.count(b"\n") + raw.count(b"\r") + 1 for one in named)
    assert all(re.match(r"[A-Z“0-9]", one.message) for one in named)
    rows = draft(resolve(folder))
    assert {row.source for row in rows.processes} >= {"other.md"}
    assert all(len(row.title) <= 300 and len(row.slug) <= 200 for row in (*rows.processes, *rows.steps))
    assert all(len(row.key) <= 300 for row in rows.steps)


def test_the_slips_of_this_test_reach_every_kind_of_loss(tmp_path):
    """Else the property above would hold because nothing is ever lost."""
    shapes = [b"", f"{HEAD}# A\n\n| Task ID | Task Na".encode(), f"{HEAD}# {'Long ' * 90}\n".encode()]
    codes = {one.code for raw in shapes for one in read_folder(write(tmp_path, "odd.md", raw)).warnings}
    assert codes >= LOST
