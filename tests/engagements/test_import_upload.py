"""Uploading a spreadsheet, looking at what it would do, and applying all of it or nothing."""

import csv
import datetime as dt
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, OperationalError
from django.urls import reverse
from django.utils import timezone

from engagements import jobs
from engagements.models import (
    Assignment,
    Customer,
    Engagement,
    EntitlementSlice,
    Event,
    ImportBatch,
    Tenant,
    TenantService,
)
from engagements.services import imports, record_imports, summaries
from engagements.services.refusals import Refused
from tests import factories as make
from tests.cast import person
from tests.engagements.sheets_for_tests import GUID, HEADER, csv_file, guid, with_part, xlsx_file

UPLOAD = "/import/"
GERMAN = ["Kunde", "TPID", "Mandant", "Mandanten-ID", "Domäne", "Land", "Zeitzone", "Plätze"]
GERMAN += ["Segment", "Region", "Branche", "Dienste", "Benutzer", "Rolle", "Primär"]


def line(number: int = 1, **cells) -> list:
    row = {
        "Customer": f"Kunde {number}",
        "TPID": 700000 + number,
        "Tenant": f"Mandant {number}",
        "Tenant ID": guid(number),
        "Domain": f"m{number}.example",
        "Country": "DE",
        "Time zone": "Europe/Berlin",
        "Seats": 100,
        "Segment": "",
        "Region": "",
        "Vertical": "",
        "Services": "Exchange, Teams: 50",
        "User": "ana",
        "Role": "FastTrack Manager",
        "Primary": "ja",
    }
    return list((row | {name.replace("_", " "): text for name, text in cells.items()}).values())


@pytest.fixture(autouse=True)
def catalogue(db):
    for name in ("Exchange", "Teams", "Yammer"):
        make.ServiceFactory(name=name)
    make.RoleFactory(name="FastTrack Manager")


@pytest.fixture
def upload(client, owner):
    def send(data: bytes, name: str = "portfolio.csv", by=None, **extra):
        client.force_login(by or owner)
        return client.post(UPLOAD, {"file": SimpleUploadedFile(name, data)}, **extra)

    return send


@pytest.fixture
def kept(owner):
    """A batch of these rows, uploaded by the owner."""

    def keep(*rows, by=None) -> ImportBatch:
        from engagements.importing.reading import read

        batch = imports.keep_batch(sheet=read(csv_file(*rows, between="\t")), file_name="portfolio.csv", by=by or owner)
        imports.work(batch_id=batch.pk)
        return batch

    return keep


def page(client, batch, query: str = "") -> str:
    response = client.get(reverse("import_preview", args=[batch.pk]) + query)
    assert response.status_code == 200
    return response.content.decode()


# Who may


@pytest.mark.parametrize("who", ["colleague", "leader", "partner"])
def test_only_those_who_may_import_come_in(client, request, who, kept):
    somebody = request.getfixturevalue(who)
    client.force_login(somebody)
    assert client.get(UPLOAD).status_code == 403
    assert client.post(UPLOAD).status_code == 403
    assert client.get(reverse("import_template")).status_code == 403


def test_who_may_not_import_any_more_cannot_apply_an_earlier_upload(client, colleague, kept):
    batch = kept(line(), by=colleague)
    client.force_login(colleague)
    for url in (reverse("import_preview", args=[batch.pk]), reverse("import_refused", args=[batch.pk])):
        assert client.get(url).status_code == 403
    assert client.post(reverse("import_preview", args=[batch.pk])).status_code == 403
    assert not Tenant.objects.filter(guid=guid(1)).exists()


def test_an_upload_is_seen_by_the_one_who_uploaded_it_alone(client, manager, stranger, kept):
    batch = kept(line())
    for other in (manager, stranger):
        client.force_login(other)
        assert client.get(reverse("import_preview", args=[batch.pk])).status_code == 404
        assert client.post(reverse("import_preview", args=[batch.pk])).status_code == 404
        assert client.get(reverse("import_refused", args=[batch.pk])).status_code == 404
        with pytest.raises(Refused):
            imports.apply(batch=batch, by=other)


def test_signing_in_comes_first(client, db):
    assert client.get(UPLOAD).status_code == 302


# Uploading


def test_the_page_explains_the_columns_and_offers_a_template(client, owner):
    client.force_login(owner)
    html = client.get(UPLOAD).content.decode()
    assert all(f"<dt>{name}</dt>" in html for name in HEADER)
    assert "Mandanten-ID" in html
    response = client.get(reverse("import_template"), headers={"Accept-Language": "de-DE"})
    assert response["Content-Disposition"] == 'attachment; filename="fasttrack-import.csv"'
    assert response.content.decode("utf-8-sig").splitlines()[0] == ";".join(HEADER)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_a_german_excel_file_becomes_tenants(client, upload, owner, encoding):
    row = line(Customer="Müller & Söhne", Seats="1.200", Services='"Exchange; Teams: 50"')
    response = upload(csv_file(row, header=GERMAN, between=";", encoding=encoding))
    assert response.status_code == 302
    html = client.get(response.url).content.decode()
    assert "1 new and 0 changed, of 1 row." in html
    assert "Müller &amp; Söhne" in html
    assert client.post(response.url).status_code == 302
    tenant = Tenant.objects.get(guid=guid(1))
    assert (tenant.customer.name, tenant.customer.name_folded) == ("Müller & Söhne", "muller & sohne")
    assert (tenant.name, tenant.name_folded, tenant.domain) == ("Mandant 1", "mandant 1", "m1.example")
    assert (tenant.country, tenant.time_zone, tenant.seats) == ("DE", "Europe/Berlin", 1200)
    assert list(tenant.services.values_list("service__name", "entitlements")) == [("Exchange", 0), ("Teams", 50)]
    assert list(tenant.assignments.values_list("user", "role__name", "primary")) == [
        (owner.pk, "FastTrack Manager", True)
    ]
    assert Tenant.objects.visible_to(owner).filter(pk=tenant.pk).exists()


def test_a_workbook_is_taken_and_its_sheet_named(client, upload):
    response = upload(xlsx_file([["Cover"]], [HEADER, line()], titles=("Cover", "Tenants")), "Portfolio.xlsx")
    html = client.get(response.url).content.decode()
    assert "Portfolio.xlsx, sheet Tenants" in html
    assert 'id="apply"' in html


def test_columns_that_mean_nothing_are_named_once(client, upload):
    response = upload(b"Customer,TPID,Tennant,Comment\nContoso,1,x,y\n")
    html = client.get(response.url).content.decode()
    assert "Not read: “Tennant” (is Tenant meant?), “Comment”." in html


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.csv", "is empty"),
        (b"no columns here\n", "a.csv", "names of the columns"),
        (b"x" * (5 * 1024 * 1024 + 1), "a.csv", "larger than 5 MB"),
        (b"PK\x03\x04", "a.xlsx", "damaged"),
    ],
)
def test_a_file_that_is_refused_says_why_beside_the_field(client, upload, data, name, says):
    response = upload(data, name)
    assert response.status_code == 422
    html = response.content.decode()
    assert 'id="id_file_error"' in html
    assert says in html
    assert not ImportBatch.objects.exists()


def test_a_bomb_is_refused(upload):
    response = upload(with_part(xlsx_file([HEADER, line()]), "xl/media/a", b"\0" * (51 * 1024 * 1024)), "a.xlsx")
    assert response.status_code == 422
    assert "50 MB" in response.content.decode()


def test_sending_no_file_asks_for_one(client, owner):
    client.force_login(owner)
    response = client.post(UPLOAD)
    assert response.status_code == 422
    assert "Choose a file first." in response.content.decode()


# Looking


def test_refused_rows_come_first_and_there_is_nothing_to_press(client, owner, kept):
    batch = kept(line(1), line(2, Country="Atlantis"), line(3))
    client.force_login(owner)
    html = page(client, batch)
    assert "1 of 3 rows is refused; mend them and upload again." in html
    assert html.index("Mandant 2, Kunde 2") < html.index("Mandant 1, Kunde 1")
    assert "“Atlantis” is not a country" in html
    assert 'id="apply"' not in html
    response = client.post(reverse("import_preview", args=[batch.pk]))
    assert response.status_code == 409
    assert "nothing was written" in response.content.decode()
    assert not Customer.objects.filter(tpid__gte=700000).exists()


def test_rows_come_in_pages_and_by_state(client, owner, kept):
    batch = kept(*(line(n) for n in range(1, 61)))
    client.force_login(owner)
    assert page(client, batch).count('class="change ') == 50
    second = page(client, batch, "?page=2")
    assert "51–60 of 60" in second
    assert second.count('class="change ') == 10
    assert page(client, batch, "?show=new&page=99").count('class="change ') == 10
    assert "No row is of this kind." in page(client, batch, "?show=same")
    assert page(client, batch, "?show=nonsense&page=x").count('class="change ') == 50


def test_what_is_written_in_a_cell_is_shown_as_text(client, owner, kept):
    client.force_login(owner)
    html = page(client, kept(line(Customer="<script>alert(1)</script>", Country="<b>")))
    assert "<script>alert" not in html
    assert "“<b>”" not in html


@pytest.mark.parametrize("rows", [1, 120])
def test_the_preview_asks_the_same_number_of_queries_for_any_number_of_rows(
    client, owner, kept, rows, django_assert_num_queries
):
    batch = kept(*(line(n) for n in range(1, rows + 1)))
    client.force_login(owner)
    with django_assert_num_queries(5):  # session, reader, permissions, batch, and a page of its rows
        client.get(reverse("import_preview", args=[batch.pk]))


def test_the_refused_rows_can_be_downloaded_and_no_spreadsheet_runs_them(client, owner, kept):
    batch = kept(line(1), line(2, Customer="=HYPERLINK(1)", Tenant="@SUM(A1)", User="+nobody", Seats="-1"))
    client.force_login(owner)
    response = client.get(reverse("import_refused", args=[batch.pk]))
    [row] = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    assert row["Row"] == "3"
    assert "Seats “-1” is not a whole number" in row["Reason"]
    assert "No user has" in row["Reason"]
    assert (row["Customer"], row["Tenant"], row["User"]) == ("'=HYPERLINK(1)", "'@SUM(A1)", "'+nobody")
    assert row["Tenant ID"] == guid(2)


def test_refused_rows_read_back_as_they_were(client, owner, upload, kept):
    batch = kept(line(2, Customer="=HYPERLINK(1)", Country="x"))
    client.force_login(owner)
    again = upload(client.get(reverse("import_refused", args=[batch.pk])).content)
    assert ImportBatch.objects.get(pk=again.url.strip("/").split("/")[-1]).rows[0]["values"] == batch.rows[0]["values"]


# Applying


def test_ten_thousand_rows_of_which_three_are_bad_write_nothing(client, owner, manager, kept):
    rows = [line(n) for n in range(1, 10_001)]
    rows[4999][HEADER.index("User")] = "nobody"
    rows[7][HEADER.index("Tenant ID")] = "7"
    rows[9999][HEADER.index("Services")] = "Exchangee"
    batch = kept(*rows, by=manager)
    before = [model.objects.count() for model in (Customer, Tenant, TenantService, Assignment, Event)]
    client.force_login(manager)
    html = page(client, batch)
    assert "3 of 10,000 rows are refused; mend them and upload again." in html
    assert html.count('class="change is-refused"') == 3
    assert client.post(reverse("import_preview", args=[batch.pk])).status_code == 409
    assert [model.objects.count() for model in (Customer, Tenant, TenantService, Assignment, Event)] == before


def test_applying_twice_writes_once(client, owner, kept):
    batch = kept(line(1), line(2))
    client.force_login(owner)
    url = reverse("import_preview", args=[batch.pk])
    assert client.post(url).status_code == 302
    after = [model.objects.count() for model in (Customer, Tenant, TenantService, Assignment, Event)]
    assert client.post(url).status_code == 302
    assert imports.apply(batch=batch, by=owner)["tenants"] == 2
    assert [model.objects.count() for model in (Customer, Tenant, TenantService, Assignment, Event)] == after
    html = page(client, batch)
    assert "2 new customers, 2 new tenants, 4 services added, 4 new assignments" in html
    assert 'id="apply"' not in html


def test_the_same_spreadsheet_uploaded_again_changes_nothing(client, owner, kept):
    imports.apply(batch=kept(line(1), line(2)), by=owner)
    client.force_login(owner)
    html = page(client, kept(line(1), line(2)))
    assert "Nothing to change: everything in the file is already recorded." in html
    assert 'id="apply"' not in html


def test_changes_are_written_with_their_history(owner, engagement, kept):
    tenant = engagement.tenant
    known = {
        "Customer": tenant.customer.name,
        "TPID": tenant.customer.tpid,
        "Tenant": "Renamed",
        "Tenant_ID": tenant.guid,
    }
    sam = person("sam2", "FastTrack Manager")
    batch = kept(
        line(**known, Services="Teams: 7; Yammer"),
        line(**known, Services="", User="sam2", Role="FastTrack Manager", Primary=""),
    )
    done = imports.apply(batch=batch, by=owner)
    assert done == {
        "customers": 0,
        "tenants": 0,
        "tenants_changed": 1,
        "services": 1,
        "assignments": 1,
        "assignments_changed": 0,
    }
    tenant.refresh_from_db()
    assert (tenant.name, tenant.name_folded, tenant.seats) == ("Renamed", "renamed", 100)
    assert dict(tenant.services.values_list("service__name", "entitlements")) == {
        "Exchange": 100,
        "Teams": 7,
        "Yammer": 0,
    }
    told = {(event.verb, event.object.partition(":")[0]): event for event in Event.objects.filter(actor=owner)}
    assert set(told) == {("changed", "tenant"), ("added", "service"), ("changed", "service"), ("assigned", "user")}
    assert told["changed", "tenant"].before["name"] == "Northwind Traders"
    assert told["changed", "tenant"].after["name"] == "Renamed"
    assert told["assigned", "user"].object == f"user:{sam.pk}"
    assert told["changed", "service"].before == {"entitlements": 100}


def test_imported_seats_enter_as_new_and_lost_ones_leave_status_unknown(owner, engagement, kept):
    """R47."""
    known = {"Customer": engagement.tenant.customer.name, "TPID": engagement.tenant.customer.tpid}
    known |= {"Tenant": engagement.tenant.name, "Tenant_ID": engagement.tenant.guid}
    exchange = engagement.tenant.services.get(service__name="Exchange")
    exchange.slices.update(count=70)
    make.EntitlementSliceFactory(tenant_service=exchange, l1="no-intent", count=30)

    def grid(name):
        rows = EntitlementSlice.objects.filter(tenant_service__tenant=engagement.tenant)
        return list(rows.filter(tenant_service__service__name=name).values_list("l1", "count"))

    imports.apply(batch=kept(line(**known, Services="Teams: 120; Yammer: 40; Exchange: 90")), by=owner)
    assert grid("Teams") == [("status-unknown", 120)]
    assert grid("Yammer") == [("status-unknown", 40)]
    assert grid("Exchange") == [("status-unknown", 60), ("no-intent", 30)]
    with pytest.raises(Refused):
        imports.apply(batch=kept(line(**known, Services="Exchange: 20")), by=owner)
    assert grid("Exchange") == [("status-unknown", 60), ("no-intent", 30)]


def test_the_history_of_an_engagement_tells_it_in_sentences(client, owner, engagement, kept):
    tenant = engagement.tenant
    person("sam2", "FastTrack Manager")
    known = {
        "Customer": tenant.customer.name,
        "TPID": tenant.customer.tpid,
        "Tenant": "Renamed",
        "Tenant_ID": tenant.guid,
    }
    imports.apply(batch=kept(line(**known, Services="Teams: 7; Yammer", User="sam2", Primary="no")), by=owner)
    client.force_login(owner)
    html = client.get(reverse("engagement_history", args=[engagement.pk])).content.decode()
    for said in (
        "added Yammer",
        "changed Teams",
        "7 entitlements",
        "assigned Sam2",
        "changed the tenant",
        "name Renamed",
    ):
        assert said in html


def test_primary_passes_from_one_to_the_other(owner, engagement, kept):
    tenant = engagement.tenant
    person("eva", "FastTrack Manager")
    known = {
        "Customer": tenant.customer.name,
        "TPID": tenant.customer.tpid,
        "Tenant": tenant.name,
        "Tenant_ID": tenant.guid,
    }
    done = imports.apply(batch=kept(line(**known, User="eva", Primary="x"), line(**known, Primary="no")), by=owner)
    assert (done["assignments"], done["assignments_changed"]) == (1, 1)
    assert dict(tenant.assignments.values_list("user__username", "primary")) == {"ana": False, "eva": True}


def test_lists_keep_up_with_new_services(owner, engagement, kept, summarised):
    summarised()
    tenant = engagement.tenant
    engagement.services.add(make.ServiceFactory(name="Yammer"))
    known = {
        "Customer": tenant.customer.name,
        "TPID": tenant.customer.tpid,
        "Tenant": tenant.name,
        "Tenant_ID": tenant.guid,
    }
    imports.apply(batch=kept(line(**known, Services="Yammer")), by=owner)
    assert list(summaries.wrong_rows()) == []


def test_lists_find_a_new_name_also_of_a_closed_engagement(owner, engagement, kept, summarised):
    summarised()
    Engagement.objects.update(status="closed", closed_on=dt.date(2025, 3, 12))
    tenant = engagement.tenant
    known = {"Customer": tenant.customer.name, "TPID": tenant.customer.tpid, "Tenant_ID": tenant.guid}
    imports.apply(batch=kept(line(**known, Tenant="Renamed")), by=owner)
    assert list(Engagement.objects.matching("renamed")) == [engagement]


def test_an_assignment_at_a_customer_is_told_once_for_all_its_tenants(manager, owner, engagement, kept):
    make.TenantFactory(customer=engagement.tenant.customer, name="Second")
    cells = dict.fromkeys(["Tenant", "Tenant_ID", "Domain", "Country", "Time_zone", "Seats", "Services"], "")
    row = line(Customer="Northwind Traders", TPID=engagement.tenant.customer.tpid, **cells)
    imports.apply(batch=kept(row, by=manager), by=manager)
    told = Event.objects.get(verb="assigned", object=f"user:{owner.pk}")
    assert (told.customer, told.tenant) == (engagement.tenant.customer, None)
    assert Assignment.objects.filter(customer=engagement.tenant.customer, user=owner).exists()


def test_a_row_whose_records_changed_after_the_preview_is_left_out_and_said(client, manager, kept):
    batch = kept(line(1), line(2), by=manager)
    client.force_login(manager)
    url = reverse("import_preview", args=[batch.pk])
    make.CustomerFactory(name="Kunde 1", tpid=700001)
    assert client.post(url, {"seen": batch_now(batch).fingerprint}).status_code == 302
    assert not Tenant.objects.filter(guid=guid(1)).exists()
    assert Tenant.objects.filter(guid=guid(2)).exists()
    html = page(client, batch)
    assert "1 row was left out because the records changed after the preview." in html
    assert "Its records changed after the preview. It would now do this: Tenant" in html
    [row] = csv.DictReader(io.StringIO(client.get(f"{url}refused.csv").content.decode("utf-8-sig")))
    assert (row["Row"], row["Tenant ID"]) == ("2", guid(1))
    again = client.post(url, {"do": "look-again"})
    assert "1 new and 0 changed, of 1 row." in client.get(again.url).content.decode()
    client.post(again.url)
    assert Tenant.objects.get(guid=guid(1)).customer.tpid == 700001


def test_what_is_left_out_takes_the_other_rows_of_its_customer_along(owner, engagement, kept):
    tenant = engagement.tenant
    other = make.TenantFactory(customer=tenant.customer, name="Other")
    make.AssignmentFactory(user=owner, tenant=other, primary=True)
    customer = {"Customer": tenant.customer.name, "TPID": tenant.customer.tpid, "Services": "", "User": "", "Role": ""}
    cells = [customer | {"Tenant": row.name, "Tenant_ID": row.guid, "Primary": ""} for row in (tenant, other)]
    batch = kept(line(**cells[0]), line(**cells[1]))
    Tenant.objects.filter(pk=tenant.pk).update(seats=7)
    done = imports.apply(batch=batch, by=owner)
    assert done == {"changed_since": 2}
    assert list(Tenant.objects.filter(seats=100)) == []
    reasons = list(batch.planned_rows.order_by("position").values_list("reasons", flat=True))
    assert "Seats from 7 to 100" in reasons[0][0]
    assert reasons[1] == ["Left out because row 2 is: they are about the same customer."]


def test_a_row_that_somebody_else_entered_in_the_meantime_has_nothing_left_to_do(owner, kept):
    batches = [kept(line(1)), kept(line(1))]
    assert imports.apply(batch=batches[0], by=owner)["tenants"] == 1
    done = imports.apply(batch=batches[1], by=owner)
    assert (done["tenants"], done.get("changed_since", 0)) == (0, 0)


def test_a_preview_that_is_not_the_one_looked_at_is_not_applied(owner, kept):
    batch = kept(line(1))
    with pytest.raises(imports.Superseded, match="Check the rows again"):
        imports.apply(batch=batch, by=owner, seen="another")
    assert not Tenant.objects.filter(guid=guid(1)).exists()


def test_somebody_faster_by_a_moment_is_met_by_another_attempt(owner, kept, monkeypatch):
    """On PostgreSQL the other person's rows may appear between planning and writing."""
    write, faults = record_imports._write_services, [IntegrityError(), OperationalError()]

    def fail_at_first(todo):
        if faults:
            raise faults.pop()
        write(todo)

    monkeypatch.setattr(record_imports, "_write_services", fail_at_first)
    assert imports.apply(batch=kept(line(1)), by=owner)["tenants"] == 1
    assert Tenant.objects.filter(guid=guid(1)).count() == 1


def batch_now(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.get(pk=batch.pk)


def test_uploads_are_forgotten_after_two_days(owner, kept):
    old, new = kept(line(1)), kept(line(2))
    ImportBatch.objects.filter(pk=old.pk).update(uploaded_at=timezone.now() - dt.timedelta(days=2, minutes=1))
    jobs.forget_old_uploads()
    jobs.forget_old_uploads()
    assert list(ImportBatch.objects.all()) == [new]


def test_a_new_tenant_keeps_its_id(owner, kept):
    imports.apply(batch=kept(line(Tenant_ID=f"{{{GUID.upper()}}}")), by=owner)
    assert str(Tenant.objects.get(name="Mandant 1").guid) == GUID
