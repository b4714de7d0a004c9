"""What migrations do with records that were there before."""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps as current
from django.utils import timezone

from engagements.models import EntitlementSlice, ImportBatch
from engagements.services import imports
from tasks.models import StatusReason
from tests import factories as make

DUE = dt.date(2026, 6, 30)
NEW = "status-unknown/new-subscription-or-workload"


class AsItWas:
    """The apps as migration 0011 saw them: an adoption record still had its intent."""

    def __init__(self, intents):
        self.intents = intents

    def get_model(self, app, name):
        model = current.get_model(app, name)
        if name != "TenantService":
            return model
        intents = self.intents

        class Services:
            class objects:  # noqa: N801
                @staticmethod
                def filter(**wanted):
                    return Rows(model.objects.filter(**wanted), intents)

        return Services


class Rows:
    """A queryset whose rows carry the intent that the column held."""

    def __init__(self, found, intents):
        self.found, self.intents = found, intents

    def __getattr__(self, name):
        told = getattr(self.found, name)
        return (lambda *args, **kw: Rows(told(*args, **kw), self.intents)) if name in CHAINED else told

    def __getitem__(self, part):
        rows = list(self.found[part])
        for row in rows:
            if hasattr(row, "adoption"):
                row.adoption.intent = self.intents.get(row.pk, "")
        return rows


CHAINED = ("filter", "order_by", "select_related")


@pytest.fixture
def service(engagement):
    """A service without slices, as they all were."""

    def service(due_on=None, *, record=True, **values):
        row = make.TenantServiceFactory(tenant=engagement.tenant, service=make.ServiceFactory(), **values)
        if record:
            make.AdoptionRecordFactory(tenant_service=row, due_on=due_on)
        EntitlementSlice.objects.filter(tenant_service=row).delete()
        return row

    return service


def place(intents):
    moved = import_module("engagements.migrations.0011_intent_becomes_slices")
    moved.place(AsItWas({row.pk: intent for row, intent in intents.items()}), None)


def slices(row):
    return list(row.slices.values_list("l1", "count", "target_on", "inherits_target", "reason"))


def test_intent_becomes_slices_that_place_every_seat(engagement, service):
    EntitlementSlice.objects.all().delete()
    StatusReason.objects.filter(pk=NEW).delete()
    wants = service(DUE, entitlements=100)
    undated = service(entitlements=80)
    declines = service(DUE, entitlements=70, entitlements_override=60)
    unasked = service(DUE, entitlements=50)
    without = service(record=False, entitlements=40)
    empty = service(record=False, entitlements=0)
    place({wants: "yes", undated: "yes", declines: "no", unasked: ""})
    assert slices(wants) == [("in-progress", 100, DUE, True, None)]
    assert slices(undated) == [("blocked", 80, None, False, None)]
    assert slices(declines) == [("no-intent", 60, None, False, None)]
    assert slices(unasked) == [("status-unknown", 50, None, False, NEW)]
    assert slices(without) == [("status-unknown", 40, None, False, NEW)]
    assert slices(empty) == []


def test_what_has_slices_already_stays(service):
    row = service(DUE, entitlements=100)
    make.EntitlementSliceFactory(tenant_service=row, l1="blocked", count=100, target_on=None)
    place({row: "yes"})
    assert slices(row)[0][:2] == ("blocked", 100)
    assert len(slices(row)) == 1


def test_uploads_of_before_keep_what_became_of_them(owner):
    """Applied ones stay so; one that waits is planned by the next worker."""
    applied, waiting = (
        ImportBatch.objects.create(uploaded_by=owner, file_name=name, rows=[]) for name in ("a.csv", "b.csv")
    )
    ImportBatch.objects.filter(pk=applied.pk).update(applied_at=timezone.now(), applied={"tenants": 2})
    import_module("engagements.migrations.0030_imports_planned_once").mark_applied(current, None)
    assert dict(ImportBatch.objects.values_list("file_name", "state")) == {"a.csv": "applied", "b.csv": "planning"}
    assert imports.waiting() == [waiting.pk]
