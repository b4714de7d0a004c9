"""An import that a worker carries out: the page follows by itself, and by hand where there is no script."""

import pytest
from playwright.sync_api import expect

from engagements import jobs
from engagements.models import ImportBatch, Tenant
from engagements.services import imports
from tests.engagements.sheets_for_tests import csv_file, guid

HEADER = ["Customer", "TPID", "Tenant", "Tenant ID", "Domain", "Services"]
ROWS = [[f"Kunde {n}", 700000 + n, f"Mandant {n}", guid(n), f"m{n}.example", "Teams, Exchange"] for n in range(1, 8)]


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
