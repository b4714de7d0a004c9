"""Queries asked together answer what each answers alone, in one statement."""

from datetime import date

import pytest
from django.db.models import DecimalField, F
from django.db.models.functions import Cast

from engagements.models import AdoptionRecord, Note, Tenant, User
from tasks.models import Service
from tasks.prepared import prepared
from tasks.together import together
from tests import factories as make

pytestmark = pytest.mark.django_db


def notes(tenants):
    """Text, days with their hour, a UUID, a joined row and an order."""
    return Note.objects.filter(engagement__tenant__in=tenants).select_related("author").order_by("-pk")


def records(tenants):
    """Days, and columns that are empty."""
    return AdoptionRecord.objects.filter(tenant_service__tenant__in=tenants)


def services(tenants):
    """JSON, read from two columns."""
    rows = Service.objects.filter(kind="workload").annotate(same=F("aliases")).order_by("-pk")
    return rows.values_list("pk", "aliases", "same", named=True)


def people(tenants):
    """Yes and no, hours; nothing is bound to this one."""
    return User.objects.order_by("pk")


def sums(tenants):
    """Numbers that are no floating ones."""
    exact = Cast(F("seats"), DecimalField(max_digits=12, decimal_places=2))
    return Tenant.objects.filter(pk__in=tenants).annotate(exact=exact).values_list("pk", "exact")


ALL = (notes, records, services, people, sums)
ask = together(*ALL)


@pytest.fixture
def tenants():
    found = []
    for n in range(2):
        service = make.TenantServiceFactory(service__aliases=["One", f"“{n}”"])
        make.AdoptionRecordFactory(tenant_service=service, due_on=date(2025, 3, 12) if n else None)
        engagement = make.EngagementFactory(tenant=service.tenant)
        make.NoteFactory.create_batch(2, engagement=engagement, body='Zwölf Boxkämpfer\n"jagen" Viktor')
        found.append(service.tenant_id)
    return found


def plain(rows):
    """What rows hold, to be compared value by value."""
    return [tuple(row) if isinstance(row, tuple) else vars(row) | {"_state": None} for row in rows]


def test_together_they_answer_what_each_answers_alone(tenants):
    for ids in (tenants[:1], tenants, []):
        alone = [list(write(ids)) for write in ALL]
        assert [plain(rows) for rows in ask(tenants=ids)] == [plain(rows) for rows in alone]


def test_joined_rows_come_with_them(tenants, django_assert_num_queries):
    found, *_ = ask(tenants=tenants)
    with django_assert_num_queries(0):
        authors = [note.author.username for note in found]
    assert authors == [note.author.username for note in notes(tenants)]


def test_they_are_one_statement(tenants, django_assert_num_queries):
    ask(tenants=tenants)
    with django_assert_num_queries(1):
        ask(tenants=tenants)


def test_a_query_may_also_be_asked_alone(tenants):
    assert plain(prepared(notes)(tenants=tenants)) == plain(ask(tenants=tenants)[0])


def test_what_json_cannot_say_is_refused(monkeypatch):
    monkeypatch.setattr("tasks.together.NOT_JSON", {"PositiveIntegerField"})
    with pytest.raises(TypeError, match="PositiveIntegerField"):
        together(lambda ids: Tenant.objects.filter(pk__in=ids))(ids=[1])
