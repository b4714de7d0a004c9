"""Every seat gets its slice, and what was recorded as intent is from now on read from the slices.

Intent "yes": In Progress by the due date, which the slice follows; Blocked where there was no due date, because In
Progress needs one. Intent "no": No Intent. Otherwise the seats are new ones that nobody was asked about (R47).
"""

from django.db import migrations

NEW_SEATS = "status-unknown/new-subscription-or-workload"
CHUNK = 1000


def place(apps, schema_editor):
    services, slices, reasons = (
        apps.get_model(*name)
        for name in (
            ("engagements", "TenantService"),
            ("engagements", "EntitlementSlice"),
            ("tasks", "StatusReason"),
        )
    )
    rows = services.objects.filter(slices=None).select_related("adoption")
    if not rows.exists():
        return
    reasons.objects.get_or_create(
        key=NEW_SEATS, defaults={"l1": "status-unknown", "name": "New Subscription or Workload", "position": 2}
    )
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        slices.objects.bulk_create([one for one in map(_slice(slices), found) if one])
        last = found[-1].pk


def _slice(model):
    def of(row):
        adoption = getattr(row, "adoption", None)
        intent, due_on = (adoption.intent, adoption.due_on) if adoption else ("", None)
        seats = row.entitlements if row.entitlements_override is None else row.entitlements_override
        placed = {"tenant_service": row, "count": seats}
        if intent == "yes" and due_on:
            return model(l1="in-progress", target_on=due_on, inherits_target=True, **placed)
        if intent:
            return model(l1="blocked" if intent == "yes" else "no-intent", **placed)
        return model(l1="status-unknown", reason_id=NEW_SEATS, **placed) if seats else None

    return of


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0010_people_and_referral_mail"),
        ("tasks", "0003_consumption_reasons"),
    ]

    operations = [migrations.RunPython(place, migrations.RunPython.noop)]
