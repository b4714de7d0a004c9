"""Uploads: what a worker carries out, and from a tab to readings in two clicks and from licences to entitlements."""

import datetime as dt
from pathlib import Path

import pytest
from playwright.sync_api import expect

from engagements import jobs
from engagements.models import ImportBatch, Tenant, UsageReading
from engagements.services import imports
from tasks.products import load_products
from tests.browser import stage
from tests.engagements.sheets_for_tests import csv_file, guid

HEADER = ["Customer", "TPID", "Tenant", "Tenant ID", "Domain", "Services"]
ROWS = [[f"Kunde {n}", 700000 + n, f"Mandant {n}", guid(n), f"m{n}.example", "Teams, Exchange"] for n in range(1, 8)]
CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
COUNTED = ["Exchange", "OneDrive", "SharePoint", "Skype For Business", "Yammer", "Teams"]
SERVICES = ["Exchange", "OneDrive for Business", "SharePoint", "Skype for Business", "Yammer", "Teams"]


@pytest.fixture
def queue(monkeypatch):
    """Rows are written three at a time, once the test takes what the page has queued."""
    sent = []
    monkeypatch.setattr(imports, "PART", 3)
    monkeypatch.setattr(jobs.work_on_import, "apply_async", lambda args, *_, **__: sent.append(*args))
    return sent


def work_for_a_part(batch_id: str) -> None:
    batch = ImportBatch.objects.get(pk=batch_id)
    imports._claim(batch.pk, batch.pk)
    imports._apply_part(batch.pk, batch.pk)


def test_the_page_follows_a_worker_from_the_file_to_what_was_written(desk, queue):
    me = desk("fm")
    page = me.page
    page.goto("/import/")
    file = {"name": "customers.csv", "mimeType": "text/csv", "buffer": csv_file(*ROWS, header=HEADER)}
    page.get_by_label("Spreadsheet").set_input_files(file)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preparing the preview")
    me.must_be_accessible()
    me.shoot("import-preparing")
    jobs.work_on_import(queue.pop())
    expect(page.get_by_role("heading", level=1)).to_have_text("What the import would do")
    me.must_be_accessible()
    me.shoot("import-preview")

    page.get_by_label("Leave them unassigned").check()
    page.get_by_role("button", name="Update preview").click()
    jobs.work_on_import(queue.pop())
    expect(page.get_by_label("Leave them unassigned")).to_be_checked()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Importing")
    batch = queue.pop()
    work_for_a_part(batch)
    expect(page.get_by_text("3 of 7 rows done")).to_be_visible()
    me.must_be_accessible()
    me.shoot("import-progress")
    ImportBatch.objects.update(lease=None, lease_until=None)
    jobs.work_on_import(batch)
    expect(page.get_by_role("heading", level=1)).to_have_text("Imported")
    expect(page.get_by_text("7 new tenants have no FastTrack Manager yet.")).to_be_visible()
    me.must_be_accessible()
    me.shoot("import-applied")
    assert Tenant.objects.filter(customer__tpid__gte=700000).count() == 7


def test_without_script_the_page_is_refreshed_by_hand(desk, queue):
    me = desk("fm")
    context = me.context.browser.new_context(
        base_url=me.base, java_script_enabled=False, storage_state=me.context.storage_state()
    )
    page = context.new_page()
    page.goto("/import/")
    file = {"name": "customers.csv", "mimeType": "text/csv", "buffer": csv_file(*ROWS, header=HEADER)}
    page.get_by_label("Spreadsheet").set_input_files(file)
    page.get_by_role("button", name="Look at it first").click()
    jobs.work_on_import(queue.pop())
    page.get_by_role("link", name="Refresh").click()
    page.get_by_role("button", name="Apply").click()
    jobs.work_on_import(queue.pop())
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imported")
    context.close()


@pytest.fixture
def tenant(people):
    """Contoso with the services that a usage report counts; its FastTrack Manager is ``fm``."""
    tenant = stage.customer("Contoso", people["fm"], SERVICES)
    type(tenant).objects.filter(pk=tenant.pk).update(domain="contoso.onmicrosoft.com")
    tenant.refresh_from_db()
    return tenant


@pytest.fixture
def usage_tab(desk, people, tenant):
    engagement = stage.engagement(tenant, people["fm"])
    me = desk("fm")
    me.page.goto(f"{engagement.get_absolute_url()}usage/")
    return me


def choose(me, name: str, text: str | bytes):
    """One click: the file that is chosen is sent at once."""
    me.done += 1
    data = text if isinstance(text, bytes) else text.encode("utf-8-sig")
    me.page.get_by_label("Usage report or spreadsheet").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": data}
    )


def report(days: int) -> str:
    last = dt.date.today() - dt.timedelta(days=3)
    lines = [",".join(["Report Refresh Date", "Office 365", *COUNTED, "Report Date", "Report Period"])]
    for number in range(days):
        day = last - dt.timedelta(days=number)
        lines.append(f"{last},900,{','.join(str(100 + number + place) for place in range(6))},{day},{days}")
    return "\r\n".join(lines)


def test_a_report_of_half_a_year_takes_two_clicks(usage_tab):
    page = usage_tab.page
    usage_tab.must_be_accessible()
    usage_tab.shoot("usage-upload")
    choose(usage_tab, "usage-active-user-counts.csv", report(180))
    button = page.get_by_role("button", name="Record 1,080 readings")
    expect(button).to_be_visible()
    usage_tab.must_be_accessible()
    usage_tab.shoot("usage-import-preview")
    usage_tab.click(button)
    expect(page.get_by_text("1,080 readings entered")).to_be_visible()
    assert (usage_tab.done, UsageReading.objects.count()) == (2, 1_080)
    page.get_by_role("link", name="Open Usage").click()
    expect(page.get_by_role("heading", name="Active users")).to_be_visible()


@pytest.mark.skipif(not CASES.is_dir(), reason="the real files are not beside this repository")
def test_the_real_files_are_recorded(usage_tab, tenant):
    page = usage_tab.page
    for name, readings in (("usage-active-user-counts.csv", 12), ("usage-dates-us.csv", 2)):
        page.goto(f"{tenant.engagements.get().get_absolute_url()}usage/")
        choose(usage_tab, name, (CASES / name).read_bytes())
        page.get_by_role("button", name=f"Record {readings} readings").click()
        expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    assert (
        UsageReading.objects.filter(tenant_service__service__name="Teams", on="2026-03-04").get().active_users == 1200
    )


def test_a_file_about_another_tenant_is_refused_by_its_name(usage_tab):
    page = usage_tab.page
    choose(
        usage_tab, "other.csv", "Tenant,Service,Date,Active users\r\nfabrikam.onmicrosoft.com,Teams,2026-05-12,4\r\n"
    )
    said = "The file names “fabrikam.onmicrosoft.com”, but this is Contoso"
    expect(page.locator("#id_file_error")).to_contain_text(said)
    expect(page.locator("#id_file_error")).to_be_in_viewport()
    expect(page.get_by_label("Usage report or spreadsheet")).to_be_focused()
    usage_tab.must_be_accessible()
    usage_tab.shoot("usage-upload-refused")
    assert not UsageReading.objects.exists()


def test_what_a_file_leaves_open_is_asked_once(usage_tab):
    page = usage_tab.page
    page.goto("/import/active-users/")
    page.get_by_label("Spreadsheet").set_input_files(
        {"name": "open.csv", "mimeType": "text/csv", "buffer": b"Service,Date,Active users\r\nTeams,03/04/2026,7\r\n"}
    )
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_label("Tenant", exact=True).press_sequentially("conto")
    page.get_by_role("option", name="Contoso").first.click()
    page.get_by_label("Day first: 3 April 2026").check()
    usage_tab.must_be_accessible()
    usage_tab.shoot("import-choices")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Record 1 reading").click()
    expect(page.get_by_text("1 reading entered")).to_be_visible()
    assert UsageReading.objects.get().on == dt.date(2026, 4, 3)


def test_a_list_of_licences_becomes_entitlements(usage_tab, tenant):
    load_products()
    page = usage_tab.page
    page.goto(f"{tenant.engagements.get().get_absolute_url()}services/")
    page.get_by_text("Read entitlements from a list of licences").click()
    page.get_by_label("List of products and licences").set_input_files(
        {
            "name": "licences.csv",
            "mimeType": "text/csv",
            "buffer": b"Product Title,Total licenses\r\nMicrosoft 365 E5,4000\r\nMicrosoft Teams Rooms Pro,20\r\n",
        }
    )
    expect(page.get_by_text("“Microsoft Teams Rooms Pro” is not a known product")).to_be_visible()
    usage_tab.must_be_accessible()
    usage_tab.shoot("licences-preview")
    page.get_by_role("button", name="Update 15 services").click()
    expect(page.get_by_text("10 services added, 5 numbers of entitlements changed")).to_be_visible()
    assert tenant.services.get(service__name="Intune").entitlements == 4000
