"""A saved note stays as it was written: in the code, and held by the database itself (R50)."""

import pytest
from django.contrib.admin.sites import site
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError, QuerySet
from django.urls import reverse
from django.utils import timezone

from engagements.models import Note, NoteWords, Redaction
from engagements.querysets import Immutable
from engagements.services.locking import lock_tenant, write
from tests import factories as make


@pytest.fixture
def teams(db):
    return make.ServiceFactory(name="Teams")


@pytest.fixture
def note(engagement, owner, teams):
    return make.NoteFactory(engagement=engagement, author=owner, services=[teams], body="Priya wants two trainers.")


def in_the_database(note) -> QuerySet:
    """The rows without what the code says about notes."""
    return QuerySet(Note).filter(pk=note.pk)


@pytest.mark.parametrize("change", [{"body": "Something else"}, {"category": "migration"}, {"escalated": True}])
def test_nothing_of_a_note_changes(note, change):
    with pytest.raises(Immutable):
        Note.objects.filter(pk=note.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        in_the_database(note).update(**change)
    for name, value in change.items():
        setattr(note, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        note.save()


def test_no_note_is_deleted(note):
    for delete in (note.delete, Note.objects.filter(pk=note.pk).delete, note.engagement.notes.all().delete):
        with pytest.raises(Immutable, match="Write a new one that corrects it"):
            delete()
    NoteWords.objects.all().delete()
    for row in (Note.services.through.objects, in_the_database(note)):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.all()._raw_delete("default")


def test_sql_by_hand_is_refused_too(note):
    for statement in ("DELETE FROM engagements_note", "UPDATE engagements_note SET body = 'Else'"):
        with pytest.raises(IntegrityError, match="A note is never"), transaction.atomic():
            connection.cursor().execute(statement)
    assert Note.objects.get().body == "Priya wants two trainers."


def test_its_services_stay(note, teams):
    other = make.ServiceFactory(name="Exchange")
    for change in (
        lambda: note.services.add(other),
        lambda: note.services.remove(teams),
        lambda: note.services.clear(),
        lambda: Note.services.through.objects.update(service=other),
    ):
        with pytest.raises(IntegrityError, match="services of a saved note"), transaction.atomic():
            change()
    assert list(note.services.all()) == [teams]


@write
def redact(note, body: str) -> None:
    lock_tenant(note.engagement.tenant_id)
    Note.objects.filter(pk=note.pk).redact(body)


def test_the_database_takes_exactly_the_text_of_a_redaction(note, manager):
    values = {"basis": "Asked for", "at": timezone.now(), "by": manager}
    Redaction.objects.create(note=note, body="Somebody wants two trainers.", **values)
    Redaction.objects.create(note=make.NoteFactory(), body="Of another note", **values)
    for body in ("Somebody wants two trainers", "Of another note"):
        with pytest.raises(IntegrityError):
            redact(note, body)
    redact(note, "Somebody wants two trainers.")


def test_what_a_note_belongs_to_stays_with_it(note, engagement):
    for thing in (engagement, note.author):
        with pytest.raises(ProtectedError):
            thing.delete()


def test_the_admin_says_why_a_customer_with_notes_stays(client, admin, note, engagement):
    client.force_login(admin)
    customer = engagement.tenant.customer
    html = client.post(reverse("admin:engagements_customer_delete", args=[customer.pk]), {"post": "yes"}).content
    assert "Its engagements are kept for good, with every note written in them." in html.decode()
    assert type(customer).objects.filter(pk=customer.pk).exists()
    assert not site.get_model_admin(Note).has_delete_permission(None, note)
    assert client.get(reverse("admin:engagements_engagement_delete", args=[engagement.pk])).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_tests_that_commit_leave_nothing_behind():
    make.NoteFactory()
    assert Note.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_guards_stand_again_after_them():
    note = make.NoteFactory()
    with pytest.raises(IntegrityError):
        in_the_database(note)._raw_delete("default")
