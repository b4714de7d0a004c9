"""A template joins what is typed and destroys nothing of it (R53); admins' words are never overwritten."""

import re

import pytest
from django.core.management import call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from engagements.models import Note, NoteGuide, NoteTemplate
from engagements.note_templates import headings, merged
from engagements.services.note_guides import ensure_guides
from tests import factories as make

TEMPLATE = "## Participants\n-\n\n## Discussion points\n-\n\n## FTC actions\n- [ ]"


@pytest.mark.parametrize(
    ("typed", "then"),
    [
        ("", f"{TEMPLATE}\n"),
        ("   \n", f"{TEMPLATE}\n"),
        ("Spoke with Priya.", f"Spoke with Priya.\n\n{TEMPLATE}\n"),
        ("## Participants\n- Priya", "## Participants\n- Priya\n\n## Discussion points\n-\n\n## FTC actions\n- [ ]\n"),
        ("# PARTICIPANTS:\n- Priya", "# PARTICIPANTS:\n- Priya\n\n## Discussion points\n-\n\n## FTC actions\n- [ ]\n"),
        (f"{TEMPLATE} and more", f"{TEMPLATE} and more"),
    ],
)
def test_headings_that_are_there_are_not_repeated(typed, then):
    assert merged(typed, TEMPLATE) == then


@given(st.text(alphabet="#- abPC\n", max_size=60), st.text(alphabet="# abPC\n", max_size=60))
def test_what_is_typed_stays_and_a_second_time_adds_nothing(typed, template):
    once = merged(typed, template)
    assert once.startswith(typed.rstrip())
    assert headings(template) <= headings(once)
    assert merged(once, template) == once


@pytest.mark.django_db
class TestTheCatalogue:
    @pytest.fixture(autouse=True)
    def _loaded(self):
        call_command("load_catalogue", verbosity=0)

    def test_every_category_has_a_guide_its_writers_and_a_template(self):
        for category in Note.Category.values:
            assert NoteGuide.objects.get(category=category).roles.exists(), category
            assert NoteTemplate.objects.filter(category=category).exists(), category
        names = set(NoteTemplate.objects.values_list("name", flat=True))
        assert {"Engagement", "FE", "SME", "Partner FE or SME", "Exec summary", "Enterprise status"} <= names
        assert headings(NoteTemplate.objects.get(name="Engagement").body) == {
            "participants",
            "discussion points",
            "customer questions",
            "ftc actions",
            "playbook task",
        }

    def test_what_admins_reworded_renamed_or_deleted_stays_so(self):
        NoteGuide.objects.filter(category="migration").update(text="Ours")
        NoteTemplate.objects.filter(name="FE").update(body="## Ours")
        renamed = NoteTemplate.objects.get(name="SME")
        renamed.name = "Specialist"
        renamed.save()
        NoteTemplate.objects.get(name="Exec summary").delete()
        before = NoteTemplate.objects.count()
        assert ensure_guides() == 0
        assert NoteTemplate.objects.count() == before
        assert NoteGuide.objects.get(category="migration").text == "Ours"
        assert NoteTemplate.objects.get(name="FE").body == "## Ours"

    def test_the_composer_offers_what_the_reader_writes_first_and_forbids_nothing(self, client, colleague, engagement):
        client.force_login(colleague)
        page = reverse("engagement_notes", args=[engagement.pk])
        shown = " ".join(client.get(page).content.decode().split())
        assert re.search(r'<optgroup label="You write">.{0,400}Technical Enablement</option>', shown)
        assert re.search(r'<optgroup label="Others write, and so may you">.{0,400}Engagement Management \(FM', shown)
        assert re.search(r'<option value="technical-enablement"[^>]* selected', shown)
        sent = {"token": "4ff6e9a2-1111-4e5c-9d3c-000000000001", "category": "migration", "body": "Moved 20."}
        assert client.post(page, sent).status_code == 302

    def test_without_script_a_template_comes_in_below_and_everything_typed_stays(self, client, owner, engagement):
        client.force_login(owner)
        template = NoteTemplate.objects.get(name="Engagement")
        sent = {
            "token": "4ff6e9a2-1111-4e5c-9d3c-000000000002",
            "category": "enterprise-status",
            "body": "Spoke with Priya.\r\n## Participants\r\n- Priya",
            "task": "not yet",
            "next_action": "Call",
            "next_on": "2026-05-27",
            "template": template.pk,
            "insert": "1",
        }
        answer = client.post(reverse("engagement_notes", args=[engagement.pk]), sent)
        form = answer.context["form"]
        assert answer.status_code == 200
        assert form["body"].value().startswith("Spoke with Priya.\n## Participants\n- Priya\n\n## Discussion points")
        assert (form["task"].value(), form["next_action"].value(), form["category"].value()) == (
            "not yet",
            "Call",
            "enterprise-status",
        )
        assert not Note.objects.exists()

    def test_without_script_the_preview_stands_below(self, client, owner, engagement):
        client.force_login(owner)
        sent = {"body": "**Decided** <b>x</b>", "preview": "1", "token": "4ff6e9a2-1111-4e5c-9d3c-000000000003"}
        shown = client.post(reverse("engagement_notes", args=[engagement.pk]), sent).content.decode()
        assert "<strong>Decided</strong> &lt;b&gt;x&lt;/b&gt;" in shown
        assert "**Decided** &lt;b&gt;x&lt;/b&gt;</textarea>" in shown

    def test_at_a_step_the_category_is_what_its_open_lines_ask_for(self, client, owner, engagement):
        process = make.ProcessFactory(edition=engagement.edition, slug="kickoff")
        step = make.StepFactory(process=process, slug="meet")
        for checks in (["note:environment"], ["note:environment"], ["note:engagement-management"]):
            make.RequirementFactory(step=step, checks=checks)
        client.force_login(owner)
        form = client.get(reverse("step_detail", args=[engagement.pk, "kickoff", "meet"])).context["form"]
        assert form["category"].value() == "environment"


@pytest.mark.django_db
def test_a_template_without_a_heading_is_refused_in_the_admin(client, admin):
    client.force_login(admin)
    sent = {"category": "migration", "name": "Mine", "body": "No heading", "position": 1}
    answer = client.post(reverse("admin:engagements_notetemplate_add"), sent)
    assert "at least one heading" in answer.content.decode()
    assert client.post(reverse("admin:engagements_notetemplate_add"), sent | {"body": "## A"}).status_code == 302
    template = NoteTemplate.objects.get(name="Mine")
    assert client.get(reverse("admin:engagements_notetemplate_history", args=[template.pk])).status_code == 200
    assert client.get(reverse("admin:engagements_noteguide_changelist")).status_code == 200


@pytest.mark.django_db
def test_a_task_a_service_and_a_review_open_the_composer_with_what_they_know(client, owner, engagement):
    client.force_login(owner)
    page = reverse("engagement_notes", args=[engagement.pk])
    service = engagement.services.first()
    form = client.get(page, {"task": "983", "service": service.pk}).context["form"]
    assert (form["task"].value(), form["services"].value()) == (983, service.pk)
    assert form["category"].value() == "technical-enablement"
    assert form.composer.place == f"{page}?task=983&service={service.pk}"
    review = make.ReviewFactory(series__tenant=engagement.tenant)
    assert str(review) in client.get(page, {"from": f"review:{review.pk}"}).context["about"]
    elsewhere = make.ReviewFactory()
    for wrong in (f"review:{elsewhere.pk}", "review:x", "review:" + "9" * 40, "nothing"):
        assert client.get(page, {"from": wrong, "task": "x" * 500, "service": "-1"}).context["about"] == ""


@pytest.mark.django_db
def test_two_megabytes_come_back_with_a_sentence(client, owner, engagement):
    client.force_login(owner)
    sent = {"token": "4ff6e9a2-1111-4e5c-9d3c-000000000004", "category": "environment", "body": "x" * 2_000_000}
    answer = client.post(reverse("engagement_notes", args=[engagement.pk]), sent)
    assert answer.status_code == 422
    assert "A note has at most 100,000 characters." in answer.content.decode()
    assert len(answer.context["form"]["body"].value()) == 2_000_000
