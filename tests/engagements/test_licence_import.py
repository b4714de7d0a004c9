"""The list of products and licences becomes entitlements, by the products that administrators keep."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from engagements.importing import bounds, tenants
from engagements.importing.licences import LICENCES, plan_licences
from engagements.importing.options import ImportOptions
from engagements.importing.reading import Row, read
from engagements.models import EntitlementSlice, Event, ImportBatch, ImportRow, TenantService
from engagements.services import imports
from engagements.services.refusals import Refused
from tasks.loading import load_taxonomies
from tasks.models import Product, Service
from tasks.products import load_products
from tests import factories as make
from tests.engagements.sheets_for_tests import csv_file, xlsx_file

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
real = pytest.mark.skipif(not CASES.is_dir(), reason="the real files are not beside this repository")

HEADER = ["Product Title", "Total licenses", "Expired licenses", "Assigned licenses", "Status message"]
BOUGHT = [
    ["Microsoft 365 E5", 2500, 0, 2311, ""],
    ["Microsoft Teams Rooms Pro", 20, 0, 4, ""],
    ["Exchange Online (Plan 1)", 150, 0, 150, "All licenses are assigned"],
    ["Microsoft Power Automate Free", 10000, 0, 12, ""],
]
OF_E5 = {
    *("Exchange", "SharePoint", "OneDrive for Business", "Teams", "Yammer", "Office ProPlus", "Intune", "AADP"),
    *("AIP", "MCAS", "Windows 10", "OATP", "MDATP", "PowerBI", "AzRMS"),
}


@pytest.fixture
def catalogue(db):
    load_taxonomies()
    load_products()


@pytest.fixture
def tenant(catalogue, engagement):
    """Northwind Traders with 100 seats of Exchange and of Teams, none of which anybody was asked about."""
    for name in ("Exchange", "Teams"):
        row, _ = TenantService.objects.get_or_create(tenant=engagement.tenant, service=Service.objects.get(name=name))
        EntitlementSlice.objects.filter(tenant_service=row).delete()
        TenantService.objects.filter(pk=row.pk).update(entitlements=100)
        EntitlementSlice.objects.create(tenant_service=row, l1="status-unknown", count=100)
    return engagement.tenant


@pytest.fixture
def upload(client, owner, engagement):
    def send(data: bytes, name: str = "licences.csv"):
        client.force_login(owner)
        return client.post(
            reverse("engagement_licences", args=[engagement.pk]), {"file": SimpleUploadedFile(name, data)}
        )

    return send


def listed(rows=BOUGHT, header=HEADER) -> bytes:
    return csv_file(*rows, header=header, between=",")


def entitlements(tenant) -> dict[str, int]:
    return dict(tenant.services.values_list("service__name", "entitlements"))


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def planned(by, rows) -> ImportBatch:
    """A list about several tenants, whose preview is ready."""
    sheet = read(csv_file(*rows, header=["Product", "Total", "Tenant"], between=","), "", LICENCES)
    batch = imports.keep_batch(sheet=sheet, file_name="licences.csv", by=by, kind=ImportBatch.Kind.LICENCES)
    imports.work(batch_id=batch.pk)
    return ImportBatch.objects.get(pk=batch.pk)


def left_out(batch: ImportBatch) -> dict[str, list[str]]:
    rows = ImportRow.objects.filter(batch=batch, outcome=ImportRow.Outcome.LEFT_OUT)
    return {row.name.partition(",")[0]: row.reasons for row in rows}


def must_propose_then_write(client, answer, tenant):
    before = entitlements(tenant)
    shown = text(client.get(answer.url))
    assert entitlements(tenant) == before
    assert "Update 15 services" in shown
    assert "2,650 (Microsoft 365 E5 2,500 + Exchange Online (Plan 1) 150)" in shown
    assert shown.count("Microsoft Teams Rooms Pro") == shown.count("Microsoft Power Automate Free") == 1
    assert "are not known products and add no entitlements." in shown
    client.post(answer.url)
    assert entitlements(tenant) == dict.fromkeys(OF_E5, 2500) | {"Exchange": 2650}
    assert "13 services added, 2 numbers of entitlements changed" in text(client.get(answer.url))


@real
def test_the_real_list_is_proposed_and_written_once_confirmed(client, upload, tenant):
    must_propose_then_write(client, upload((CASES / "licences-product-list.csv").read_bytes()), tenant)


def test_a_list_is_proposed_and_written_once_confirmed(client, upload, tenant):
    must_propose_then_write(client, upload(listed()), tenant)


def test_a_workbook_of_it_is_the_same(client, upload, tenant):
    must_propose_then_write(client, upload(xlsx_file([HEADER, *BOUGHT]), "licences.xlsx"), tenant)


def test_new_seats_are_those_that_nobody_was_asked_about_and_the_history_tells_them(client, upload, tenant):
    """R47."""
    client.post(upload(listed()).url)
    for name, seats in (("Exchange", 2650), ("Yammer", 2500)):
        slices = EntitlementSlice.objects.filter(tenant_service__tenant=tenant, tenant_service__service__name=name)
        assert sum(one.count for one in slices) == seats
        assert {one.l1 for one in slices} == {"status-unknown"}
    exchange = Service.objects.get(name="Exchange").pk
    event = Event.objects.get(tenant=tenant, verb="changed", object=f"service:{exchange}")
    assert (event.before, event.after) == ({"entitlements": 100}, {"entitlements": 2650})


def test_a_second_time_nothing_changes(client, upload, tenant):
    client.post(upload(listed()).url)
    assert "Nothing to change" in text(client.get(upload(listed()).url))


def test_services_that_no_product_brings_stay_as_they_are(client, upload, tenant):
    client.post(upload(listed([["Exchange Online (Plan 1)", 150, 0, 0, ""]])).url)
    assert entitlements(tenant) == {"Exchange": 150, "Teams": 100}


def test_administrators_say_what_a_product_brings(client, upload, tenant):
    product = Product.objects.create(name="Microsoft Teams Rooms Pro", aliases=["MTR_PREM"])
    product.services.add(Service.objects.get(name="Teams"))
    shown = text(client.get(upload(listed([["mtr_prem", 120, 0, 0, ""]])).url))
    assert "120 (Microsoft Teams Rooms Pro 120)" in shown
    product.services.clear()  # known, and brings nothing
    shown = text(client.get(upload(listed([["mtr_prem", 120, 0, 0, ""]])).url))
    assert "known product" not in shown


def test_a_product_that_is_listed_twice_counts_twice(owner, tenant):
    rows = [Row(line, {"product": "Exchange Online (Plan 1)", "total": "60"}) for line in (2, 3)]
    plan = plan_licences(rows, owner, options=ImportOptions(tenant_id=tenant.pk))
    assert [(row.was, row.entitlements) for row in plan.entitlements] == [(100, 120)]


def test_without_one_of_the_numbers_nothing_is_written(client, upload, tenant):
    """The sums of its services would be wrong."""
    answer = upload(listed([["Microsoft 365 E5", "many", 0, 0, ""], ["Exchange Online (Plan 1)", 150, 0, 0, ""]]))
    shown = text(client.get(answer.url))
    assert "Total licenses “many” is not a whole number" in shown
    assert "Import the other" not in shown
    assert client.post(answer.url, {"others": "1"}).status_code == 409
    assert entitlements(tenant) == {"Exchange": 100, "Teams": 100}


def test_seats_that_somebody_has_placed_are_not_taken_away(client, upload, tenant):
    """R47: the service is refused by name, the others may be updated."""
    EntitlementSlice.objects.filter(tenant_service__service__name="Teams").update(l1="no-intent")
    answer = upload(listed([["Office 365 E1", 40, 0, 0, ""]]))
    shown = text(client.get(answer.url))
    assert "Teams: from 100 to 40 takes 60 seats away, and only 0 stand at Status Unknown." in shown
    client.post(answer.url, {"others": "1"})
    found = entitlements(tenant)
    assert (found["Teams"], found["Exchange"], found["Yammer"]) == (100, 40, 40)


def test_an_override_goes_on_counting_and_the_preview_says_so(client, upload, tenant):
    tenant.services.filter(service__name="Teams").update(entitlements_override=100)
    assert "the override of 100 counts instead" in text(client.get(upload(listed()).url))


def test_a_list_that_names_another_tenant_is_refused_by_that_name(upload, tenant):
    answer = upload(listed([["Microsoft 365 E5", 20, "Fabrikam"]], ["Product", "Total", "Tenant name"]))
    assert answer.status_code == 422
    assert f"The file names “Fabrikam”, but this is {tenant.name}" in text(answer)


def test_a_number_beyond_all_bounds_is_refused(owner, tenant):
    rows = [Row(line, {"product": "Exchange Online (Plan 1)", "total": "2,000,000,000"}) for line in (2, 3)]
    plan = plan_licences(rows, owner, options=ImportOptions(tenant_id=tenant.pk))
    assert "are more than can be kept" in plan.rows[0].reasons[0]
    assert not plan.entitlements


def test_the_columns_that_the_list_always_has_are_passed_over_in_silence():
    assert read(listed(), "", LICENCES).ignored == []


@pytest.mark.parametrize("products", [1, 60])
def test_looking_asks_the_same_queries(owner, tenant, django_assert_num_queries, products):
    names = list(Product.objects.values_list("name", flat=True)[:products])
    rows = [Row(line, {"product": name, "total": "100"}) for line, name in enumerate(names, start=2)]
    with django_assert_num_queries(7):
        plan_licences(rows, owner, options=ImportOptions(tenant_id=tenant.pk))


def test_a_reader_sees_no_field_for_it(client, owner, leader, engagement):
    address = reverse("engagement_services", args=[engagement.pk])
    for user, offered in ((owner, True), (leader, False)):
        client.force_login(user)
        assert ("List of products and licences" in text(client.get(address))) is offered


def test_a_duplicate_tenant_gets_its_seats_as_duplicates(client, owner, tenant, upload):
    """R46."""
    type(tenant).objects.filter(pk=tenant.pk).update(is_duplicate=True)
    EntitlementSlice.objects.filter(tenant_service__tenant=tenant).delete()
    client.post(upload(listed([["Power BI Pro", 30, 0, 0, ""]])).url)
    row = TenantService.objects.get(tenant=tenant, service__name="PowerBI")
    assert [(one.l1, one.count) for one in row.slices.all()] == [("duplicate-invalid", 30)]


# In parts


@pytest.fixture
def other(tenant, owner):
    """Another tenant of the same FastTrack Manager."""
    other = make.EngagementFactory(edition=tenant.engagements.get().edition).tenant
    make.AssignmentFactory(user=owner, tenant=other, primary=True)
    return other


@pytest.mark.parametrize("part", [1, 4, 500])
def test_sums_stay_whole_however_small_the_parts_are(monkeypatch, owner, tenant, other, part):
    """Rows about one tenant stand apart in the file, and call it by different names."""
    monkeypatch.setattr(imports, "PART", part)
    rows = [["Microsoft 365 E5", 200, tenant.guid], ["Office 365 E1", 30, other.guid]]
    rows += [["Exchange Online (Plan 1)", 50, tenant.domain], ["Exchange Online (Plan 1)", 7, other.domain]]
    batch = planned(owner, rows)
    had = TenantService.objects.filter(tenant__in=[tenant, other]).count()
    made = imports.apply(batch=batch, by=owner)
    assert (entitlements(tenant)["Exchange"], entitlements(tenant)["Teams"]) == (250, 200)
    assert (entitlements(other)["Exchange"], entitlements(other)["Teams"]) == (37, 30)
    assert made["services"] == TenantService.objects.filter(tenant__in=[tenant, other]).count() - had > 10
    imports.work(batch_id=batch.pk)
    assert imports.apply(batch=batch, by=owner) == made


def test_a_part_holds_its_tenants_alone(monkeypatch, owner, tenant, other):
    monkeypatch.setattr(imports, "PART", 1)
    locked, lock = [], tenants.lock_tenants
    monkeypatch.setattr(tenants, "lock_tenants", lambda ids: (locked.append(set(ids)), lock(ids)))
    batch = planned(owner, [["Power BI Pro", 5, tenant.guid], ["Power BI Pro", 6, other.guid]])
    assert locked == []  # looking holds nothing
    imports.apply(batch=batch, by=owner)
    assert locked == [{tenant.pk}, {other.pk}]


def test_a_service_that_changed_after_the_preview_is_left_out_and_may_be_looked_at_again(client, upload, owner, tenant):
    answer = upload(listed())
    tenant.services.filter(service__name="Teams").update(entitlements=90)
    client.post(answer.url)
    assert (entitlements(tenant)["Teams"], entitlements(tenant)["Exchange"]) == (90, 2650)
    batch = ImportBatch.objects.get()
    assert left_out(batch) == {
        "Teams": [
            "Its records changed after the preview. It would now do this: "
            "Entitlements from 90 to 2,500 (Microsoft 365 E5 2,500)."
        ]
    }
    again = client.post(answer.url, {"do": "look-again"})
    assert "Update 1 service<" in text(client.get(again.url))
    client.post(again.url)
    assert (entitlements(tenant)["Teams"], entitlements(tenant)["Exchange"]) == (2500, 2650)


def test_a_product_that_brings_less_by_now_changes_what_was_agreed(client, upload, tenant):
    answer = upload(listed())
    Product.objects.get(name="Microsoft 365 E5").services.remove(
        *Service.objects.filter(name__in=["Exchange", "Teams"])
    )
    client.post(answer.url)
    assert left_out(ImportBatch.objects.get()).keys() == {"Exchange", "Teams"}
    assert left_out(ImportBatch.objects.get())["Teams"] == [imports.GONE]
    assert (entitlements(tenant)["Teams"], entitlements(tenant)["Intune"]) == (100, 2500)


def test_who_leaves_the_tenant_before_confirming_updates_nothing(client, upload, owner, tenant):
    answer = upload(listed())
    owner.assignments.all().delete()
    client.post(answer.url)
    assert entitlements(tenant) == {"Exchange": 100, "Teams": 100}
    assert "You can no longer change the tenant" in left_out(ImportBatch.objects.get())["Teams"][0]


def test_a_list_to_mend_is_the_whole_list(client, upload, tenant):
    """Uploaded by themselves, the refused rows would make the sums of their services wrong."""
    answer = upload(listed([["Microsoft 365 E5", "many", 0, 0, ""], ["Exchange Online (Plan 1)", 150, 0, 0, ""]]))
    assert "Download the list with reasons" in text(client.get(answer.url))
    mended = client.get(f"{answer.url}refused.csv").content
    assert b"is not a whole number" in mended
    client.post(upload(mended.replace(b"E5,many", b"E5,2500")).url)
    assert entitlements(tenant)["Exchange"] == 2650


def test_a_list_about_too_many_tenants_is_refused_as_a_whole(monkeypatch, owner, tenant, other):
    monkeypatch.setattr(bounds, "MAX_TENANTS", 1)
    batch = planned(owner, [["Power BI Pro", 5, tenant.guid], ["Power BI Pro", 6, other.guid]])
    with pytest.raises(Refused):
        imports.apply(batch=batch, by=owner, leave_out=True)
    assert batch.planned_rows.get(state="refused").reasons[0].startswith("The file is about more than 1 tenants.")
