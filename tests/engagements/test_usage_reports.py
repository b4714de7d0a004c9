"""Usage reports as Microsoft 365 gives them, and days in one order per column."""

import contextlib
import datetime as dt
import itertools
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from engagements import jobs
from engagements.importing import values, workbook
from engagements.importing.bounds import MAX_ROWS, Unreadable
from engagements.importing.options import ImportOptions
from engagements.importing.reading import Row, read
from engagements.importing.reports import usage_report
from engagements.importing.usage import USAGE, plan_usage
from engagements.importing.values import DateOrder
from engagements.models import Event, ImportBatch, ImportRow, TenantService, UsageReading
from engagements.services import imports
from tasks.models import Service
from tests import factories as make
from tests.engagements.sheets_for_tests import csv_file, xlsx_file

TODAY = dt.date(2026, 11, 29)
CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
real = pytest.mark.skipif(not CASES.is_dir(), reason="the real files are not beside this repository")

PRODUCTS = ["Office 365", "Exchange", "OneDrive", "SharePoint", "Skype For Business", "Yammer", "Teams"]
HEADER = ["Report Refresh Date", *PRODUCTS, "Report Date", "Report Period"]
COUNTS = [
    ["2026-11-26", 900, 812, 455, 300, 20, 10, 640, "2026-11-25", 7],
    ["2026-11-26", 905, 815, 450, 310, 21, 9, 650, "2026-11-24", 7],
    ["2026-11-26", "", "", "", "", "", "", "", "2026-11-23", 7],
]
SIX = ("Exchange", "OneDrive for Business", "SharePoint", "Skype for Business", "Yammer", "Teams")


def report(rows=COUNTS, header=HEADER) -> bytes:
    return csv_file(*rows, header=header, between=",")


@pytest.fixture(autouse=True)
def _on_29_november():
    with time_machine.travel(dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def services(db):
    """The services that the reports count, spelt as in the catalogue."""
    make.ServiceFactory(name="All Services")
    make.ServiceFactory(name="Outlook Mobile", aliases=["Outlook For Mobile"])
    found = {name: make.ServiceFactory(name=name) for name in SIX}
    Service.objects.filter(name="OneDrive for Business").update(short="OneDrive", aliases=["ODB"])
    return found


@pytest.fixture
def tenant(services, engagement):
    """Northwind Traders with the six services of the report."""
    tenant = engagement.tenant
    for service in services.values():
        if not tenant.services.filter(service=service).exists():
            make.TenantServiceFactory(tenant=tenant, service=service, entitlements=1000)
    return tenant


@pytest.fixture
def upload(client, owner, engagement):
    """Sends a file to the Usage tab; ``page`` is another page that takes active users."""

    def send(data: bytes, name: str = "report.csv", page: str = "", by=None):
        client.force_login(by or owner)
        address = page or reverse("engagement_usage_import", args=[engagement.pk])
        return client.post(address, {"file": SimpleUploadedFile(name, data)})

    return send


def recorded() -> dict[tuple[str, str], int]:
    found = UsageReading.objects.values_list("tenant_service__service__name", "on", "active_users")
    return {(service, on.isoformat()): users for service, on, users in found}


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def forms():
    return USAGE, usage_report(Service.objects.all(), USAGE)


# Reports ------------------------------------------------------------------------------------------------


def must_bring_two_days_of_six_services(client, answer):
    shown = text(client.get(answer.url))
    assert "Record 12 readings" in shown
    assert "are refused" not in shown
    client.post(answer.url)
    found = recorded()
    assert len(found) == 12
    assert {day for _, day in found} == {"2026-11-24", "2026-11-25"}
    assert (found["Exchange", "2026-11-25"], found["OneDrive for Business", "2026-11-24"]) == (812, 450)
    assert (found["Skype for Business", "2026-11-25"], found["Yammer", "2026-11-24"]) == (20, 9)


@real
def test_the_real_report_is_read_from_the_usage_tab(client, upload, tenant):
    must_bring_two_days_of_six_services(client, upload((CASES / "usage-active-user-counts.csv").read_bytes()))


def test_a_report_is_read_from_the_usage_tab(client, upload, tenant):
    must_bring_two_days_of_six_services(client, upload(report()))


def test_a_workbook_of_it_is_the_same(client, upload, tenant):
    days = [[dt.date.fromisoformat(cell) if str(cell).startswith("2026") else cell for cell in row] for row in COUNTS]
    must_bring_two_days_of_six_services(client, upload(xlsx_file([HEADER, *days]), "report.xlsx"))


@given(st.permutations(range(len(HEADER))))
def test_the_columns_come_in_any_order(order):
    report_form = usage_report([Service(name=name) for name in SIX] + [Service(name="OneDrive", kind="all")], USAGE)
    rows = [[row[place] for place in order] for row in COUNTS]
    sheet = read(report(rows, [HEADER[place] for place in order]), "", USAGE, report_form)
    straight = read(report(), "", USAGE, report_form)
    key = lambda row: (row.line, row.values["service"])  # noqa: E731
    assert sorted(sheet.rows, key=key) == sorted(straight.rows, key=key)
    assert sheet.is_report


def test_what_the_tenant_lacks_is_named_once_and_holds_nothing_back(client, upload, tenant):
    tenant.services.filter(service__name__in=["Yammer", "Skype for Business"]).delete()
    answer = upload(report())
    shown = text(client.get(answer.url))
    assert shown.count("does not have") == 1
    assert f"{tenant.name} does not have Skype for Business and Yammer, so their numbers are not included." in shown
    assert "Record 8 readings" in shown
    client.post(answer.url)
    assert len(recorded()) == 8


def test_the_total_and_empty_cells_are_no_reading(services):
    sheet = read(report(), "", *forms())
    assert {row.line for row in sheet.rows} == {2, 3}
    assert {row.values["service"] for row in sheet.rows} == set(SIX)
    assert sheet.ignored == []


def test_zero_is_a_reading(services):
    (row,) = read(report([["2026-11-25", 0]], ["Report Date", "Teams"]), "", *forms()).rows
    assert row.values == {"on": "2026-11-25", "service": "Teams", "users": "0"}


def test_active_and_inactive_users_of_a_period_are_counted_on_the_day_of_the_report(services):
    header = ["Report Refresh Date", *(f"{one} {how}" for one in PRODUCTS for how in ("Active", "Inactive"))]
    sheet = read(report([["2026-11-26", *range(14), 30]], [*header, "Report Period"]), "", *forms())
    assert [(row.values["service"], row.values["users"]) for row in sheet.rows] == [
        ("Exchange", "2"),
        ("OneDrive for Business", "4"),
        ("SharePoint", "6"),
        ("Skype for Business", "8"),
        ("Yammer", "10"),
        ("Teams", "12"),
    ]
    assert {row.values["on"] for row in sheet.rows} == {"2026-11-26"}
    assert sheet.ignored == []


def test_a_report_per_app_gives_the_apps_that_are_services_and_names_the_others_once(services):
    header = ["Report Refresh Date", "Outlook For Windows", "Outlook For Mobile", "POP3 App", "Report Date"]
    sheet = read(report([["2026-11-26", 5, 6, 7, "2026-11-25"]] * 1, [*header, "Report Period"]), "", *forms())
    assert [row.values for row in sheet.rows] == [{"on": "2026-11-25", "service": "Outlook Mobile", "users": "6"}]
    assert sheet.ignored == ["Outlook For Windows", "POP3 App"]


def test_another_spelling_is_an_alias_that_administrators_give(services):
    header, row = (
        ["Report Refresh Date", "Viva Engage", "Report Date", "Report Period"],
        ["2026-11-26", 4, "2026-11-25", 7],
    )
    with pytest.raises(Unreadable, match="None of the columns .“Viva Engage”. is a service.*aliases of its service"):
        read(report([row], header), "", *forms())
    Service.objects.filter(name="Yammer").update(aliases=["Viva Engage"])
    assert read(report([row], header), "", *forms()).rows[0].values["service"] == "Yammer"


def test_two_columns_of_one_service_are_refused(services):
    header = ["Report Date", "OneDrive", "OneDrive for Business"]
    with pytest.raises(Unreadable, match="“OneDrive” and “OneDrive for Business” both mean OneDrive for Business"):
        read(report([["2026-11-25", 1, 2]], header), "", *forms())


def test_a_report_with_a_column_of_tenants_is_about_those(client, upload, tenant):
    data = report([[tenant.domain, "25.11.2026", 7, 8]], ["Tenant", "Datum", "Teams", "Exchange"])
    client.post(upload(data, page=reverse("usage_import")).url)
    assert recorded() == {("Teams", "2026-11-25"): 7, ("Exchange", "2026-11-25"): 8}


def test_half_a_year_of_nine_services_is_looked_at_and_recorded(client, upload, engagement, services):
    """1,620 readings; the number of queries of looking does not grow with them."""
    names = [f"Service {letter}" for letter in "ABCDEFGHI"]
    for name in names:
        make.TenantServiceFactory(tenant=engagement.tenant, service=make.ServiceFactory(name=name), entitlements=5000)
    days = [(TODAY - dt.timedelta(days=number + 2)).isoformat() for number in range(180)]
    rows = [["2026-11-28", *(number + place for place in range(9)), day, 180] for number, day in enumerate(days)]
    answer = upload(report(rows, ["Report Refresh Date", *names, "Report Date", "Report Period"]))
    assert "Record 1,620 readings" in text(client.get(answer.url))
    client.post(answer.url)
    assert UsageReading.objects.count() == 1_620
    assert Event.objects.filter(verb="imported").count() == 9
    again = upload(report(rows, ["Report Refresh Date", *names, "Report Date", "Report Period"]))
    assert "Nothing to change" in text(client.get(again.url))


@pytest.mark.parametrize("days", [2, 180])
def test_looking_at_a_report_asks_the_same_queries(owner, tenant, django_assert_num_queries, days):
    rows = [
        Row(number + 2, {"service": name, "on": (TODAY - dt.timedelta(days=number + 1)).isoformat(), "users": "4"})
        for number, name in itertools.product(range(days), SIX)
    ]
    options = ImportOptions(tenant_id=tenant.pk, is_report=True)
    with django_assert_num_queries(6):
        assert len(plan_usage(rows, owner, today=TODAY, options=options).new) == 6 * days


def test_a_wide_report_stays_within_the_bound_of_rows(services):
    header = ["Report Date", *SIX]
    rows = [["2026-11-25", 1, 2, 3, 4, 5, 6]] * (MAX_ROWS // 6 + 1)
    with pytest.raises(Unreadable, match="more than 20,000 rows"):
        read(report(rows, header), "", *forms())


def test_a_report_cannot_multiply_a_long_cell(services):
    rows = [["x" * 1_900, 1, 2, 3, 4, 5, 6]] * 1_000
    with pytest.raises(Unreadable, match="more text"):
        read(report(rows, ["Report Date", *SIX]), "", *forms())


@given(
    header=st.lists(st.sampled_from([*HEADER, "Service", "Users", "Tenant", "Teams Active", "Teams Inactive", "?"])),
    rows=st.lists(st.lists(st.text(max_size=12), max_size=8), max_size=6),
)
def test_whatever_the_columns_are_the_answer_is_rows_or_a_sentence(header, rows):
    form = usage_report([Service(name=name) for name in SIX], USAGE)
    with contextlib.suppress(Unreadable):
        sheet = read(report(rows, header), "report.csv", USAGE, form)
        assert all(row.values["service"] in SIX for row in sheet.rows if sheet.is_report)


# Which tenant ---------------------------------------------------------------------------------------------


def test_a_file_that_names_another_tenant_is_refused_by_that_name(client, upload, tenant):
    data = csv_file(
        [tenant.domain, "Teams", "2026-11-25", "4"],
        ["fabrikam.onmicrosoft.com", "Teams", "2026-11-25", "5"],
        header=["Tenant", "Service", "Date", "Active users"],
    )
    answer = upload(data)
    assert answer.status_code == 422
    assert f"The file names “fabrikam.onmicrosoft.com”, but this is {tenant.name} ({tenant.domain})." in text(answer)
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("mark", ["guid", "domain", "name"])
def test_a_file_may_call_the_tenant_by_id_domain_or_name(client, upload, tenant, mark):
    called = str(getattr(tenant, mark)).upper()
    data = csv_file([called, "Teams", "2026-11-25", "4"], header=["Tenant", "Service", "Date", "Active users"])
    client.post(upload(data).url)
    assert recorded() == {("Teams", "2026-11-25"): 4}


def test_a_file_of_the_tab_needs_no_column_of_tenants(client, upload, tenant):
    client.post(upload(csv_file(["Teams", "2026-11-25", "4"], header=["Service", "Date", "Active users"])).url)
    assert recorded() == {("Teams", "2026-11-25"): 4}


def test_a_file_that_names_no_tenant_asks_for_it_once(client, upload, tenant):
    answer = upload(report(), page=reverse("usage_import"))
    shown = text(client.get(answer.url))
    assert "The file doesn't name a tenant." in shown
    assert "Record" not in shown
    assert client.post(answer.url).status_code == 409
    choices = f"{answer.url}choices/"
    assert client.post(choices, {"tenant": ""}).status_code == 422
    assert "You can&#x27;t change a tenant with this name" in text(client.post(choices, {"tenant": "Nobody Ltd"}))
    assert client.post(choices, {"tenant": tenant.domain}).url == answer.url
    assert "Record 12 readings" in text(client.get(answer.url))
    client.post(answer.url)
    assert len(recorded()) == 12


def test_nobody_chooses_a_tenant_that_they_may_not_change(client, upload, stranger, tenant):
    own = make.EngagementFactory(edition=tenant.engagements.get().edition).tenant
    make.AssignmentFactory(user=stranger, tenant=own, primary=True)
    answer = upload(report(), page=reverse("usage_import"), by=stranger)
    for called in (tenant.domain, tenant.name, str(tenant.guid)):
        assert client.post(f"{answer.url}choices/", {"tenant": called}).status_code == 422
    found = client.get(reverse("import_tenant_find"), {"q": tenant.domain}).json()["found"]
    assert found == []
    found = client.get(reverse("import_tenant_find"), {"q": own.domain}).json()["found"]
    assert [one["value"] for one in found] == [own.domain]


def test_who_leaves_the_tenant_before_confirming_writes_nothing(client, upload, owner, tenant):
    answer = upload(report())
    owner.assignments.all().delete()
    client.post(answer.url)
    assert recorded() == {}


def test_the_refused_readings_of_a_report_can_be_mended_and_uploaded_on_the_tab(client, upload, tenant):
    rows = [["2026-11-25", "many", 4]]
    answer = upload(report(rows, ["Report Date", "Teams", "Exchange"]))
    refused = client.get(f"{answer.url}refused.csv").content
    client.post(answer.url, {"others": "1"})
    client.post(upload(refused.replace(b"many", b"5")).url)
    assert recorded() == {("Exchange", "2026-11-25"): 4, ("Teams", "2026-11-25"): 5}


def test_a_file_of_another_kind_says_what_it_is_and_where_it_goes(upload, tenant):
    shown = text(upload(b"Product Title,Total licenses\r\nMicrosoft 365 E5,20\r\n"))
    assert "This is a list of products and licences, not a list or report of active users." in shown
    assert "Import it on the Services tab of an engagement." in shown


# One order of dates per column ------------------------------------------------------------------------------


def must_be_read_month_first(client, answer):
    assert "Record 2 readings" in text(client.get(answer.url))
    client.post(answer.url)
    assert recorded() == {("Exchange", "2026-11-25"): 100, ("Teams", "2026-03-04"): 1200}


@real
def test_the_real_file_with_american_dates_is_read(client, upload, tenant):
    data = (CASES / "usage-dates-us.csv").read_bytes()
    must_be_read_month_first(client, upload(data.replace(b"contoso.onmicrosoft.com", tenant.domain.encode())))


def test_a_column_is_read_as_the_one_date_that_decides(client, upload, tenant):
    rows = [[tenant.domain, "Exchange", "11/25/2026", "100"], [tenant.domain, "Teams", "03/04/2026", '"1,200"']]
    data = csv_file(*rows, header=["Tenant", "Service", "Date", "Active users"], between=",")
    must_be_read_month_first(client, upload(data))


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["03/04/2026", "25/11/2026"], DateOrder.DAY_FIRST),
        (["03/04/2026", "11/25/2026 0:00"], DateOrder.MONTH_FIRST),
        (["03/04/2026", "11/25/2026 12:00:00 AM"], DateOrder.MONTH_FIRST),
        (["03-04-2026", "25-11-2026"], DateOrder.DAY_FIRST),
        (["03/04/2026", "25.11.2026", "2026-11-25"], None),
        (["03/04/2026", "soon", "99/99/2026", ""], None),
    ],
)
def test_what_decides_a_column(column, order):
    assert values.date_order(enumerate(column, start=2)) == (order, column[0])


def test_a_day_that_both_orders_read_alike_needs_no_order():
    assert values.date_order([(2, "05/05/2026"), (3, "2026-05-12")]) == (None, "")


def test_two_rows_that_contradict_each_other_are_named(upload, tenant):
    rows = [["Teams", "04/03/2026", 1], ["Teams", "11/25/2026", 2], ["Teams", "25/10/2026", 3]]
    answer = upload(csv_file(*rows, header=["Service", "Date", "Active users"]))
    assert answer.status_code == 422
    assert (
        "Rows 3 and 4 write dates in different orders: “25/10/2026” has the day first, “11/25/2026” the month. "
        "Use one order in the whole column and upload the file again." in text(answer)
    )


def test_where_nothing_decides_the_page_asks_once_for_the_whole_column(client, upload, tenant):
    rows = [["Teams", "03/04/2026", 1], ["Teams", "05/05/2026", 2], ["Teams", "06/07/2026", 3]]
    answer = upload(csv_file(*rows, header=["Service", "Date", "Active users"]))
    shown = text(client.get(answer.url))
    assert "Day first: 3 April 2026" in shown
    assert "Month first: 4 March 2026" in shown
    assert client.post(answer.url).status_code == 409
    assert client.post(f"{answer.url}choices/", {"date_order": "sideways"}).status_code == 422
    client.post(f"{answer.url}choices/", {"date_order": "month-first"})
    client.post(answer.url)
    assert {day for _, day in recorded()} == {"2026-03-04", "2026-05-05", "2026-06-07"}


@given(
    st.lists(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)), min_size=1, max_size=30), st.sampled_from(DateOrder)
)
def test_every_column_in_one_order_is_read_back(days, order):
    way = "%m/%d/%Y" if order == DateOrder.MONTH_FIRST else "%d/%m/%Y"
    column = [day.strftime(way) for day in days]
    decided, unclear = values.date_order(enumerate(column))
    assert decided in (order, None)
    assert [values.day(one, decided or order) for one in column] == days
    if decided is None and not unclear:
        assert [values.day(one) for one in column] == days


# By a worker, in parts


@pytest.fixture
def queue(monkeypatch):
    """A worker reads every workbook and writes readings in small parts, once the test lets it."""
    sent = []
    monkeypatch.setattr(imports, "PART", 3)
    monkeypatch.setattr(workbook, "MAX_AT_ONCE", 0)
    monkeypatch.setattr(jobs.work_on_import, "apply_async", lambda args, *_, **__: sent.append(*args))
    return sent


def test_a_large_report_is_read_by_a_worker_as_a_report_of_that_tenant(client, upload, tenant, queue):
    answer = upload(xlsx_file([["Comment", *HEADER], *(["", *row] for row in COUNTS)]), "report.xlsx")
    assert "Reading the file" in text(client.get(answer.url))
    jobs.work_on_import(queue.pop())
    shown = text(client.get(answer.url))
    assert "Record 12 readings" in shown
    assert "Not read: “Comment”" in shown
    client.post(answer.url)
    jobs.work_on_import(queue.pop())
    assert len(recorded()) == 12
    assert "Open Usage" in text(client.get(answer.url))


def test_a_worker_refuses_a_file_about_another_tenant_or_of_another_kind(client, upload, tenant, queue):
    rows = [["fabrikam.onmicrosoft.com", "Teams", "2026-05-12", 4]]
    files = {
        "The file names “fabrikam.onmicrosoft.com”, but this is": [["Tenant", "Service", "Date", "Users"], *rows],
        "This is a list of products and licences": [["Product Title", "Total licenses"], ["Microsoft 365 E5", 20]],
    }
    for reason, table in files.items():
        answer = upload(xlsx_file(table), "report.xlsx")
        jobs.work_on_import(queue.pop())
        assert reason in text(client.get(answer.url))
    assert set(ImportBatch.objects.values_list("state", flat=True)) == {ImportBatch.State.STOPPED}


def test_an_answer_is_planned_for_by_a_worker(client, upload, tenant, queue):
    answer = upload(report(), page=reverse("usage_import"))
    jobs.work_on_import(queue.pop())
    client.post(f"{answer.url}choices/", {"tenant": tenant.domain})
    assert "Preparing the preview" in text(client.get(answer.url))
    assert client.post(f"{answer.url}choices/", {"tenant": ""}).url == answer.url  # asked no more
    jobs.work_on_import(queue.pop())
    shown = text(client.get(answer.url))
    assert "Record 12 readings" in shown
    assert tenant.name in shown


def test_every_part_reads_dates_in_the_order_that_the_file_decides(client, upload, owner, tenant, queue):
    """The one date that decides is about another tenant, so it is in another part."""
    other = make.EngagementFactory(edition=tenant.engagements.get().edition).tenant
    make.AssignmentFactory(user=owner, tenant=other, primary=True)
    has = make.TenantServiceFactory(tenant=other, service=Service.objects.get(name="Teams"), entitlements=9)
    rows = [[tenant.guid, "Teams", f"03/0{day}/2026", day] for day in range(1, 7)]
    rows.append([other.guid, "Teams", "03/25/2026", 8])
    file = csv_file(*rows, header=["Tenant", "Service", "Date", "Active users"], between=",")
    answer = upload(file, page=reverse("usage_import"))
    jobs.work_on_import(queue.pop())
    client.post(answer.url)
    jobs.work_on_import(queue.pop())
    found = UsageReading.objects.exclude(tenant_service=has).values_list("on", "active_users")
    assert set(found) == {(dt.date(2026, 3, day), day) for day in range(1, 7)}
    assert UsageReading.objects.get(tenant_service=has).on == dt.date(2026, 3, 25)


def test_a_service_that_is_gone_since_the_preview_is_left_out_of_a_report(client, upload, tenant):
    answer = upload(report())
    TenantService.objects.filter(tenant=tenant, service__name="Yammer").delete()
    client.post(answer.url)
    assert len(recorded()) == 10
    rows = ImportRow.objects.filter(outcome=ImportRow.Outcome.LEFT_OUT)
    assert [row.reasons for row in rows] == [[imports.GONE]] * 2
    assert "2 rows were left out because the records changed" in text(client.get(answer.url))
    again = client.post(answer.url, {"do": "look-again"})
    assert "does not have Yammer" in text(client.get(again.url))  # still a report
