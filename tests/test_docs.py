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
