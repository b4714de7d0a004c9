"""The real pages come into the database whole, and out of it as they were read (DESIGN §9)."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from playbook.compiled import compile_edition
from playbook.importer import import_folder
from playbook.models import Edition

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "playbook"
ACM = "conduct-adoption-change-management-conversation"

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the real pages are not beside this repository")


def run(*arguments):
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return json.loads(out.getvalue())


def checked():
    return run("import_playbook", SEEDS, "--edition", "Seed", "--check", "--json")


def test_a_check_reports_26_numbers_and_23_steps_without_a_database():
    document = checked()
    assert len(document["tasks"]) == 26
    assert [task["id"] for task in document["tasks"]] == sorted(task["id"] for task in document["tasks"])
    assert sum(len(process["steps"]) for process in document["processes"]) == 23


def test_the_first_lines_of_the_conversation_ask_for_kickoff_and_dibs():
    """DESIGN §3."""
    [process] = [each for each in checked()["processes"] if each["slug"] == ACM]
    leaves = [line["checks"] for line in process["steps"][0]["inputs"][0]["children"]]
    note = "note:engagement-management"
    kickoff = "step:counduct-custom-kickoff/schedule-and-conduct-kickoff-meeting"
    assert leaves == [[note, kickoff], [note, "dibs"]]


@pytest.mark.django_db
def test_what_was_imported_comes_out_as_it_was_read():
    assert run("import_playbook", SEEDS, "--edition", "Seed", "--json") == checked() == run("export_playbook", "Seed")


@pytest.mark.django_db
def test_the_real_pages_can_be_published_and_followed():
    edition = import_folder(SEEDS, publish=True).edition
    spec = compile_edition(edition)
    assert len(spec.places) == 23
    assert import_folder(SEEDS).changed is False
    assert Edition.objects.count() == 1
