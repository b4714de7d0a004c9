"""No regular expression takes more than a text's length: neither in Python nor in the browser's scripts.

Every pattern of the application is found by reading its source, so a new one is held to this without being listed.
Work is counted in steps of a backtracking engine (tests/regex_steps.py), on texts made from the pattern to hurt it.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.processes import ROOT
from tests.regex_steps import Steps, TooManySteps, pumps

PACKAGES = ("engagements", "playbook", "tasks", "fasttrack")
USES = "match fullmatch search sub subn finditer findall split".split()
ANCHORED = {"match", "fullmatch"}
SIZE = 150  # characters; bounded repetitions of up to 60 have run out by then
LIMIT = 400_000  # steps; a pattern that needs more for so little is refused anyway
MOST = 2.6  # times the steps for twice the text: 2 is linear, 4 is quadratic
# Bounded by {0,400} and the like, which the short texts of this test do not exhaust; each is linear beyond its bound.
WIDE = {"playbook.markdown_tree.BARE_CHECKLIST", "engagements.searching.excerpts._LINK", "playbook.prose.LINK"}


class Found(NamedTuple):
    pattern: str
    flags: int
    anchored: bool


def sources() -> Iterator[tuple[str, str]]:
    """Module name and source of everything that is not a migration."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                yield name.removesuffix(".__init__"), path.read_text()


SOURCES = dict(sources())
WHOLE = "\n".join(SOURCES.values())


def patterns_in(value: Any, depth: int = 0) -> Iterator[re.Pattern]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, list | tuple | set | frozenset) and depth < 4:
        for one in value:
            yield from patterns_in(one, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for one in value.values():
            yield from patterns_in(one, depth + 1)


def python_patterns() -> dict[str, Found]:
    found: dict[str, Found] = {}
    for module, source in SOURCES.items():
        if "import re\n" not in source and "re.compile" not in source:
            continue
        for name, value in vars(importlib.import_module(module)).items():
            uses = set(re.findall(rf"\b{re.escape(name)}\.({'|'.join(USES)})\(", WHOLE))
            for number, pattern in enumerate(patterns_in(value)):
                anchored = bool(uses) and uses <= ANCHORED
                text = rf"(?:{pattern.pattern})\Z" if uses == {"fullmatch"} else pattern.pattern
                key = f"{module}.{name}" + (f"-{number}" if number else "")
                found[key] = Found(text, pattern.flags & ~re.UNICODE, anchored)
        for call in calls_of_re(source):
            if isinstance(call.args[0], ast.Constant) and call.func.attr != "compile":
                flags = re.IGNORECASE if re.search(r"\bre\.I", ast.unparse(call)) else 0
                text = call.args[0].value + (r"\Z" if call.func.attr == "fullmatch" else "")
                found[f"{module}:{call.lineno}"] = Found(text, flags, call.func.attr in ANCHORED)
    return found


def calls_of_re(source: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(source)):
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_call and ast.unparse(node.func.value) == "re" and node.func.attr in (*USES, "compile"):
            yield node


LITERAL = re.compile(
    r"(?<=[=(,:;!&|?\[{}\s])/(?![*/\s])((?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([a-z]*)(?=[.),;\s])"
)


def script_patterns() -> dict[str, Found]:
    found = {}
    for path in sorted((ROOT / "static" / "js").glob("*.js")):
        for number, line in enumerate(path.read_text().split("\n"), 1):
            for at, match in enumerate(LITERAL.finditer(line)):
                text = match[1].replace("[^]", r"[\s\S]").replace(r"\/", "/")
                flags = (re.I if "i" in match[2] else 0) | (re.M if "m" in match[2] else 0)
                found[f"{path.name}:{number}.{at}"] = Found(text, flags, False)
    return found


PYTHON, SCRIPTS = python_patterns(), script_patterns()
ALL = PYTHON | SCRIPTS


def worst_growth(found: Found, size: int) -> tuple[float, str]:
    """The largest ratio of steps for twice the text, and the text that it was seen on."""
    steps = Steps(found.pattern, found.flags, anchored=found.anchored)
    worst = (0.0, "")
    for before, repeated, after in pumps(found.pattern, found.flags):
        times = max(size // len(repeated), 5)
        said = f"{before!r} + {repeated!r} * n + {after!r}"
        try:
            once = steps.count(before + repeated * times + after, LIMIT)
            twice = steps.count(before + repeated * 2 * times + after, int(once * MOST) + 50)
        except TooManySteps:
            return MOST + 1, said
        worst = max(worst, (twice / once, said))
    return worst


def test_patterns_are_found_in_the_source_and_in_the_scripts():
    assert len(PYTHON) > 150
    assert len(SCRIPTS) > 20
    assert {"engagements.mentioning.NAME", "playbook.markdown_tree.ALL_BOLD"} <= set(PYTHON)


@pytest.mark.filterwarnings("ignore:Possible nested set")  # as JavaScript writes them
@pytest.mark.parametrize("name", sorted(ALL))
def test_twice_the_text_is_twice_the_work(name):
    size = 6 * SIZE if name in WIDE else SIZE
    growth, said = worst_growth(ALL[name], size)
    assert growth <= MOST, f"{name} backtracks on {said}: {ALL[name].pattern}"


@pytest.mark.parametrize(
    "pattern", [r"\s*:?\s*$", r"(a|aa)+b", r"[.!?]+(?:\s|$)", r"\[[^\]]*\]\(", r"(x+x+)+y", r"a.*b.*c"]
)
def test_a_careless_pattern_is_noticed(pattern):
    assert worst_growth(Found(pattern, 0, False), SIZE)[0] > MOST


@given(st.sampled_from(sorted(PYTHON)), st.text("ab1 -:*_#[]()|\n.,/@<>!", max_size=30))
def test_the_steps_are_counted_by_an_engine_that_finds_what_pythons_own_finds(name, text):
    found = PYTHON[name]
    own = [match.span() for match in re.finditer(found.pattern, text, found.flags)]
    assert Steps(found.pattern, found.flags).matches(text) == own


def test_what_a_dynamic_pattern_is_made_of_is_escaped():
    """Patterns put together while the desk runs hold words of people only as they are."""
    made = [
        f"{module}:{call.lineno}"
        for module, source in SOURCES.items()
        for call in calls_of_re(source)
        if call.func.attr != "compile" and not isinstance(call.args[0], ast.Constant)
        if "re.escape(" not in ast.unparse(call.args[0])
    ]
    assert made == []
