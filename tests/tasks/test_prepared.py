"""A prepared query answers what the same queryset would, and writes its SQL once."""

from datetime import date
from threading import Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagements.models import Assignment, NextAction
from tasks.models import Service
from tasks.prepared import prepared
from tests import factories as make

pytestmark = pytest.mark.django_db


@prepared
def services(ids):
    return Service.objects.filter(pk__in=ids).order_by("pk")


@prepared
def after(service):
    return Service.objects.filter(pk__gt=service).order_by("pk").values_list("name", flat=True)


@prepared
def due_by(day):
    return NextAction.objects.filter(due_on__lte=day)


@prepared
def team(user):
    return Assignment.objects.filter(user=user).select_related("role", "tenant__customer")


def test_it_answers_for_any_number_of_ids():
    made = make.ServiceFactory.create_batch(3)
    assert services(ids=[made[0].pk]) == made[:1]
    assert services(ids=[row.pk for row in made]) == made
    assert services(ids=[]) == []
    assert services(ids=[made[2].pk, *range(10**9, 10**9 + 2000)]) == made[2:]


def test_it_answers_what_is_there_when_it_is_asked():
    first = make.ServiceFactory()
    assert after(service=first.pk) == []
    second = make.ServiceFactory()
    assert after(service=first.pk) == [second.name]
    Service.objects.filter(pk=second.pk).update(name="Renamed")
    assert after(service=first.pk) == ["Renamed"]


def test_days_compare_as_days():
    action = make.NextActionFactory(due_on=date(2025, 3, 12))
    assert due_by(day=date(2025, 3, 12)) == [action]
    assert due_by(day=date(2025, 3, 11)) == []


def test_joined_rows_come_with_it():
    assignment = make.AssignmentFactory()
    team(user=assignment.user_id)
    with CaptureQueriesContext(connection) as queries:
        [found] = team(user=assignment.user_id)
        assert (found.role, found.tenant.customer) == (assignment.role, assignment.tenant.customer)
    assert len(queries) == 1


def test_the_query_is_written_once():
    written = []

    @prepared
    def named(name):
        written.append(name)
        return Service.objects.filter(name=name)

    rows = make.ServiceFactory.create_batch(2)
    assert [named(name=row.name) for row in rows] == [[row] for row in rows]
    assert len(written) == 1


def test_a_number_that_no_row_can_have_finds_none():
    make.ServiceFactory()
    assert services(ids=[10**20]) == after(service=10**20) == []


def test_nothing_is_asked_with_none():
    with pytest.raises(TypeError, match="service is None"):
        after(service=None)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no sessions")
@pytest.mark.parametrize("pooled", [False, True])
def test_postgresql_keeps_the_statement_where_it_keeps_the_session(monkeypatch, pooled):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", pooled)
    ask, row = prepared(lambda service: Service.objects.filter(pk=service)), make.ServiceFactory()
    with CaptureQueriesContext(connection) as queries:
        assert ask(service=row.pk) == [row]
        assert ask(service=row.pk) == [row]
    assert [query["sql"].startswith("EXECUTE") for query in queries] == [not pooled] * 2


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no sessions")
@pytest.mark.django_db(transaction=True)
def test_a_new_connection_knows_nothing_of_the_old_one():
    row = make.ServiceFactory()
    assert services(ids=[row.pk]) == [row]
    connection.close()
    assert services(ids=[row.pk]) == [row]


@pytest.mark.django_db(transaction=True)
def test_threads_ask_for_themselves():
    first, second = make.ServiceFactory.create_batch(2)
    answers = []

    def ask(service):
        answers.append((service, services(ids=[service.pk])))
        connection.close()

    threads = [Thread(target=ask, args=[service]) for service in (first, second) * 4]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(answers) == 8
    assert all(found == [service] for service, found in answers)
