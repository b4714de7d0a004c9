"""Active users from a spreadsheet: bad rows named one by one, the others imported when somebody says so."""

import csv
import datetime as dt
import io
import json

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from engagements.importing import bounds, values
from engagements.importing.reading import Row, read
from engagements.importing.usage import USAGE, plan_usage
from engagements.models import EngagementSummary, Event, ImportBatch, UsageReading
from engagements.services import summaries, usage
from tests import factories as make
from tests.engagements.sheets_for_tests import csv_file, with_part, xlsx_file

TODAY = dt.date(2026, 5, 21)
UPLOAD = "/import/active-users/"
HEADER = ["Tenant", "Service", "Counted on", "Active users"]
GERMAN = ["Mandant", "Dienst", "Datum", "Aktive Benutzer"]


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def upload(client, owner):
    def send(data: bytes, name: str = "usage.csv", by=None):
        client.force_login(by or owner)
        return client.post(UPLOAD, {"file": SimpleUploadedFile(name, data)})

    return send


def row(tenant="Northwind Traders", service="Teams", on="2026-05-12", users="40") -> list[str]:
    return [tenant, service, on, users]


def sheet(*rows) -> bytes:
    return csv_file(*rows, header=HEADER)


def planned(by, *rows):
    keys = ("tenant", "service", "on", "users")
    given = [Row(line, dict(zip(keys, cells, strict=True))) for line, cells in enumerate(rows, start=2)]
    return plan_usage(given, by, today=TODAY)


def reasons(by, *rows) -> list[str]:
    return [" ".join(one.reasons) for one in planned(by, *rows).rows]


def kept() -> list[tuple]:
    return list(UsageReading.objects.order_by("pk").values_list("tenant_service__service__name", "on", "active_users"))


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


# Reading


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_german_excel_file_is_read_looked_at_and_applied(client, upload, engagement, encoding):
    data = csv_file(row(on="12.05.2026", users="1.200"), row(service="Exchange"), header=GERMAN, encoding=encoding)
    answer = upload(data)
    assert not UsageReading.objects.exists()
    shown = text(client.get(answer.url))
    assert "2 new and 0 changed, of 2 rows." in shown
    assert "1,200 active users, more than its 100 entitlements" in shown
    client.post(answer.url)
    day = dt.date(2026, 5, 12)
    assert sorted(kept()) == [("Exchange", day, 40), ("Teams", day, 1200)]
    assert "2 readings entered" in text(client.get(answer.url))


def test_a_workbook_with_real_dates_and_numbers_is_taken(client, upload):
    answer = upload(xlsx_file([HEADER, ["Northwind Traders", "Teams", dt.date(2026, 5, 12), 40.0]]), "usage.xlsx")
    client.post(answer.url)
    assert kept() == [("Teams", dt.date(2026, 5, 12), 40)]


def test_a_bomb_is_refused_before_it_is_unpacked(upload):
    bomb = with_part(xlsx_file([HEADER, row()]), "xl/media/big.bin", bytes(60 * 1024 * 1024))
    assert "larger than 50 MB" in text(upload(bomb, "usage.xlsx"))


def test_a_file_without_one_of_the_columns_says_which(upload):
    answer = upload(csv_file(["Northwind Traders", "Teams", "40"], header=["Tenant", "Service", "Active users"]))
    assert (answer.status_code, "There is no column Counted on. Add it." in text(answer)) == (422, True)


def test_the_template_can_be_uploaded_as_it_is(client, owner):
    client.force_login(owner)
    template = read(client.get(reverse("usage_template")).content, "template.csv", USAGE)
    assert [one.values["service"] for one in template.rows] == ["Teams", "Exchange"]
    assert template.ignored == []


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-05-12", (2026, 5, 12)),
        ("2026/5/12", (2026, 5, 12)),
        ("2026-05-12T00:00:00", (2026, 5, 12)),
        ("12.05.2026", (2026, 5, 12)),
        ("12.05.2026 00:00", (2026, 5, 12)),
        ("1. 5. 26", (2026, 5, 1)),
        ("25/12/2025", (2025, 12, 25)),
        ("12/25/2025", (2025, 12, 25)),
        ("05/05/2026", (2026, 5, 5)),
    ],
)
def test_days_are_read_as_people_write_them(typed, day):
    assert values.day(typed) == dt.date(*day)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("05/12/2026", "may be 12 May or 5 December"),
        ("46154", "Format the column as a date"),
        ("31.02.2026", "is not a day"),
        ("last Tuesday", "is not a day"),
        ("2026-05-12 13:45", "is not a day"),
        ("", "is not a day"),
    ],
)
def test_what_is_no_day_or_two_is_refused(typed, said):
    with pytest.raises(values.Unclear, match=said):
        values.day(typed)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_is_read_back_in_each_way_of_writing_it(day):
    for way in ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%Y-%m-%dT00:00:00", "%Y/%m/%d"):
        assert values.day(day.strftime(way)) == day


@given(st.text(max_size=30))
def test_whatever_somebody_types_is_a_day_or_a_sentence(typed):
    try:
        found = values.day(typed)
    except values.Unclear as unclear:
        found = str(unclear)
    assert isinstance(found, dt.date) or found.endswith(".")


# Deciding


@pytest.mark.parametrize("mark", ["guid", "domain", "name"])
def test_a_tenant_is_found_by_id_domain_or_name(owner, engagement, mark):
    called = str(getattr(engagement.tenant, mark))
    assert reasons(owner, row(called), row(called.upper(), on="2026-05-13")) == ["", ""]


def test_each_bad_row_says_all_that_is_wrong_with_it(owner, engagement):
    assert reasons(
        owner,
        row("Nobody Ltd", "Teems", "2026-06-01", "many"),
        row(service="Yammer"),
        ["", "", "2026-05-12", "4"],
    )[0] == (
        "No tenant of yours has the ID, domain or name “Nobody Ltd”. “Teems” is not a service. Is Teams meant? "
        "This day is still to come. Give the day on which they were counted. "
        "Active users “many” is not a whole number from 0 to 2,147,483,647."
    )


def test_a_service_that_the_tenant_lacks_and_an_empty_cell_are_said(owner, engagement):
    make.ServiceFactory(name="Yammer")
    assert reasons(owner, row(service="Yammer")) == [
        "Northwind Traders does not have Yammer. Add it on its Services tab first."
    ]
    only_users = plan_usage([Row(2, {"users": "4"})], owner, today=TODAY).rows[0]
    assert only_users.reasons == ["Tenant is empty.", "Service is empty.", "Counted on is empty."]


def test_two_tenants_of_one_name_need_their_id(owner, engagement):
    twin = make.TenantFactory(customer=engagement.tenant.customer)
    make.AssignmentFactory(user=owner, tenant=twin)
    assert "Several tenants are called" in reasons(owner, row())[0]


def test_rows_that_contradict_each_other_are_both_refused(owner, engagement):
    first, second, third = reasons(owner, row(), row(users="41"), row(on="2026-05-13"))
    assert "Row 3 says 41 for this day, this row 40." in first
    assert "Row 2 says 40 for this day, this row 41." in second
    assert third == ""
    assert reasons(owner, row(), row())[1] == "Row 2 says the same. Take one of them out."


def test_only_tenants_that_one_may_change_are_taken(stranger, leader, owner, engagement):
    assert "No tenant of yours" in reasons(stranger, row())[0]
    assert reasons(leader, row()) == ["You may read Northwind Traders, not change it."]
    assert reasons(owner, row()) == [""]


def test_what_is_kept_already_stays_and_what_differs_is_a_correction(owner, engagement):
    teams = engagement.tenant.services.get(service__name="Teams")
    make.UsageReadingFactory(tenant_service=teams, on=dt.date(2026, 5, 12), active_users=40)
    make.UsageReadingFactory(tenant_service=teams, on=dt.date(2026, 5, 13), active_users=40)
    plan = planned(owner, row(), row(on="2026-05-13", users="44"))
    assert [one.state for one in plan.rows] == ["same", "changed"]
    assert [(one.before, one.after) for one in plan.rows[1].changes] == [("40", "44")]
    assert (len(plan.new), [before for _, before in plan.corrected]) == (0, [40])


def test_rows_about_too_many_tenants_are_left_for_the_next_file(owner, engagement, monkeypatch):
    monkeypatch.setattr(bounds, "MAX_TENANTS", 1)
    other = make.EngagementFactory(edition=engagement.edition, tenant__customer__name="Contoso").tenant
    make.AssignmentFactory(user=owner, tenant=other)
    first, second, third = reasons(owner, row(), row("Contoso"), row(on="2026-05-13"))
    assert (first, third) == ("", "")
    assert second.endswith("Import the others, then upload the refused rows by themselves.")


# Applying


@pytest.fixture
def mixed(upload, engagement):
    """One row that is fine, and one of a service that is none."""
    return upload(sheet(row(), row(service="Teems"))).url


def test_a_refused_row_holds_all_back_until_somebody_leaves_it_out(client, mixed, owner, engagement):
    shown = text(client.get(mixed))
    assert "1 of 2 rows is refused" in shown
    assert "Import the other row" in shown
    assert client.post(mixed).status_code == 409
    assert kept() == []
    assert client.post(mixed, {"others": "1"}).url == mixed
    assert kept() == [("Teams", dt.date(2026, 5, 12), 40)]
    done = text(client.get(mixed))
    assert "1 reading entered" in done
    assert "1 row was refused and left out." in done
    assert EngagementSummary.objects.get(engagement=engagement).active_percent == 40
    assert list(summaries.wrong_rows()) == []


def test_the_refused_rows_can_be_downloaded_before_and_after(client, mixed):
    address = f"{mixed}refused.csv"
    before = client.get(address).content
    client.post(mixed, {"others": "1"})
    assert client.get(address).content == before
    table = list(csv.reader(io.StringIO(before.decode("utf-8-sig"))))
    assert table[0] == ["Row", "Reason", *HEADER]
    assert table[1][:2] == ["3", "“Teems” is not a service. Is Teams meant?"]


def test_customers_and_tenants_are_never_written_in_part(client, owner, engagement):
    client.force_login(owner)
    rows = [{"line": 2, "values": {"customer": "New", "tpid": "x"}}, {"line": 3, "values": {"customer": "New"}}]
    batch = ImportBatch.objects.create(uploaded_by=owner, file_name="customers.csv", rows=rows)
    assert client.post(reverse("import_preview", args=[batch.pk]), {"others": "1"}).status_code == 409


def test_a_reading_entered_after_the_preview_is_not_overwritten(client, upload, owner, engagement):
    url = upload(sheet(row(), row(on="2026-05-13"))).url
    seen = text(client.get(url)).split('name="seen" value="')[1].split('"')[0]
    teams = engagement.tenant.services.get(service__name="Teams")
    usage.record_usage(tenant_service=teams, on=dt.date(2026, 5, 12), active_users=7, by=owner, today=TODAY)
    assert client.post(url, {"seen": seen}).status_code == 302
    assert kept() == [("Teams", dt.date(2026, 5, 12), 7), ("Teams", dt.date(2026, 5, 13), 40)]
    shown = text(client.get(url))
    assert "1 row was left out because the records changed after the preview." in shown
    assert "It would now do this: Active users from 7 to 40." in shown


def test_applying_twice_writes_once(client, upload, engagement):
    url = upload(sheet(row())).url
    client.post(url)
    client.post(url)
    assert len(kept()) == 1
    assert Event.objects.filter(object__startswith="usage:").count() == 1


def test_history_tells_new_readings_together_and_corrections_one_by_one(client, upload, owner, engagement):
    teams = engagement.tenant.services.get(service__name="Teams")
    make.UsageReadingFactory(tenant_service=teams, on=dt.date(2026, 5, 12), active_users=7)
    client.post(upload(sheet(row(), row(on="2026-05-13"), row(on="2026-05-20"))).url)
    shown = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "imported 2 readings of Teams, 13 May 2026 to 20 May 2026" in shown
    assert "corrected the active users of Teams on 12 May 2026" in shown


def test_those_who_only_read_come_in_nowhere(client, leader, colleague, engagement):
    client.force_login(leader)
    assert [client.get(url).status_code for url in (UPLOAD, reverse("usage_template"))] == [403, 403]
    client.force_login(colleague)  # a FastTrack Engineer imports no customers, but enters active users
    assert client.get(UPLOAD).status_code == 200
    assert "Import customers and tenants" not in text(client.get(UPLOAD))


def test_ten_thousand_rows_of_which_three_are_bad(client, upload, owner, engagement):
    """All three are named with row and reason; the other 9,997 are written, and nothing else."""
    services = [make.TenantServiceFactory(tenant=engagement.tenant) for _ in range(20)]
    rows = [
        row(service=services[n % 20].service.name, on=(TODAY - dt.timedelta(days=n // 20)).isoformat(), users=str(n))
        for n in range(10_000)
    ]
    rows[17][1], rows[4_711][2], rows[9_998][3] = "Teems", "31.02.2026", "12.5"
    url = upload(sheet(*rows)).url

    shown = text(client.get(url))
    assert "3 of 10,000 rows are refused" in shown
    for line, reason in (
        (19, "“Teems” is not a service. Is Teams meant?"),
        (4_713, "“31.02.2026” is not a day."),
        (10_000, "Active users “12.5” is not a whole number"),
    ):
        assert f"row {line:,}" in shown
        assert reason in shown
    assert "Import the other 9,997 rows" in shown
    client.post(url, {"others": "1"})
    assert UsageReading.objects.count() == 9_997
    assert EngagementSummary.objects.filter(engagement=engagement).exists()


@pytest.mark.parametrize("rows", [1, 300])
def test_looking_asks_the_same_queries_for_any_number_of_rows(owner, engagement, rows, django_assert_num_queries):
    for _ in range(min(rows, 12)):
        make.TenantServiceFactory(tenant=engagement.tenant)
    names = list(engagement.tenant.services.values_list("service__name", flat=True))
    planned_rows = [
        row(service=names[n % len(names)], on=(TODAY - dt.timedelta(days=n)).isoformat()) for n in range(rows)
    ]
    with django_assert_num_queries(6):
        plan = planned(owner, *planned_rows)
    assert len(plan.new) == rows


def test_the_preview_carries_what_the_rows_say_as_text(client, upload):
    shown = client.get(upload(sheet(row("<script>alert(1)</script>"))).url).content.decode()
    assert "<script>alert(1)" not in shown
    assert json.dumps("&lt;script&gt;").strip('"') in shown
