"""The portfolio as a file: what is filtered, what one may see, and nothing that a spreadsheet would run."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse

from engagements import spreadsheets
from engagements.models import EngagementSummary
from engagements.selectors.portfolio_export import COLUMNS
from engagements.services import summaries, usage
from tests import factories as make

DAY = dt.date(2026, 5, 21)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC))


@pytest.fixture
def other(engagement, owner):
    """Another engagement of the owner."""

    def called(name: str, **values):
        found = make.EngagementFactory(edition=engagement.edition, tenant__customer__name=name)
        make.AssignmentFactory(user=owner, tenant=found.tenant, primary=True)
        summaries.refresh(found.pk)
        EngagementSummary.objects.filter(pk=found.pk).update(**values)
        return found

    return called


@pytest.fixture
def export(client, summarised):
    summarised()

    def ask(by, query: str = "", **headers):
        client.force_login(by)
        return client.get(f"{reverse('engagement_export')}?{query}", headers=headers)

    return ask


def table(answer, between: str = ",") -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=between))


def sheet(answer):
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active


def names(answer) -> list[str]:
    return [row["Customer"] for row in table(answer)]


def test_the_file_is_named_by_its_day_and_opens_in_excel(export, owner):
    answer = export(owner)
    assert answer["Content-Disposition"] == 'attachment; filename="portfolio-2026-05-21.csv"'
    assert answer["Cache-Control"] == "private, no-store"
    assert b"".join(answer.streaming_content).startswith("\ufeffCustomer,TPID".encode())
    book = export(owner, "format=xlsx")
    assert book["Content-Disposition"] == 'attachment; filename="portfolio-2026-05-21.xlsx"'
    assert book["Content-Type"] == spreadsheets.XLSX


def test_a_german_excel_gets_semicolons(export, owner):
    answer = export(owner, **{"Accept-Language": "de-DE,de"})
    assert table(answer, ";")[0]["Customer"] == "Northwind Traders"


def test_it_says_what_people_work_with(export, owner, engagement):
    teams = engagement.tenant.services.get(service__name="Teams")
    usage.record_usage(tenant_service=teams, on=DAY, active_users=18, by=owner, today=DAY)
    make.NextActionFactory(engagement=engagement, text="Call the customer", due_on=dt.date(2026, 5, 27))
    summaries.refresh(engagement.pk)
    row = table(export(owner))[0]
    assert list(row) == list(COLUMNS)
    said = ("Motions", "Services in scope", "FastTrack Manager", "Active users, %", "Next action", "Next action on")
    assert [row[name] for name in said] == ["RFA", "Exchange, Teams", "Ana", "18", "Call the customer", "2026-05-27"]
    assert row["Address"] == f"http://testserver/engagements/{engagement.pk}/"
    assert row["Parked until"] == ""


def test_numbers_and_dates_stay_what_they_are_in_a_workbook(export, owner, engagement, other):
    other("Contoso", active_percent=42, next_action_on=dt.date(2026, 5, 27))
    found = sheet(export(owner, "format=xlsx&q=contoso"))
    cells = {head.value: cell for head, cell in zip(found[1], found[2], strict=True)}
    assert cells["Active users, %"].value == 42
    assert cells["Next action on"].value == dt.datetime(2026, 5, 27)
    assert cells["Next action on"].is_date
    assert cells["TPID"].data_type == "n"


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "=1+\x0b1"])
def test_what_a_spreadsheet_would_run_is_text(export, owner, other, name):
    other(name)
    asked = "scope=mine&sort=customer"
    exported = [row["Customer"] for row in table(export(owner, asked))]
    assert f"'{name}" in [text.replace("\n", "\r") for text in exported]
    found = sheet(export(owner, f"{asked}&format=xlsx"))
    texts = [cell for cell in found["A"] if cell.value and str(cell.value).startswith("'")]
    assert [cell.data_type for cell in texts] == ["s"]


def test_the_filters_of_the_list_are_those_of_the_file(export, owner, other):
    other("Contoso", tasks_blocked=1)
    other("Adatum", active_percent=4)
    assert sorted(names(export(owner))) == ["Adatum", "Contoso", "Northwind Traders"]
    assert names(export(owner, "show=blocked")) == ["Contoso"]
    assert names(export(owner, "show=few-active")) == ["Adatum"]
    assert names(export(owner, "q=adat")) == ["Adatum"]
    assert names(export(owner, "sort=-customer"))[0] == "Northwind Traders"


def test_all_pages_are_in_it(export, owner, other):
    for number in range(30):
        other(f"Alpine {number}")
    assert len(names(export(owner, "per=25&page=2"))) == 31


def test_nobody_exports_what_they_may_not_see(export, owner, stranger, leader, other):
    other("Contoso")
    assert names(export(stranger, "scope=all&status=any")) == []
    assert len(names(export(leader, "scope=all&status=any"))) == 2


def test_the_page_offers_the_list_as_it_is_filtered(client, owner, summarised):
    summarised()
    client.force_login(owner)
    shown = client.get(reverse("engagement_list") + "?show=blocked&page=3").content.decode()
    assert "/engagements/export/?scope=mine&amp;status=open&amp;show=blocked&amp;format=xlsx" in shown
    swapped = client.get(reverse("engagement_list") + "?show=blocked", headers={"HX-Request": "true"}).content.decode()
    assert 'id="exports" hx-swap-oob="true"' in swapped


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_queries_do_not_grow_with_engagements(
    client, export, owner, other, django_assert_num_queries, django_assert_max_num_queries, kind
):
    export(owner)
    address = f"{reverse('engagement_export')}?format={kind}"
    with django_assert_max_num_queries(15) as few:
        client.get(address)
    for number in range(8):
        other(f"Alpine {number}")
    with django_assert_num_queries(len(few)):
        client.get(address)


def test_a_list_too_long_for_a_workbook_is_offered_as_csv_only(export, owner, other, client, monkeypatch):
    other("Alpine Ski House")
    for module in ("portfolio", "portfolio_export"):
        monkeypatch.setattr(f"engagements.selectors.{module}.MOST_IN_WORKBOOK", 1)
    answer = export(owner, "format=xlsx&sort=customer")
    assert (answer.status_code, answer["Location"]) == (302, "/engagements/?sort=customer")
    page = client.get(answer["Location"]).content.decode()
    assert "Export them as CSV" in page
    assert "format=xlsx" not in page
    assert len(table(export(owner))) == 2
