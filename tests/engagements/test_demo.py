"""The demo keeps the rules that services hold people to, so that nobody meets in it what the desk refuses."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Count
from django.utils import timezone

from engagements.gate import checklists_closed
from engagements.models import AdoptionRecord, Customer, Engagement, Forecast, Note, Receipt, Tenant, TenantService
from engagements.services.summaries import wrong_rows
from engagements.walk import load_walks
from engagements.walk_rows import walkable
from playbook.importer import import_folder

BUNDLED = Path(__file__).resolve().parents[2] / "fixtures" / "playbook"


@pytest.fixture
def walks(db, settings):
    settings.DEMO_DATA = True
    import_folder(BUNDLED, name="FastTrack playbook", publish=True)
    call_command("seed_demo", tenants=40, verbosity=0)
    return list(load_walks(walkable(Engagement.objects.values_list("pk", flat=True)), timezone.localdate()))


def test_no_task_is_complete_while_the_checklists_of_its_step_are_open(walks):
    complete = [
        (place, row.number)
        for walk in walks
        for place in walk.places
        if place.applies and place.step.has_checklists and not place.is_done
        for row in place.step.listings
        if walk.task_state(row.number)[0] == "Complete"
    ]
    refused = [
        f"{place.walk.engagement}: {number} in {place.title}"
        for place, number in complete
        if not checklists_closed(place.verdict, number)
    ]
    assert refused == []
    held_back = [row for walk in walks for row in walk.task_records.values() if row.status == "In Progress"]
    assert held_back, "the demo no longer shows a task that waits for its step's checklists"
    assert list(wrong_rows()) == []


def test_every_receipt_of_the_demo_is_one_that_the_gate_gives(walks, capsys):
    call_command("verify_gates")
    number = Receipt.objects.count()
    assert number > 20
    assert f"{number} receipts checked, {number} pass." in capsys.readouterr().out


def test_the_demo_shows_a_note_that_waits_for_its_readers(walks):
    note = Note.objects.get(escalated=True)
    assert {row.user.username for row in note.escalations.all()} == {"fm", "tm"}
    assert [row.user.username for row in note.mentions.all()] == ["fm"]
    assert Note.objects.filter(category="service-intent").count() == 1


def test_the_demo_shows_what_a_customer_can_have(walks):
    today = timezone.localdate()
    assert not AdoptionRecord.objects.filter(confirmed_on__gt=today).exists()
    assert Tenant.objects.filter(is_duplicate=True).exists()
    assert Customer.objects.annotate(number=Count("tenants")).filter(number__gt=1).count() > 3
    assert Forecast.objects.exists()
    moved = list(TenantService.objects.filter(migrates_data=True).prefetch_related("slices", "migrations"))
    for row in moved:
        moving = sum(one.count for one in row.slices.all() if one.l1 == "in-progress")
        assert sum(one.count for one in row.migrations.all()) == moving
    assert any(row.migrations.all() for row in moved)
    assert [row for row in TenantService.objects.filter(migrates_data=False) if not row.migration_rejected] == []
