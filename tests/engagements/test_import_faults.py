"""Imports while workers are killed, run at once on one upload, and meet people who change the same records.

Real workers on a real Redis, and the row locks of a real PostgreSQL.
"""

import datetime as dt
import os
import signal
import threading
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from engagements.importing.options import ME
from engagements.importing.reading import Row, Sheet
from engagements.models import Assignment, Customer, Event, ImportBatch, Tenant, TenantService
from engagements.services import assignments, imports
from tests import factories as make
from tests.cast import person
from tests.engagements.sheets_for_tests import guid
from tests.processes import environment, free_port, run, started, until

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer, and tests one connection to it"),
    pytest.mark.timeout(400),
]


@pytest.fixture
def importer(groups):
    make.ServiceFactory(name="Teams")
    make.RoleFactory(name="FastTrack Manager")
    return person("ben", "FastTrack Manager")


def asked(by, count: int) -> ImportBatch:
    """An upload of that many customers, each with a tenant, that is to be applied."""
    cells = [
        {"customer": f"Kunde {n}", "tpid": str(700000 + n), "tenant": f"Mandant {n}", "guid": guid(n)}
        | {"domain": f"m{n}.example", "services": "Teams: 50"}
        for n in range(1, count + 1)
    ]
    sheet = Sheet([Row(line, values) for line, values in enumerate(cells, start=2)])
    batch = imports.keep_batch(sheet=sheet, file_name="customers.csv", by=by)
    imports.work(batch_id=batch.pk)
    imports.request_apply(batch_id=batch.pk, by=by)
    return batch


def at_once(*doings) -> list:
    """What each raised, or None, in their order."""
    gate, faults = threading.Barrier(len(doings)), [None] * len(doings)

    def run_one(place, do):
        try:
            connection.ensure_connection()
            gate.wait(timeout=10)
            do()
        except Exception as fault:  # noqa: BLE001 (handed to the test's own thread)
            faults[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run_one, args=pair) for pair in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return faults


def assert_written_once(batch: ImportBatch, count: int) -> None:
    batch.refresh_from_db()
    assert (batch.state, batch.done) == ("applied", count)
    assigned = 2 * count if batch.options["unowned"] == ME else 0
    assert batch.applied == dict.fromkeys(("customers", "tenants", "services"), count) | {
        "tenants_changed": 0,
        "assignments": assigned,
        "assignments_changed": 0,
    }
    assert set(batch.planned_rows.values_list("outcome", flat=True)) == {"written"}
    written = [Customer.objects.filter(tpid__gte=700000), Tenant.objects.all(), TenantService.objects.all()]
    assert [rows.count() for rows in written] == [count] * 3
    assert Event.objects.filter(verb="added", object="tenant").count() == count
    assert Assignment.objects.count() == assigned


def test_two_workers_and_two_presses_at_once_write_every_row_once(importer, monkeypatch):
    monkeypatch.setattr(imports, "PART", 3)
    batch = asked(importer, 20)

    def press():
        imports.request_apply(batch_id=batch.pk, by=importer)
        imports.work(batch_id=batch.pk)

    assert at_once(press, press, press, press) == [None] * 4
    assert_written_once(batch, 20)


def test_workers_that_take_the_lease_from_each_other_write_every_row_once(importer, monkeypatch, settings):
    """A lease of no length is lost at once, as a slow worker loses it."""
    monkeypatch.setattr(imports, "PART", 3)
    monkeypatch.setattr(imports, "MOST_ATTEMPTS", 10_000)
    settings.IMPORT_LEASE = dt.timedelta(0)
    batch = asked(importer, 20)

    def work():
        while ImportBatch.objects.get(pk=batch.pk).is_in_progress:
            imports.work(batch_id=batch.pk)

    assert at_once(work, work, work) == [None] * 3
    assert_written_once(batch, 20)


def test_an_import_and_people_who_change_the_same_records_do_not_block_each_other(importer, manager, monkeypatch):
    """An assignment is made while its tenant is imported: nobody hangs, nobody is told of a deadlock."""
    monkeypatch.setattr(imports, "PART", 5)
    imports.work(batch_id=asked(importer, 10).pk)
    tenants = list(Tenant.objects.order_by("-pk"))
    role = make.RoleFactory(name="FastTrack Engineer")
    engineer = person("sam", "FastTrack Engineer")
    cells = [
        {"tpid": str(tenant.customer.tpid), "guid": str(tenant.guid), "tenant": tenant.name, "seats": "77"}
        for tenant in tenants
    ]
    sheet = Sheet([Row(line, values) for line, values in enumerate(cells, start=2)])
    batch = imports.keep_batch(sheet=sheet, file_name="again.csv", by=importer)
    imports.work(batch_id=batch.pk)
    imports.request_apply(batch_id=batch.pk, by=importer)

    def assign():
        for tenant in tenants:
            assignments.assign(user=engineer, role=role, at=tenant, by=manager)

    assert at_once(assign, lambda: imports.work(batch_id=batch.pk)) == [None] * 2
    assert Tenant.objects.filter(seats=77).count() == 10
    assert Assignment.objects.filter(user=engineer).count() == 10


def test_of_two_files_with_the_same_new_customers_each_row_is_written_once(importer, manager):
    batches = [asked(importer, 8), asked(manager, 8)]
    works = [lambda pk=batch.pk: imports.work(batch_id=pk) for batch in batches]
    assert at_once(*works) == [None] * 2
    assert Tenant.objects.count() == 8
    done = [ImportBatch.objects.get(pk=batch.pk) for batch in batches]
    assert {batch.state for batch in done} == {"applied"}
    assert sum(batch.applied.get("tenants", 0) for batch in done) == 8


def test_every_row_is_written_once_whenever_the_worker_is_killed(importer, tmp_path):
    count = 3_000
    database, port = connection.settings_dict, free_port()
    address = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    env = environment(
        DATABASE_URL=f"postgres://{address}",
        REDIS_URL=f"redis://127.0.0.1:{port}/0",
        VAR_DIR=tmp_path / "var",
        IMPORT_LEASE=1,
        DJANGO_SETTINGS_MODULE="fasttrack.settings",
    )
    redis = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    worker = ["celery", "-A", "fasttrack", "worker", "--concurrency", "1", "--loglevel", "info"]
    continue_ = ["celery", "-A", "fasttrack", "call", "engagements.jobs.continue_imports"]
    log = tmp_path / "worker.log"
    batch = asked(importer, count)
    # A worker that died before the first part.
    lease = {"lease": uuid4(), "lease_until": timezone.now()}
    ImportBatch.objects.filter(pk=batch.pk).update(**lease)

    def done() -> int:
        return ImportBatch.objects.values_list("done", flat=True).get(pk=batch.pk)

    killed = 0
    with started(redis, env, tmp_path / "redis.log"):
        while ImportBatch.objects.get(pk=batch.pk).is_in_progress:
            before = done()
            with started(worker, env, log) as process:
                until(lambda: b"ready" in log.read_bytes(), what="a worker", log=log)
                until(lambda: run(continue_, env).returncode == 0, what="a job", log=log)
                until(lambda before=before: done() > before or not _works(batch), what="a part is written", log=log)
                if _works(batch) and killed < 3:
                    os.killpg(process.pid, signal.SIGKILL)
                    killed += 1
                else:
                    until(lambda: not _works(batch), what="the rest is written", log=log)
            log.write_bytes(b"")
    assert killed >= 2
    assert_written_once(batch, count)


def _works(batch: ImportBatch) -> bool:
    return ImportBatch.objects.get(pk=batch.pk).is_in_progress
