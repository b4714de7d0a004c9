"""What the documents say exists, exists."""

import re

import pytest
import yaml
from django.core.management import get_commands

from fasttrack import settings as desk_settings
from tests.processes import ROOT, SETTINGS

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPERATING = (ROOT / "docs" / "operating.md").read_text()
# Made by processes, or the reader's own.
MADE = ("var/", "staticfiles/", "path/", ".env")


def table_below(heading: str) -> list[str]:
    """The first column of the table in ``operating.md`` that follows these words."""
    table = re.search(r"(?:^\|.*\n)+", OPERATING[OPERATING.index(heading) :], re.MULTILINE)[0]
    return re.findall(r"^\| `(\w+)`", table, re.MULTILINE)


def test_every_variable_of_the_settings_is_explained_and_no_other():
    assert sorted(table_below("## Environment variables")) == sorted(SETTINGS)


def test_what_production_requires_is_marked_as_required():
    rows = re.findall(r"^\| `(\w+)`.*\*\*required in production\*\*", OPERATING, re.MULTILINE)
    assert sorted(rows) == sorted(desk_settings.REQUIRED_IN_PRODUCTION)


def test_every_variable_of_compose_is_explained():
    text = (ROOT / "docker-compose.yml").read_text()
    passed_on = {name for name, value in yaml.safe_load(text)["x-app"]["environment"].items() if value is None}
    asked_for = set(re.findall(r"\$\{(\w+)", text)) | passed_on
    assert asked_for == set(table_below("these of its own")) | (asked_for & SETTINGS)


def rows_of_adding() -> list[tuple[str, str]]:
    """(what somebody adds, what it touches)."""
    lines = [line for line in (ROOT / "docs" / "adding.md").read_text().splitlines() if line.startswith("| ")]
    return [tuple(line.strip("| ").split(" | ", 1)) for line in lines[1:]]


def test_no_row_of_adding_says_another_thing_about_what_a_row_before_it_is_about():
    named = [what for what, _ in rows_of_adding()]
    assert [what for what in set(named) if named.count(what) > 1] == []


@pytest.mark.parametrize(("what", "touches"), rows_of_adding(), ids=[what for what, _ in rows_of_adding()])
def test_what_a_row_of_adding_names_is_in_a_file_that_it_names(what, touches):
    words = re.findall(r"`([^`]+)`", touches)
    paths = [ROOT / word for word in words if "/" in word and " " not in word]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.*"))]
    text = "".join(file.read_text() for file in files if file.suffix in (".py", ".toml", ".md", ".html", ".js", ".yml"))
    names = [word for word in words if re.fullmatch(r"@?[A-Za-z_]\w*(?:\.[A-Z]\w*)?", word)]
    assert [name for name in names if not re.search(rf"\b{name.lstrip('@').split('.')[-1]}\b", text)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_file_command_and_target_that_a_page_names_is_there(page):
    text = page.read_text()
    makefile = (ROOT / "Makefile").read_text()
    links = [page.parent / target for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)]
    files = [ROOT / name for name in re.findall(r"`([\w.-]+/[\w./-]*)`", text) if not name.startswith(MADE)]
    gone = [str(path.relative_to(ROOT)) for path in links + files if not path.exists()]
    gone += [f"manage.py {name}" for name in re.findall(r"manage\.py (\w+)", text) if name not in get_commands()]
    gone += [f"make {name}" for name in re.findall(r"`make ([\w-]+)", text) if f"\n{name}:" not in makefile]
    assert gone == []
