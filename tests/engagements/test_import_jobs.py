"""Imports that a worker carries out: planned and applied once, whatever happens to the worker and whoever presses."""

import datetime as dt
from dataclasses import replace
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from engagements import jobs
from engagements.importing import team, workbook
from engagements.importing.options import ME, NO_ONE, ImportOptions
from engagements.importing.reading import read
from engagements.models import Assignment, Customer, Event, ImportBatch, ImportRow, Tenant
from engagements.services import imports, record_imports
from engagements.services.refusals import Refused
from tests import factories as make
from tests.engagements.sheets_for_tests import csv_file, guid, with_part, xlsx_file

HEADER = ["Customer", "TPID", "Tenant", "Tenant ID", "Domain", "Services"]
State = ImportBatch.State


@pytest.fixture(autouse=True)
def catalogue(db):
    make.ServiceFactory(name="Teams")
    make.RoleFactory(name="FastTrack Manager")


@pytest.fixture
def parts(monkeypatch):
    """Imports are written two rows at a time."""
    monkeypatch.setattr(imports, "PART", 2)


@pytest.fixture
def queue(monkeypatch):
    """Nobody takes what is queued; the test does, with ``jobs.work_on_import``."""
    sent = []
    monkeypatch.setattr(jobs.work_on_import, "apply_async", lambda args, *_, **__: sent.append(*args))
    return sent


def rows(count: int) -> list[list]:
    return [[f"Kunde {n}", 700000 + n, f"Mandant {n}", guid(n), f"m{n}.example", "Teams"] for n in range(1, count + 1)]


def upload(client, by, count: int) -> str:
    client.force_login(by)
    file = SimpleUploadedFile("customers.csv", csv_file(*rows(count), header=HEADER))
    return client.post(reverse("import_upload"), {"file": file}).url


def planned(by, count: int, options: ImportOptions | None = None) -> ImportBatch:
    sheet = read(csv_file(*rows(count), header=HEADER))
    batch = imports.keep_batch(sheet=sheet, file_name="customers.csv", by=by, options=options)
    imports.work(batch_id=batch.pk)
    return now(batch)


def asked(by, count: int) -> ImportBatch:
    """One that is to be applied and that no worker has taken yet."""
    batch = planned(by, count)
    imports.request_apply(batch_id=batch.pk, by=by)
    return now(batch)


def now(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.get(pk=batch.pk)


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def written() -> list[int]:
    """The TPIDs of what was imported."""
    return list(Customer.objects.filter(tpid__gte=700000).order_by("tpid").values_list("tpid", flat=True))


def claim(batch: ImportBatch, until: dt.datetime) -> None:
    """As a worker leaves it that is killed at its work."""
    ImportBatch.objects.filter(pk=batch.pk).update(lease=uuid4(), lease_until=until, attempts=1)


# A worker does it, and the page says how far it is


def test_a_large_spreadsheet_is_planned_and_applied_by_a_worker_and_the_page_follows(client, owner, parts, queue):
    url = upload(client, owner, 5)
    assert len(queue) == 1
    waiting = text(client.get(url))
    assert "<h1>Preparing the preview</h1>" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert f'<noscript><p><a class="b" href="{url}">Refresh</a></p></noscript>' in waiting
    assert 'id="apply"' not in waiting
    assert client.post(url).status_code == 409

    jobs.work_on_import(queue.pop())
    assert client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "5 new and 0 changed, of 5 rows." in text(client.get(url))
    assert client.post(url).status_code == 302
    assert written() == []
    assert "0 of 5 rows done" in text(client.get(url))

    batch = ImportBatch.objects.get()
    imports._claim(batch.pk, lease := uuid4())
    imports._apply_part(batch.pk, lease)
    assert written() == [700001, 700002]
    fragment = text(client.get(url, headers={"HX-Request": "true"}))
    assert "2 of 5 rows done" in fragment
    assert 'max="5" value="2"' in fragment
    assert "<h1>" not in fragment
    ImportBatch.objects.update(lease=None, lease_until=None)
    jobs.work_on_import(queue.pop())
    assert client.get(url, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "5 new customers, 5 new tenants, 5 services added" in text(client.get(url))


def test_the_plan_is_made_once_however_often_it_is_looked_at(client, owner, parts, monkeypatch):
    url = upload(client, owner, 5)
    plans = []
    kind = imports.KINDS["records"]
    monkeypatch.setitem(imports.KINDS, "records", replace(kind, plan=lambda *_, **__: plans.append(1)))
    for query in ("", "?page=2", "?show=new", "?show=refused"):
        assert client.get(url + query).status_code == 200
    assert client.get(f"{url}refused.csv").status_code == 200
    assert plans == []


def test_a_small_spreadsheet_needs_no_worker(client, owner, queue):
    url = upload(client, owner, 5)
    client.post(url)
    assert queue == []
    assert len(written()) == 5


def test_a_queue_that_does_not_answer_holds_nothing_up(client, owner, parts, monkeypatch):
    def fail(*_, **__):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(jobs.work_on_import, "apply_async", fail)
        url = upload(client, owner, 5)
        assert client.get(url).status_code == 200
    jobs.continue_imports()
    assert "5 new and 0 changed" in text(client.get(url))


@pytest.fixture
def slow(monkeypatch):
    """Any workbook is one that takes long to read."""
    monkeypatch.setattr(workbook, "MAX_AT_ONCE", 0)


def send(client, by, data: bytes):
    client.force_login(by)
    return client.post(reverse("import_upload"), {"file": SimpleUploadedFile("customers.xlsx", data)})


def test_a_large_workbook_is_read_by_a_worker(client, owner, slow, queue):
    table = [[*HEADER, "Mood"], *([*row, "fine"] for row in rows(3))]
    url = send(client, owner, xlsx_file([["Cover"]], table, titles=("Cover", "Tenants"))).url
    assert "Reading the file" in text(client.get(url))
    jobs.work_on_import(queue.pop())
    shown = text(client.get(url))
    assert "customers.xlsx, sheet Tenants" in shown
    assert "3 new and 0 changed, of 3 rows." in shown
    assert "Not read: “Mood”." in shown
    assert ImportBatch.objects.get().file is None
    client.post(url)
    assert len(written()) == 3


def test_a_large_workbook_that_cannot_be_read_says_why(client, owner, slow, queue):
    url = send(client, owner, xlsx_file([["Nothing"], ["here"]])).url
    jobs.work_on_import(queue.pop())
    shown = text(client.get(url))
    assert "The preview could not be prepared." in shown
    assert "No sheet of the workbook has a row with names such as" in shown
    assert 'id="continue"' not in shown
    assert ImportBatch.objects.get().file is None
    assert client.post(url).status_code == 409
    assert imports.waiting() == []


def test_a_large_workbook_that_is_hostile_is_refused_at_once(client, owner, slow, queue):
    bomb = with_part(xlsx_file([HEADER]), "xl/media/a", bytes(51 * 1024 * 1024))
    assert send(client, owner, bomb).status_code == 422
    assert queue == []


# Whatever happens to the worker


def test_a_killed_worker_is_followed_by_another_once_its_lease_is_over(owner, parts):
    batch = asked(owner, 5)
    imports._claim(batch.pk, lease := uuid4())
    imports._apply_part(batch.pk, lease)
    claim(batch, timezone.now() + dt.timedelta(seconds=30))
    jobs.continue_imports()
    jobs.work_on_import(batch.pk)
    assert written() == [700001, 700002]
    claim(batch, timezone.now() - dt.timedelta(seconds=1))
    jobs.continue_imports()
    assert written() == [700000 + n for n in range(1, 6)]
    assert now(batch).applied["tenants"] == 5
    assert Event.objects.filter(verb="added", object="tenant").count() == 5


def test_a_worker_that_lost_its_lease_writes_nothing_more(owner, parts):
    batch = asked(owner, 3)
    imports._claim(batch.pk, slow := uuid4())
    claim(batch, timezone.now() + dt.timedelta(seconds=30))
    with pytest.raises(imports.LeaseLost):
        imports._apply_part(batch.pk, slow)
    assert written() == []


def test_planning_that_takes_longer_than_its_lease_counts(owner):
    """Of two workers the first to finish is right; otherwise each would take the other's work away."""
    batch = imports.keep_batch(sheet=read(csv_file(*rows(2), header=HEADER)), file_name="a.csv", by=owner)
    imports._claim(batch.pk, uuid4())
    claim(batch, timezone.now() + dt.timedelta(seconds=30))
    imports._plan(batch.pk)
    assert now(batch).state == State.PLANNED
    with pytest.raises(imports.LeaseLost):
        imports._plan(batch.pk)
    assert batch.planned_rows.count() == 2


def test_a_part_that_fails_halfway_is_not_written(owner, parts, monkeypatch):
    batch = asked(owner, 3)
    with monkeypatch.context() as patch:
        patch.setattr(record_imports, "_write_services", lambda todo: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            jobs.work_on_import(batch.pk)
    assert written() == []
    assert imports.waiting() == [batch.pk]
    jobs.continue_imports()
    assert written() == [700001, 700002, 700003]


def test_what_fails_again_and_again_stops_and_is_continued_by_hand(client, owner, parts, monkeypatch):
    batch = asked(owner, 3)
    client.force_login(owner)
    url = reverse("import_preview", args=[batch.pk])
    write = record_imports.write_records
    calls = []

    def fail_after_the_first(todo, by):
        calls.append(todo)
        return write(todo, by) if len(calls) == 1 else 1 / 0

    with monkeypatch.context() as patch:
        kind = imports.KINDS["records"]
        patch.setitem(imports.KINDS, "records", replace(kind, write=fail_after_the_first))
        for _ in range(imports.MOST_ATTEMPTS):
            with pytest.raises(ZeroDivisionError):
                jobs.work_on_import(batch.pk)
        jobs.work_on_import(batch.pk)
    assert imports.waiting() == []
    shown = text(client.get(url))
    assert "Stopped after 2 of 3 rows." in shown
    assert "Ask an administrator" in shown
    assert client.post(url).status_code == 302
    assert written() == [700001, 700002, 700003]
    assert "3 new tenants" in text(client.get(url))


def test_an_upload_of_before_the_upgrade_is_planned_by_the_next_round(client, owner):
    kept = [{"line": 2, "values": {"customer": "Kunde", "tpid": "700001"}}]
    batch = ImportBatch.objects.create(uploaded_by=owner, file_name="old.csv", rows=kept)
    client.force_login(owner)
    assert "Preparing the preview" in text(client.get(reverse("import_preview", args=[batch.pk])))
    jobs.continue_imports()
    assert "1 of 1 row is refused" in text(client.get(reverse("import_preview", args=[batch.pk])))


# Whoever presses, and whoever may no longer


def test_pressing_twice_applies_once(client, owner, parts, queue):
    url = upload(client, owner, 3)
    jobs.work_on_import(queue.pop())
    client.post(url)
    client.post(url)
    for batch in queue:
        jobs.work_on_import(batch)
    client.post(url)
    assert Event.objects.filter(verb="added", object="tenant").count() == 3
    assert ImportBatch.objects.get().applied["tenants"] == 3


def test_who_lost_the_right_in_the_meantime_writes_nothing_more(client, owner, parts):
    batch = asked(owner, 5)
    imports._claim(batch.pk, lease := uuid4())
    imports._apply_part(batch.pk, lease)
    ImportBatch.objects.update(lease=None, lease_until=None)
    owner.groups.clear()
    jobs.work_on_import(batch.pk)
    assert written() == [700001, 700002]
    found = now(batch)
    assert (found.state, found.done, found.problem) == (State.STOPPED, 2, imports.NOT_ANY_MORE)
    with pytest.raises(Refused, match="no longer"):
        imports.request_apply(batch_id=batch.pk, by=type(owner).objects.get(pk=owner.pk))
    owner.groups.add(Group.objects.get(name="FastTrack Manager"))
    imports.apply(batch=batch, by=type(owner).objects.get(pk=owner.pk))
    assert len(written()) == 5


def test_an_account_that_was_switched_off_imports_nothing_more(owner, parts):
    batch = asked(owner, 3)
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    jobs.work_on_import(batch.pk)
    assert (written(), now(batch).state) == ([], State.STOPPED)


def test_rows_of_a_tenant_that_the_uploader_left_are_left_out(owner, engagement):
    tenant = engagement.tenant
    row = [tenant.customer.name, tenant.customer.tpid, tenant.name, tenant.guid, "new.example", ""]
    sheet = read(csv_file(row, *rows(1), header=HEADER))
    batch = imports.keep_batch(sheet=sheet, file_name="customers.csv", by=owner)
    imports.work(batch_id=batch.pk)
    Assignment.objects.filter(user=owner).delete()
    done = imports.apply(batch=batch, by=owner)
    assert (done["tenants"], done["changed_since"]) == (1, 1)
    assert "you are not assigned there" in batch.planned_rows.get(outcome="left-out").reasons[0]
    tenant.refresh_from_db()
    assert tenant.domain != "new.example"


# Who gets tenants without a FastTrack Manager


def assigned(by) -> set[str]:
    rows = Assignment.objects.filter(user=by, role__name="FastTrack Manager", primary=True)
    return set(rows.filter(tenant__guid__in=[guid(n) for n in range(1, 9)]).values_list("tenant__name", flat=True))


def test_a_few_new_tenants_of_a_fasttrack_manager_become_their_own(stranger, parts):
    batch = planned(stranger, 3)
    assert batch.options["unowned"] == ME
    imports.apply(batch=batch, by=stranger)
    assert assigned(stranger) == {"Mandant 1", "Mandant 2", "Mandant 3"}
    assert Customer.objects.editable_by(stranger).filter(tpid__gte=700000).count() == 3


def test_many_new_tenants_are_left_to_the_team_managers(stranger, manager, parts, monkeypatch):
    """The choice is settled once for the whole file, also where its parts have few tenants."""
    monkeypatch.setattr(team, "FEW", 2)
    batch = planned(stranger, 3)
    assert batch.options["unowned"] == NO_ONE
    assert {row.state for row in batch.planned_rows.all()} == {"new"}
    imports.apply(batch=batch, by=stranger)
    assert Tenant.objects.filter(guid=guid(3)).exists()
    assert not Tenant.objects.visible_to(stranger).filter(guid=guid(3)).exists()
    assert Tenant.objects.visible_to(manager).filter(guid=guid(3)).exists()


def test_the_preview_asks_a_fasttrack_manager_and_takes_no_one_yet(client, stranger):
    url = upload(client, stranger, 2)
    shown = text(client.get(url))
    assert "No row names a FastTrack Manager for 2 new tenants." in shown
    assert "Ben as primary FastTrack Manager" in shown
    assert client.post(url, {"do": "options", "unowned": NO_ONE}).status_code == 302
    shown = text(client.get(url))
    assert "Ben as primary FastTrack Manager" not in shown
    client.post(url)
    assert Assignment.objects.filter(user=stranger).count() == 0
    assert "2 new tenants have no FastTrack Manager yet. Team managers can assign one." in text(client.get(url))


def test_the_preview_asks_a_team_manager_and_takes_me(client, manager):
    url = upload(client, manager, 2)
    assert "Joana as primary FastTrack Manager" not in text(client.get(url))
    client.post(url, {"do": "options", "unowned": ME})
    assert "Joana as primary FastTrack Manager" in text(client.get(url))
    client.post(url)
    assert assigned(manager) == {"Mandant 1", "Mandant 2"}
    assert "have no FastTrack Manager" not in text(client.get(url))


def test_a_tenant_whose_fasttrack_manager_a_row_names_is_not_asked_for(client, manager, stranger):
    row = [*rows(1)[0], "ben", "FastTrack Manager", "yes"]
    sheet = read(csv_file(row, header=[*HEADER, "User", "Role", "Primary"]))
    batch = imports.keep_batch(sheet=sheet, file_name="a.csv", by=manager, options=ImportOptions(unowned=ME))
    imports.work(batch_id=batch.pk)
    assert now(batch).counts["unowned"] == 0
    client.force_login(manager)
    assert "Update preview" not in text(client.get(reverse("import_preview", args=[batch.pk])))
    imports.apply(batch=batch, by=manager)
    assert (assigned(stranger), assigned(manager)) == ({"Mandant 1"}, set())


def test_a_choice_made_just_before_applying_is_shown_first(client, stranger):
    url = upload(client, stranger, 1)
    form = {"seen": ImportBatch.objects.get().fingerprint, "unowned": NO_ONE}
    assert "The preview now follows your choice." in text(client.post(url, form, follow=True))
    assert written() == []
    client.post(url, form | {"seen": ImportBatch.objects.get().fingerprint})
    assert written() == [700001]
    assert not Assignment.objects.filter(user=stranger).exists()


def test_a_choice_that_is_none_is_asked_again(client, stranger):
    url = upload(client, stranger, 1)
    for do in ("options", ""):
        answer = client.post(url, {"do": do, "unowned": "everybody"})
        assert answer.status_code == 422
        assert "Choose who these tenants are assigned to." in text(answer)
    assert written() == []


def test_options_are_not_changed_once_it_is_being_applied(owner, parts):
    batch = asked(owner, 3)
    with pytest.raises(Refused, match="being imported already"):
        imports.choose(batch_id=batch.pk, by=owner, options=ImportOptions(NO_ONE))


def test_options_chosen_while_it_is_planned_are_planned_for(owner, monkeypatch):
    batch = imports.keep_batch(sheet=read(csv_file(*rows(2), header=HEADER)), file_name="a.csv", by=owner)
    kind = imports.KINDS["records"]
    choices = [ImportOptions(NO_ONE)]

    def plan(*args, **kw):
        if choices:
            imports.choose(batch_id=batch.pk, by=owner, options=choices.pop())
        return kind.plan(*args, **kw)

    monkeypatch.setitem(imports.KINDS, "records", replace(kind, plan=plan))
    imports.work(batch_id=batch.pk)
    assert now(batch).options["unowned"] == NO_ONE
    assert not any("Ana" in news for row in batch.planned_rows.all() for news in row.news)


def test_options_of_another_version_are_passed_over():
    assert ImportOptions.from_stored({"unowned": ME, "later": 1}) == ImportOptions(ME)
    assert ImportOptions.from_stored({}) == ImportOptions()


# How long it stays


def test_plans_are_forgotten_with_their_uploads_but_not_while_they_are_applied(owner, settings, parts):
    settings.IMPORTS_KEPT = dt.timedelta(days=5)
    old, busy, young = planned(owner, 1), asked(owner, 2), planned(owner, 3)
    ago = timezone.now() - dt.timedelta(days=5, minutes=1)
    ImportBatch.objects.filter(pk__in=[old.pk, busy.pk]).update(uploaded_at=ago)
    ImportBatch.objects.filter(pk=young.pk).update(uploaded_at=ago + dt.timedelta(minutes=2))
    jobs.forget_old_uploads()
    assert set(ImportBatch.objects.all()) == {busy, young}
    assert set(ImportRow.objects.values_list("batch", flat=True)) == {busy.pk, young.pk}
