"""Pages become a draft; the same pages change nothing; what people changed on drafts is not lost (DESIGN §4)."""

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from playbook.compiled import compile_edition
from playbook.diff import What
from playbook.editing import CannotPublish, copy_to_draft, publish
from playbook.importer import import_folder
from playbook.models import Condition, Edition, Process, Requirement, Step, TaskListing
from tasks.loading import load_taxonomies
from tasks.models import FtopTask, Role, Service
from tests.playbook.folder_for_tests import GATES, KICKOFF, MEETING, PREPARE, SPONSOR, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def taxonomies(db):
    load_taxonomies()


@pytest.fixture
def folder(tmp_path):
    return write(tmp_path / "pages")


@pytest.fixture
def admin():
    return get_user_model().objects.create_superuser("admin")


def step_of(edition, key=PREPARE):
    return Step.objects.get(process__edition=edition, key=key)


def line_of(edition, text=SPONSOR):
    return Requirement.objects.get(process__edition=edition, text=text)


def listing_of(edition, number):
    return TaskListing.objects.get(edition=edition, task__number=number)


def to_confirm(report):
    return [warning.message for warning in report.warnings if warning.code == "edit-to-confirm"]


# Pages become rows


def test_a_folder_becomes_a_draft_with_everything_in_its_place(folder):
    edition = import_folder(folder, name="May").edition
    assert (edition.status, edition.language, edition.warnings) == ("draft", "en", [])
    kickoff, guidance = Process.objects.filter(edition=edition)
    assert (kickoff.key, kickoff.phase.name, kickoff.audience) == ("conduct-kickoff", "Initiate", "internal")
    assert kickoff.next_process == guidance
    assert "Start on time." in guidance.guidance
    assert [step.key for step in kickoff.steps.all()] == [PREPARE, MEETING]
    meeting = step_of(edition, MEETING)
    assert meeting.when == "meeting-wanted"
    assert [role.name for role in meeting.roles.all()] == ["FastTrack Manager"]
    assert [service.name for service in meeting.applies_to.all()] == ["All Services"]
    assert {motion.slug for motion in meeting.motions.all()} == {"customer-health", "rfa", "targeting"}
    assert [row.task.number for row in meeting.listings.all()] == [994, 3734]
    assert not listing_of(edition, 3734).mandatory


def test_lines_keep_their_nesting_and_their_checks(folder):
    edition = import_folder(folder).edition
    sponsor = line_of(edition)
    assert sponsor.parent.text == "Engagement Management note documenting the following:"
    assert (sponsor.checks, sponsor.section, sponsor.line > 0) == (["note:engagement-management"], "input", True)
    [exit_line] = Requirement.objects.filter(process__edition=edition, section="key_output")
    assert exit_line.step is None


def test_the_compiled_edition_dangles_nowhere(folder):
    edition = import_folder(folder, publish=True).edition
    spec = compile_edition(edition)
    assert list(spec.places) == [PREPARE, MEETING]
    assert all(step.when in ("", *spec.conditions) for _, _, step in spec.steps())


def test_exits_that_are_not_gated_have_optional_lines(tmp_path):
    folder = write(tmp_path, gates=GATES + '\n["conduct-kickoff"]\ngated = false\n')
    edition = import_folder(folder).edition
    assert Requirement.objects.get(process__edition=edition, section="key_output").optional


def test_lines_of_the_same_words_have_keys_of_their_own(tmp_path):
    twice = KICKOFF.replace("    - The date of the meeting is agreed.\n", f"    - {SPONSOR}\n")
    edition = import_folder(write(tmp_path, twice)).edition
    keys = Requirement.objects.filter(process__edition=edition, text=SPONSOR).values_list("key", flat=True)
    assert len(set(keys)) == 2


def test_a_role_and_a_service_nobody_named_before_become_rows_and_are_reported_once(tmp_path):
    page = KICKOFF.replace("FastTrack Engineer | Windows 10", "Space Engineer | Holodeck")
    report = import_folder(write(tmp_path, page))
    listing = listing_of(report.edition, 3734)
    assert [role.name for role in listing.roles.all()] == ["Space Engineer"]
    assert {service.name for service in listing.services.all()} == {"Holodeck", "Office ProPlus"}
    places = [(warning.code, warning.file, warning.line) for warning in report.warnings]
    assert sorted(places) == [(f"{kind}-unknown", "initiate-kickoff.md", listing.line) for kind in ("role", "service")]


def test_a_role_and_a_service_that_somebody_deleted_come_back_and_are_reported(folder):
    Service.objects.filter(name__in=["Windows 10", "All Services"]).delete()
    report = import_folder(folder)
    assert {warning.code for warning in report.warnings} == {"service-added"}
    assert Service.objects.get(name="All Services").kind == "all"


def test_other_spellings_and_languages_find_the_row_they_mean(tmp_path):
    page = KICKOFF.replace("FastTrack Engineer | Windows 10", "FE | Alle Dienste")
    roles, services = Role.objects.count(), Service.objects.count()
    listing = listing_of(import_folder(write(tmp_path, page)).edition, 3734)
    assert [role.name for role in listing.roles.all()] == ["FastTrack Engineer"]
    assert [service.kind for service in listing.services.all()] == ["all", "workload"]
    assert (Role.objects.count(), Service.objects.count()) == (roles, services)


def test_a_number_keeps_its_name_and_another_one_is_reported(folder):
    FtopTask.objects.create(number=994, name="Send flowers", name_folded="send flowers")
    report = import_folder(folder)
    assert FtopTask.objects.get(number=994).name == "Send flowers"
    assert listing_of(report.edition, 994).name == "Conduct Kickoff Meeting"
    [warning] = [warning for warning in report.warnings if warning.code == "number-reused"]
    assert "Send flowers" in warning.message
    assert report.edition.warnings[-1]["code"] == "number-reused"


def test_roles_and_services_are_loaded_where_nobody_did_it_yet(folder):
    Role.objects.all().delete()
    Service.objects.all().delete()
    import_folder(folder)
    assert Service.objects.get(name="Core Onboarding").kind == "core"


def test_an_import_costs_the_same_for_many_pages(tmp_path):
    def queries(count):
        pages = {f"assess-{n}": KICKOFF.replace("Conduct Kickoff", f"Process {n}") for n in range(count)}
        folder = write(tmp_path / f"pages-{count}", **pages)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            import_folder(folder)
        # SQLite takes only so many values at once; what it splits counts once.
        statements = [query["sql"].partition("VALUES")[0][:80] for query in captured]
        return sum(one != other for one, other in zip(statements, [None, *statements], strict=False))

    queries(1)
    assert queries(2) == queries(30)


# The same folder, and a changed one


def test_the_same_folder_twice_changes_nothing(folder):
    first = import_folder(folder, name="May")
    again = import_folder(folder, name="June")
    assert (again.changed, again.edition) == (False, first.edition)
    assert Edition.objects.count() == 1


def test_another_place_on_the_page_changes_nothing(tmp_path):
    import_folder(write(tmp_path))
    assert not import_folder(write(tmp_path, KICKOFF.replace("## Approach\n", "## Approach\n\n\n"))).changed


def test_the_same_folder_changes_nothing_though_a_copy_was_edited_and_published(folder, admin):
    first = import_folder(folder, publish=True).edition
    copy = copy_to_draft(first, by=admin, name="By hand")
    Step.objects.filter(process__edition=copy, key=PREPARE).update(per_service=True)
    publish(copy, by=admin)
    again = import_folder(folder)
    assert (again.changed, again.edition) == (False, copy)


def test_publishing_the_same_folder_again_leaves_drafts_alone(folder, admin):
    """A start script publishes at every start; somebody may be editing meanwhile."""
    first = import_folder(folder, name="May", publish=True).edition
    copy = copy_to_draft(first, by=admin, name="By hand")
    again = import_folder(folder, name="May", publish=True)
    copy.refresh_from_db()
    assert (again.changed, again.published, again.edition, copy.status) == (False, False, first, "draft")


def test_a_folder_that_was_replaced_comes_back_only_under_another_name(tmp_path):
    first = import_folder(write(tmp_path), name="May", publish=True).edition
    import_folder(write(tmp_path, KICKOFF + "\nMore.\n"), name="June", publish=True)
    again = import_folder(write(tmp_path), name="May", publish=True)
    assert (again.changed, again.published, again.edition) == (False, False, first)
    assert import_folder(write(tmp_path), name="May again", publish=True).published


def test_a_changed_folder_makes_a_draft_and_says_what_differs_from_the_published_edition(tmp_path):
    published = import_folder(write(tmp_path), name="May", publish=True).edition
    page = (
        KICKOFF.replace("| 3616 | Complete Initial customer outreach | M |", "| 3616 | Call the customer | O |")
        .replace("Read the customer's history first.", "Read nothing.")
        .replace("    - The date of the meeting is agreed.\n", "    - A room with a view is booked.\n")
    )
    report = import_folder(write(tmp_path, page), name="June")
    assert (report.changed, report.edition.status, report.edition.based_on) == (True, "draft", published)
    told = {(change.what, change.kind, change.name) for change in report.diff}
    assert told == {
        (What.RENAMED, "task", "3616 Call the customer"),
        (What.LETTER, "task", "3616 Call the customer"),
        (What.TEXT, "step", "Prepare"),
        (What.ADDED, "requirement", "A room with a view is booked."),
        (What.REMOVED, "requirement", "The date of the meeting is agreed."),
    }


def test_a_line_whose_words_are_corrected_keeps_its_key(tmp_path):
    first = import_folder(write(tmp_path), publish=True).edition
    report = import_folder(write(tmp_path, KICKOFF.replace(SPONSOR, "The sponsor at the customer is known.")))
    assert line_of(report.edition, "The sponsor at the customer is known.").key == line_of(first).key
    assert [(change.what, change.field) for change in report.diff] == [(What.TEXT, "text")]


def test_editions_never_share_a_name(tmp_path):
    import_folder(write(tmp_path), name="May")
    assert import_folder(write(tmp_path, KICKOFF + "\nMore.\n"), name="May").edition.name == "May (2)"


# Publishing


def test_publishing_retires_the_former_edition(tmp_path):
    former = import_folder(write(tmp_path), publish=True).edition
    report = import_folder(write(tmp_path, KICKOFF + "\nMore.\n"), publish=True)
    former.refresh_from_db()
    assert (former.status, report.edition.status, report.published) == ("retired", "published", True)


def test_a_draft_of_the_same_folder_is_published_when_that_is_asked(folder):
    draft = import_folder(folder).edition
    report = import_folder(folder, publish=True)
    assert (report.changed, report.published, report.edition) == (False, True, draft)


def test_what_would_not_work_is_not_published_and_nothing_is_imported(tmp_path):
    page = KICKOFF.replace("Primary Role: **FastTrack Manager**  \n", "", 1)
    with pytest.raises(CannotPublish, match="names no role"):
        import_folder(write(tmp_path, page), publish=True)
    assert not Edition.objects.exists()
    assert not FtopTask.objects.filter(number=994).exists()


# What people changed on drafts


@pytest.fixture
def edited(folder):
    """A draft on which somebody set what the pages cannot say."""
    edition = import_folder(folder, name="May").edition
    Requirement.objects.filter(pk=line_of(edition).pk).update(checks=["attest"], optional=True)
    Step.objects.filter(pk=step_of(edition).pk).update(when="meeting-wanted", per_service=True)
    TaskListing.objects.filter(pk=listing_of(edition, 3734).pk).update(mandatory_when="meeting-wanted")
    return edition


MORE = KICKOFF.replace("Read the customer's history first.", "Read the customer's history first, and its plans.")


def test_edits_carry_over_where_the_words_are_the_same(edited, folder):
    report = import_folder(write(folder, MORE))
    line, step = line_of(report.edition), step_of(report.edition)
    assert (line.checks, line.optional) == (["attest"], True)
    assert (step.when, step.per_service) == ("meeting-wanted", True)
    assert listing_of(report.edition, 3734).mandatory_when == "meeting-wanted"
    assert (report.carried, to_confirm(report)) == (5, [])


def test_edits_carry_over_again_and_again(edited, folder):
    import_folder(write(folder, MORE))
    report = import_folder(write(folder, MORE.replace("plans", "hopes")))
    assert line_of(report.edition).checks == ["attest"]


def test_edits_of_a_published_copy_carry_over(folder, admin):
    copy = copy_to_draft(import_folder(folder, publish=True).edition, by=admin, name="By hand")
    Requirement.objects.filter(pk=line_of(copy).pk).update(checks=["attest"])
    publish(copy, by=admin)
    report = import_folder(write(folder, MORE))
    assert line_of(report.edition).checks == ["attest"]


def test_a_draft_of_other_pages_does_not_come_between(folder, tmp_path, admin):
    copy = copy_to_draft(import_folder(folder, publish=True).edition, by=admin, name="By hand")
    Requirement.objects.filter(pk=line_of(copy).pk).update(checks=["attest"])
    publish(copy, by=admin)
    import_folder(write(tmp_path / "other", KICKOFF.replace("Kickoff", "Picnic").replace("customer", "guest")))
    report = import_folder(write(folder, MORE))
    assert (report.former, line_of(report.edition).checks) == (copy, ["attest"])


def test_an_edit_of_a_line_whose_words_changed_is_to_be_confirmed(edited, folder):
    words = "The sponsor at the customer is known."
    report = import_folder(write(folder, KICKOFF.replace(SPONSOR, words)))
    assert line_of(report.edition, words).checks == ["note:engagement-management"]
    assert len(to_confirm(report)) == 2
    assert all("the words have changed" in message for message in to_confirm(report))


def test_an_edit_of_a_line_that_is_gone_is_to_be_confirmed(edited, folder):
    report = import_folder(write(folder, KICKOFF.replace(f"    - {SPONSOR}\n", "")))
    assert [SPONSOR in message for message in to_confirm(report)] == [True, True]


def test_an_edit_that_the_pages_now_say_themselves_is_no_edit_any_more(edited, folder):
    gates = GATES + f'\n["{PREPARE}"]\nwhen = "meeting-wanted"\nper_service = true\n'
    assert import_folder(write(folder, gates=gates)).carried == 3


def test_an_edit_stays_where_the_pages_changed_their_mind_and_that_is_said(edited, folder):
    gates = GATES + f'\n["{PREPARE}"]\ninputs = [{{ text = "{SPONSOR}", checks = ["dibs"] }}]\n'
    report = import_folder(write(folder, gates=gates))
    assert line_of(report.edition).checks == ["attest"]
    [message] = to_confirm(report)
    assert "“dibs”" in message


def test_words_edited_by_hand_give_way_to_the_pages_and_are_to_be_confirmed(folder):
    edition = import_folder(folder).edition
    Step.objects.filter(pk=step_of(edition).pk).update(guidance="Ask me.")
    listing_of(edition, 994).roles.add(Role.objects.get(name="FastTrack Engineer"))
    report = import_folder(write(folder, MORE))
    assert len(to_confirm(report)) == 2
    assert any("Ask me." in message for message in to_confirm(report))


def test_what_was_added_or_removed_by_hand_is_to_be_confirmed_once(folder):
    edition = import_folder(folder).edition
    line_of(edition).delete()
    process = step_of(edition).process
    step = Step.objects.create(process=process, key="conduct-kickoff/sing", slug="sing", title="Sing", position=9)
    Requirement.objects.create(process=process, step=step, section="input", key="k", position=1, text="A song")
    messages = to_confirm(import_folder(write(folder, MORE)))
    assert len(messages) == 2
    assert any("“Sing”" in message and "added by hand" in message for message in messages)
    assert any(SPONSOR in message and "removed by hand" in message for message in messages)


def test_a_condition_added_by_hand_comes_along_where_an_edit_names_it(folder):
    edition = import_folder(folder).edition
    condition = Condition.objects.create(edition=edition, key="rainy", question="Does it rain?", scope="service")
    condition.services.add(Service.objects.get(name="Teams"))
    Step.objects.filter(pk=step_of(edition).pk).update(when="not rainy")
    report = import_folder(write(folder, MORE), publish=True)
    assert step_of(report.edition).when == "not rainy"
    assert [service.name for service in report.edition.conditions.get(key="rainy").services.all()] == ["Teams"]
    assert to_confirm(report) == []
