"""Everything that reads people's texts does work in proportion to them (docs/bounds.md).

Work is counted in lines of Python that are run, so it is the same on every machine; what regular expressions do inside
is counted by test_regex_growth.py. The growth from twice to four times a size is compared with the one before, so that
what is done once for any text does not hide it: 2 is linear, 4 is quadratic.
"""

import re
import sys
from collections.abc import Callable
from importlib import import_module

import pytest

from engagements.importing.bounds import Unreadable
from engagements.importing.values import Unclear
from engagements.note_markdown import plain_paragraphs, render_once
from engagements.redacting import Person
from engagements.searching.query import Part
from playbook.bounded_markdown import MOST_OUTPUT, SOME_OUTPUT
from playbook.pages import PageError
from playbook.rendering import cache, render
from tests.processes import ROOT

MOST = 2.7  # times the growth before
SIZE = 160  # characters

BOUNDS = (ROOT / "docs" / "bounds.md").read_text()
TAKES_APART = re.compile(
    r"^(?:import (?:re|csv|nh3|difflib|openpyxl)\b|from (?:re|csv|nh3|markdown_it|Stemmer|difflib|openpyxl|html)\b)",
    re.M,
)

# What each shape repeats; the names are only for reading the failures.
SHAPES = {
    "addresses": "http://a.",
    "addresses apart": "http://a ",
    "mail addresses": "a@b.c ",
    "mail address without end": "a@b.",
    "opened brackets": "[",
    "closed brackets": "]",
    "links": "[a](b)",
    "opened links": "[a](",
    "links with titles": '[a](b "',
    "links in angles": "[a](<",
    "pictures": "![](",
    "stars": "*a ",
    "bold": "**a ",
    "stars and strokes": "*_",
    "struck out": "~~a ",
    "backticks": "`a",
    "many backticks": "``a`",
    "entities": "&#1;",
    "ampersands": "&",
    "opened tags": "<a b='",
    "comments": "<!--",
    "angles": "<",
    "quotations": ">",
    "quoted lines": "> a\n",
    "quotations apart": "> a\n\n",
    "alerts": "> [!NOTE]\n> a\n\n",
    "internal alerts": "> [!INTERNAL]\n> a\n\n",
    "lists in lists": "- ",
    "lists": "- a\n",
    "boxes": "- [ ] a\n",
    "numbers": "1. a\n",
    "headings": "# a\n",
    "closed headings": "# # ",
    "underlined": "a\n===\n",
    "rules": "---\n",
    "fences": "```\n",
    "code": "    a\n\n",
    "definitions": "[a]: b\n",
    "definitions used": "[a]: b\n\n[a]",
    "pipes": "|",
    "rows": "|a|b|\n",
    "tables": "a|b\n-|-\n",
    "delimiters": "-|-\n",
    "lines": "a\n",
    "empty lines": "\n",
    "blanks": " ",
    "tabs": "\t",
    "letters": "a",
    "words": "a ",
    "sentences": "Because of issues. ",
    "question marks": "?",
    "backslashes": "\\",
    "mentions": "@ana ",
    "mentions in one": "@a",
    "task numbers": "task 983, #984 and ",
    "task and blanks": "task" + " " * 20,
    "internal": "(internal ",
    "marks": "   (Internal Only",
    "quotation marks": '"a" ',
    "separators": "a;",
    "slashes": "a / ",
    "colons": "a: b\n",
    "step inputs": "**Step Inputs:**\n- a\n",
    "steps": "### a\n\nRoles: **FastTrack Manager**\n\n",
    "placeholders": "{a}",
    "accents": "e\u0301",
    "ideographs": "\u6587",
    "includes": "[!INCLUDE ",
}

HEAD = b"---\ntitle: T\ndescription: D\nft.audience: internal\n---\n\n# T\n\n### Do\n\n"


def read_rows(text: str) -> None:
    name = "engagements.importing.reading.read"
    quoted = text.replace('"', '""')
    found(name)(f'Customer,TPID\n"{quoted}",1\n{text},2\n'.encode())


def found(name: str) -> Callable:
    module, _, last = name.rpartition(".")
    if module.rpartition(".")[2][:1].isupper():
        module, _, outer = module.rpartition(".")
        return getattr(getattr(import_module(module), outer), last)
    return getattr(import_module(module), last)


def guidance(text: str) -> None:
    cache.clear()
    render(text, links={"b": "/b/"}, internal=False)


PERSON = Person("Ana Ruiz", "ana@example.com", "+49 123 456789")
PHRASE = (Part(("a",) * 40), Part(("b",), goes_on=True), Part(("issu",)))
LINES = {number: f"a line {number} about issues and tasks" for number in range(20)}

# How each reader of docs/bounds.md is called with a text.
READERS: dict[str, Callable[[str], object]] = {
    "engagements.note_markdown.render_once": lambda text: render_once(text, {"ana": "Ana Ruiz"}),
    "engagements.note_markdown.plain_paragraphs": plain_paragraphs,
    "engagements.mentioning.names_in": lambda text: found("engagements.mentioning.names_in")(text),
    "engagements.mentioning.parts": lambda text: found("engagements.mentioning.parts")(text),
    "engagements.recap.recap": lambda text: found("engagements.recap.recap")(
        text, hosts=["desk.example", "intranet"], people={"ana": "Ana Ruiz"}, numbers=[984]
    ),
    "engagements.internal_parts.leaks": lambda text: found("engagements.internal_parts.leaks")(text, ["desk.example"]),
    "engagements.intent_grading.grade": lambda text: found("engagements.intent_grading.grade")(text),
    "engagements.intent_grading.meeting_hints": lambda text: found("engagements.intent_grading.meeting_hints")(text),
    "engagements.proposing.seem_documented": lambda text: found("engagements.proposing.seem_documented")(text, LINES),
    "engagements.stemming.tokens": lambda text: found("engagements.stemming.tokens")(text),
    "engagements.searching.query.read": lambda text: found("engagements.searching.query.read")(text[:500]),
    "engagements.searching.excerpts.excerpt": lambda text: found("engagements.searching.excerpts.excerpt")(
        text, PHRASE
    ),
    "engagements.note_templates.merged": lambda text: found("engagements.note_templates.merged")(
        text, "## A\nb\n## C\n"
    ),
    "engagements.redacting.Person.proposed": PERSON.proposed,
    "engagements.referral_mail.fill": lambda text: found("engagements.referral_mail.fill")(text, {"a": "b"}),
    "engagements.importing.reading.read": read_rows,
    "engagements.importing.values.services": lambda text: found("engagements.importing.values.services")(
        text, {"a": 1}
    ),
    "engagements.importing.values.day": lambda text: found("engagements.importing.values.day")(text),
    "engagements.importing.values.whole_number": lambda text: found("engagements.importing.values.whole_number")(
        text, "Seats"
    ),
    "playbook.reader.read_page": lambda text: found("playbook.reader.read_page")("a.md", HEAD + text.encode()),
    "playbook.rendering.render": guidance,
    "playbook.proposals.note_check": lambda text: found("playbook.proposals.note_check")(text),
    "playbook.gates_file.read_gates": lambda text: found("playbook.gates_file.read_gates")(
        "gates.toml", f"a = '''{text}'''".encode()
    ),
    "playbook.catalogue.slugify": lambda text: found("playbook.catalogue.slugify")(text),
    "tasks.folding.fold": lambda text: found("tasks.folding.fold_once")(text),
}


def work(reader: Callable[[str], object], text: str) -> int:
    """How many lines of Python a reader runs for a text; a refusal is an answer too."""
    lines = 0

    def count(frame, event, arg):
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        reader(text)
    except (Unreadable, Unclear, PageError):
        pass
    finally:
        sys.settrace(before)
    return lines


def growth(reader: Callable[[str], object], repeated: str, size: int = SIZE, largest: int = 16 * SIZE) -> float:
    """How much faster the work grows from twice to four times a size than before; a step of its own, such as the end
    of a window, is seen at one size and gone at the next."""
    grown = MOST + 1
    while grown > MOST and size <= largest:
        texts = [repeated * (size * times // len(repeated)) for times in (1, 2, 4)]
        work(reader, texts[2])  # what is kept of words is kept from here on
        once, twice, four_times = (work(reader, text) for text in texts)
        grown = max(four_times - twice, 0) / max(twice - once, size // 2)
        size *= 4
    return grown


def rows() -> list[list[str]]:
    lines = [line for line in BOUNDS.split("\n") if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_reader_of_the_table_is_fed_and_no_other():
    named = [row[0].strip("`") for row in rows() if len(row) == 5]
    assert named == list(READERS)
    assert all(callable(found(name)) for name in named)


def test_every_module_that_takes_texts_apart_stands_in_a_table():
    named = {name for row in rows() for name in re.findall(r"`([\w/]+\.py)`", "|".join(row[:2]))}
    apart = {
        path.relative_to(ROOT).as_posix()
        for package in ("engagements", "playbook", "tasks", "fasttrack")
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts and TAKES_APART.search(path.read_text())
    }
    assert sorted(named ^ apart) == []


@pytest.mark.parametrize("name", READERS)
def test_work_grows_with_the_text_and_no_faster(name):
    slow = {}
    for shape, repeated in SHAPES.items():
        try:
            grown = growth(READERS[name], repeated)
        except (Unreadable, Unclear, PageError):
            continue
        if grown > MOST:
            slow[shape] = round(grown, 1)
    assert slow == {}, f"{name} takes more than its share"


def test_work_that_grows_faster_is_noticed():
    def careless(text):
        done = 0
        for _ in text:
            for _ in text:
                done += 1
        return done

    assert growth(careless, "a", size=100, largest=400) > MOST


@pytest.mark.parametrize("shape", SHAPES)
def test_what_comes_out_is_of_a_size_that_the_text_explains(shape):
    for size in (300, 4_000, 12_000):
        text = SHAPES[shape] * (size // len(SHAPES[shape]))
        most = MOST_OUTPUT * len(text) + SOME_OUTPUT + 200
        assert len(render_once(text, {"ana": "A" * 300})) <= most
        assert len(render(text, links={}, internal=True)) <= most


TABLES = {
    "wide": "|a" * 600 + "|\n" + "|-" * 600 + "|\n" + "a\n" * 300,
    "fifty columns": "|a" * 50 + "|\n" + "|-" * 50 + "|\n" + "a\n" * 5_000,
    "square": "|x" * 40 + "|\n" + "|-" * 40 + "|\n" + "|\n" * 10_000,
    "delimiters": "-|-\n" * 3_000 + "a\n" * 200,
    "in a list": "- " + "|a" * 40 + "|\n  " + "|-" * 40 + "|\n" + "  a\n" * 2_000,
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_not_filled_in_with_empty_cells(table):
    for html in (render_once(TABLES[table]), render(TABLES[table], links={}, internal=True)):
        assert len(html) <= MOST_OUTPUT * len(TABLES[table]) + SOME_OUTPUT
        assert html.count("<td></td>") <= 1_000


def test_a_reference_does_not_repeat_what_is_long():
    text = f'[a]: https://x.example/{"b" * 1_900} "{"t" * 50_000}"\n\n' + "[a]" * 1_900
    assert len(render_once(text)) < 2 * len(text)
    assert len(render(text, links={}, internal=True)) < 2 * len(text)
