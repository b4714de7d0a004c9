"""One JSON document for an edition, whether it is read from pages or from rows (DESIGN §9)."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from playbook.catalogue import resolve
from playbook.document import of_catalogue, of_edition
from playbook.editing import copy_to_draft
from playbook.folder import read_folder
from playbook.importer import import_folder
from tests.playbook.folder_for_tests import KICKOFF, SPONSOR, write

BUNDLED = Path(__file__).resolve().parents[2] / "fixtures" / "playbook"

pytestmark = pytest.mark.django_db


def exported(name):
    out = StringIO()
    call_command("export_playbook", name, stdout=out)
    return json.loads(out.getvalue())


def test_the_bundled_playbook_comes_out_as_it_was_read():
    import_folder(BUNDLED, name="FastTrack playbook", publish=True)
    said, read = exported("FastTrack playbook"), of_catalogue(resolve(read_folder(BUNDLED)), "FastTrack playbook")
    assert said["edition"] == read["edition"] | {"status": "published"}
    del said["edition"], read["edition"]
    assert said == read


def test_a_copy_says_the_same(tmp_path):
    edition = import_folder(write(tmp_path), name="May").edition
    copy_to_draft(edition, by=get_user_model().objects.create_superuser("admin"), name="June")
    said, before = exported("June"), exported("May")
    assert (said["processes"], said["tasks"]) == (before["processes"], before["tasks"])


def test_the_document_has_the_shape_that_others_rely_on(tmp_path):
    import_folder(write(tmp_path, KICKOFF.replace("Phase: **Initiate**\n", "")), name="May")
    document = exported("May")
    assert list(document) == ["edition", "phases", "processes", "tasks", "warnings"]
    assert document["phases"][0] == {"name": "Presales", "position": 1}
    [process] = document["processes"]
    assert (process["slug"], process["source"], process["phase"]) == (
        "conduct-kickoff",
        "initiate-kickoff.md",
        "Initiate",
    )
    assert (process["key_inputs"], process["key_outputs"]) == ([], ["The kickoff is complete."])
    step = process["steps"][0]
    assert {name: value for name, value in step.items() if name not in ("inputs", "outputs")} == {
        "slug": "prepare",
        "title": "Prepare",
        "roles": ["FastTrack Manager"],
        "motions": ["Customer Health", "RFA", "Targeting"],
        "applies_to": ["All Services"],
        "cadence": None,
        "tasks": [3616],
    }
    [group] = step["inputs"]
    assert (group["checks"], len(group["children"])) == ([], 2)
    assert group["children"][0] == {
        "text": SPONSOR,
        "checks": ["note:engagement-management"],
        "optional": False,
        "rule": "all",
        "when": None,
        "children": [],
    }
    assert document["tasks"][2] == {
        "id": 3734,
        "name": "Deliver App Assure",
        "mandatory": False,
        "roles": ["FastTrack Engineer"],
        "services": ["Windows 10", "Office ProPlus"],
    }


def test_a_process_whose_page_names_no_phase_has_none(tmp_path):
    folder = write(tmp_path, KICKOFF.replace("Phase: **Initiate**\n", ""))
    (folder / "initiate-kickoff.md").rename(folder / "kickoff.md")
    edition = import_folder(folder, name="May").edition
    document = exported("May")
    assert document["processes"][0]["phase"] is None
    assert document["warnings"] == edition.warnings
    assert document["warnings"][0]["code"] == "phase-unknown"


def test_exporting_costs_the_same_for_many_pages(tmp_path):
    def queries(count):
        pages = {f"assess-{n}": KICKOFF.replace("Conduct Kickoff", f"Process {n}") for n in range(count)}
        edition = import_folder(write(tmp_path / f"pages-{count}", **pages)).edition
        with CaptureQueriesContext(connection) as captured:
            of_edition(edition)
        return len(captured)

    assert queries(1) == queries(12)


def test_an_edition_that_is_not_there_is_named_with_those_that_are(tmp_path):
    import_folder(write(tmp_path), name="May")
    with pytest.raises(CommandError, match="no edition “June”. There are “May”"):
        exported("June")
