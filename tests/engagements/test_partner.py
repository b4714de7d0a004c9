"""What a partner's manager can do with the bundled playbook: the pages of delivery, and none for Microsoft staff."""

import uuid
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from engagements.models import Receipt
from engagements.selectors.today import today_page
from engagements.services import summaries, tasks
from engagements.walk import load_walk
from playbook.compiled import forget_compiled
from playbook.importer import import_folder
from playbook.models import Edition, Process
from tasks.models import Motion, Service
from tests import factories as make

BUNDLED = Path(__file__).resolve().parents[2] / "fixtures" / "playbook"
TODAY = timezone.localdate()
FOR_MICROSOFT = {"land-the-benefit", "setup-governance-review-meeting-cadence"}
KICKOFF, ACM = "conduct-customer-kickoff", "conduct-adoption-change-management-conversation"
PREPARE = f"{KICKOFF}/prepare-for-kickoff-meeting"


@pytest.fixture
def run(engagement, partner, owner):
    """An engagement of the partner's tenant that runs the bundled playbook from its first step."""
    import_folder(BUNDLED, name="Bundled", publish=True)
    for row in engagement.tenant.services.all():
        make.AdoptionRecordFactory(tenant_service=row)
    engagement.edition = Edition.objects.get(name="Bundled")
    engagement.save()
    engagement.motions.set([make.MotionFactory(slug="customer-health")])
    return engagement


@pytest.fixture
def page(client, run):
    def get(user, key):
        client.force_login(user)
        return client.get(reverse("step_detail", args=[run.pk, *key.split("/")]))

    return get


def rows(user, run):
    """Today's rows by what they ask for."""
    summaries.refresh(run.pk)
    return {row["what"]: row for group in today_page(user, TODAY)["groups"] for row in group.rows}


def close_to_partners(run, key):
    Process.objects.filter(edition=run.edition, key=key).update(audience="internal")
    forget_compiled()


def test_the_pages_of_the_bundled_playbook_say_for_whom_they_are(run):
    with_steps = Process.objects.filter(edition=run.edition, steps__isnull=False)
    assert set(with_steps.filter(audience="internal").values_list("key", flat=True)) == FOR_MICROSOFT
    assert set(Process.objects.filter(edition=run.edition, steps=None).values_list("audience", flat=True)) == {
        "partner"
    }


def test_a_partner_documents_and_completes_a_step_of_delivery(client, run, page, partner):
    shown = page(partner, PREPARE)
    assert shown.context["form"]
    lines = [item["value"] for one in shown.context["outputs"] for item in one.get("children", [one]) if item["value"]]
    note = {"token": str(uuid.uuid4()), "category": "engagement-management", "body": "We prepared.", "documents": lines}
    client.post(reverse("step_note", args=[run.pk, *PREPARE.split("/")]), note)
    client.post(reverse("step_complete", args=[run.pk, *PREPARE.split("/")]), {"with_tasks": "1"})
    assert Receipt.objects.get().completed_by == partner


def test_what_is_for_microsoft_staff_on_a_page_for_both_is_not_shown_to_partners(page, partner, owner):
    for key, internal in (
        (PREPARE, "its own objectives for this financial year"),
        (f"{ACM}/request-an-acm-partner", "Co-Sell ACM list"),
        (f"{ACM}/request-an-acm-partner", "https://aka.ms/AA63lt6"),
    ):
        assert internal in page(owner, key).content.decode()
        shown = page(partner, key).content.decode()
        assert internal not in shown
        assert "Guidance" in shown


@pytest.mark.parametrize("process", sorted(FOR_MICROSOFT))
def test_a_page_for_microsoft_staff_shows_a_partner_titles_and_states_alone(page, run, partner, process):
    walk = load_walk(run.pk, TODAY)
    key = next(place.step.key for place in walk.places if place.process.key == process and place.applies)
    shown = page(partner, key)
    assert "are for Microsoft only" in shown.content.decode()
    assert "form" not in shown.context
    assert "outputs" not in shown.context


def test_a_partners_manager_does_the_steps_of_a_fasttrack_manager(run, partner):
    row = rows(partner, run)["Start: Prepare for Kickoff Meeting"]
    assert (row["action"], "Waits for" in row["why"]) == ("Open step", False)


def test_today_offers_a_partner_nothing_on_a_page_for_microsoft_staff(client, run, partner, owner):
    close_to_partners(run, KICKOFF)
    row = rows(partner, run)["Start: Prepare for Kickoff Meeting"]
    assert (row["action"], "Waits for Ana (FastTrack Manager)" in row["why"]) == ("Look at the step", True)
    tasks.set_task_status(
        engagement_id=run.pk, number=3616, status="Blocked-Other", by=owner, today=TODAY, reason="Nobody answers"
    )
    assert rows(partner, run)["Complete Initial customer outreach"]["action"] == "Look at the step"
    assert rows(owner, run)["Complete Initial customer outreach"]["action"] == "Open step"


def test_the_workspace_leads_a_partner_to_the_next_step_that_is_theirs(client, run, partner, owner):
    close_to_partners(run, KICKOFF)
    client.force_login(partner)
    following = client.get(run.get_absolute_url()).context["header"]["next"]
    assert following["place"].process.audience == "partner"
    assert following["label"] == "Open step"
    client.force_login(owner)
    assert client.get(run.get_absolute_url()).context["header"]["next"]["name"] == "Prepare for Kickoff Meeting"


def test_a_new_engagement_says_how_much_of_it_is_for_microsoft_staff(client, run, partner, owner):
    chosen = {
        "tenant": run.tenant_id,
        "motions": Motion.objects.get(slug="customer-health").pk,
        "model": run.model_id,
        "services": Service.objects.get(name="Teams").pk,
        "started_on": TODAY.isoformat(),
    }
    said = "for Microsoft staff of the team"
    client.force_login(partner)
    assert said in client.get(reverse("engagement_new_preview"), chosen).content.decode()
    client.force_login(owner)
    assert said not in client.get(reverse("engagement_new_preview"), chosen).content.decode()
