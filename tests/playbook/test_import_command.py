"""`manage.py import_playbook`: what it says, what it refuses, and that a refusal leaves everything as it was."""

import json
import re
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from playbook.models import Edition, Process, Step
from playbook.pages import LOST
from tasks.loading import load_taxonomies
from tests.playbook.folder_for_tests import KICKOFF, PREPARE, write
from tests.playbook.pages_for_tests import HEAD

OTHER_PAGES = {
    "a table that breaks off": (
        f"{HEAD}# A page\n\n| Task ID | Task Name | (M)andatory / (O)ptional | Role |\n| --- | --- | --- | --- |\n"
        "| 983 | Quick".encode(),
        "breaks off",
    ),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not a text file"),
    "ten megabytes": (HEAD.encode() + b"word " * 2_000_000, "10.0? MB|9.5 MB"),
    "not UTF-8": (HEAD.encode() + "# Übung\n".encode("latin-1"), "not in UTF-8"),
    "nothing": (b"", "empty"),
    "a title without end": (f"{HEAD}# {'Long ' * 90}\n\nWords.\n".encode(), "characters"),
}


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "pages")


def run(*arguments, **options):
    out = StringIO()
    call_command("import_playbook", *map(str, arguments), stdout=out, no_color=True, **options)
    return out.getvalue()


def counts():
    return {
        model: model.objects.count() for app in ("tasks", "playbook") for model in apps.get_app_config(app).get_models()
    }


# What it says


@pytest.mark.django_db
def test_it_says_what_came_in_and_what_to_do_next(folder):
    said = run(folder, "--edition", "May")
    assert "1 process, 2 steps, 4 checklist lines, 3 task numbers, 1 page of guidance." in said
    assert "Imported as “May”." in said
    assert f"manage.py import_playbook {folder} --publish" in said
    assert Edition.objects.get().status == "draft"


@pytest.mark.django_db
def test_a_second_time_it_says_that_nothing_changed(folder):
    run(folder, "--edition", "May", "--publish")
    assert run(folder, "--edition", "May", "--publish") == f"Nothing changed: “May” says already what {folder} says.\n"


@pytest.mark.django_db
def test_without_a_name_an_edition_goes_by_folder_and_date(folder, time_machine):
    time_machine.move_to("2026-05-21T12:00:00Z")
    run(folder)
    assert Edition.objects.get().name == "pages 2026-05-21"


@pytest.mark.django_db
def test_publishing_puts_the_edition_in_force(folder):
    assert "“May” is published." in run(folder, "--edition", "May", "--publish")
    assert Edition.objects.get().status == "published"


@pytest.mark.django_db
def test_changes_are_listed_by_kind(folder):
    run(folder, "--edition", "May", "--publish")
    write(folder, KICKOFF.replace("| 994 | Conduct Kickoff Meeting | M |", "| 994 | Conduct Kickoff Meeting | O |"))
    said = run(folder, "--edition", "June")
    assert "M/O changed against “May”: 1\n  task “994 Conduct Kickoff Meeting”" in said
    assert "'M' → 'O'" in said


@pytest.mark.django_db
def test_warnings_are_grouped_with_file_and_line(folder):
    write(folder, KICKOFF.replace("good-meetings.md", "gone.md"))
    said = run(folder)
    assert "1 warning: link-missing\n  initiate-kickoff.md:" in said


@pytest.mark.django_db
def test_edits_that_carried_over_are_counted(folder):
    run(folder, "--edition", "May")
    Step.objects.filter(key=PREPARE).update(per_service=True)
    write(folder, KICKOFF.replace("history first", "plans first"))
    assert "1 edit of “May” carried over." in run(folder, "--edition", "June")


@pytest.mark.django_db
def test_json_is_all_that_is_printed(folder):
    document = json.loads(run(folder, "--edition", "May", "--json"))
    assert document["edition"] == {"name": "May", "status": "draft", "language": "en"}
    assert [task["id"] for task in document["tasks"]] == [994, 3616, 3734]


@pytest.mark.django_db
def test_where_an_edition_is_in_force_a_first_start_imports_nothing(folder):
    assert "Imported" in run(folder, "--edition", "May", "--publish", "--if-empty")
    write(folder, KICKOFF + "\nMore.\n")
    assert run(folder, "--publish", "--if-empty") == "“May” is in force; nothing was imported.\n"


# Looking only


@pytest.mark.django_db
def test_a_check_says_what_would_come_in_and_writes_nothing(folder):
    before = counts()
    said = run(folder, "--edition", "May", "--check", "--publish")
    assert "An import would make the draft “May”. Nothing was written." in said
    assert counts() == before


@pytest.mark.django_db
def test_a_check_says_when_an_import_would_change_nothing(folder):
    run(folder, "--edition", "May")
    assert "“May” says the same already" in run(folder, "--check")


def test_a_check_as_json_asks_no_database(folder):
    """Without the mark of the other tests any query here is an error."""
    document = json.loads(run(folder, "--edition", "May", "--check", "--json"))
    assert document["edition"]["name"] == "May"
    assert [step["slug"] for step in document["processes"][0]["steps"]] == ["prepare", "hold-the-meeting"]


# What it refuses


@pytest.mark.django_db
@pytest.mark.parametrize(("raw", "words"), OTHER_PAGES.values(), ids=OTHER_PAGES.keys())
def test_what_lost_something_of_a_page_is_named_and_not_published(folder, raw, words):
    load_taxonomies()
    before = counts()
    (folder / "assess-odd.md").write_bytes(raw)
    with pytest.raises(CommandError, match=words) as refused:
        run(folder, "--publish")
    assert str(refused.value).startswith("Nothing was imported. assess-odd.md")
    assert counts() == before


@pytest.mark.django_db
@pytest.mark.parametrize(("raw", "words"), OTHER_PAGES.values(), ids=OTHER_PAGES.keys())
def test_the_rest_of_a_folder_becomes_a_draft_that_names_what_was_lost(folder, raw, words):
    (folder / "assess-odd.md").write_bytes(raw)

    said = run(folder, "--edition", "May")

    assert "Imported as “May”." in said
    assert re.search(rf"assess-odd\.md:\d+: .*({words})", said)
    assert set(Step.objects.values_list("key", flat=True)) >= {PREPARE}
    stored = Edition.objects.get().warnings
    assert [row["file"] for row in stored if row["code"] in LOST] == ["assess-odd.md"]


@pytest.mark.django_db
def test_every_damaged_page_is_named_at_once(folder):
    (folder / "assess-one.md").write_bytes(b"")
    (folder / "assess-two.md").write_bytes(b"\0")
    assert re.search(r"(?s)assess-one\.md:1: .*assess-two\.md:1: ", run(folder, "--check"))
    with pytest.raises(CommandError, match=r"(?s)assess-one\.md.*assess-two\.md.*without --publish"):
        run(folder, "--publish")
    assert not Edition.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "raw",
    [
        b"# A page\n\nWords.\n",
        b"---\ntitle: A page\n\n# A page\n\nWords.\n",
        b"---\ntitle: A\nauthor B\n---\n# A page\n",
    ],
)
def test_a_slip_in_the_front_matter_loses_nothing_and_keeps_nothing_back(folder, raw):
    (folder / "assess-odd.md").write_bytes(raw)

    said = run(folder, "--edition", "May", "--publish")

    assert "front-matter" in said
    assert Process.objects.get(source="assess-odd.md").title == "A page"


@pytest.mark.django_db
def test_a_gate_file_with_a_slip_is_named_with_its_line(folder):
    write(folder, gates='["conduct-kickoff/prepare"]\nwhne = "x"\n')
    with pytest.raises(CommandError, match="gates.toml, line 2: `whne` is not known"):
        run(folder)


@pytest.mark.django_db
def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        run(tmp_path / "nowhere")


@pytest.mark.django_db
def test_an_edition_that_would_not_work_is_refused_with_every_reason(folder):
    before = counts()
    write(folder, KICKOFF.replace("Primary Role: **FastTrack Manager**  \n", ""))
    with pytest.raises(CommandError) as refused:
        run(folder, "--publish")
    assert str(refused.value).count("names no role") == 2
    assert counts() == before
