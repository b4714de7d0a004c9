"""The categories of notes are one list, wherever they are written down."""

import tomllib

import pytest

from engagements.customer_safe import CATEGORIES
from engagements.models import Note
from playbook.checks import NOTE_CATEGORIES
from playbook.proposals import SLUGS
from tests.processes import ROOT

GUIDES = tomllib.loads((ROOT / "fixtures" / "notes.toml").read_text())
LISTS = {
    "checks of the playbook": NOTE_CATEGORIES,
    "words that pages use": SLUGS.values(),
    "what customers may read": CATEGORIES,
    "guides for authors": [row["category"] for row in GUIDES["guide"]],
}


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_every_category_and_no_other(name):
    assert set(LISTS[name]) == set(Note.Category.values)


def test_the_templates_are_of_categories_that_exist():
    assert {row["category"] for row in GUIDES["template"]} <= set(Note.Category.values)
