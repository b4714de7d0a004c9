"""Personal data of a contact: looked at, handed out, erased; notes are changed by nothing else (DESIGN §5, R50)."""

import json

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.urls import reverse
from django.utils import timezone

from engagements.mentions import PLACES
from engagements.models import AdoptionRecord, Contact, ContactRevision, Event, Redaction, Tenant
from engagements.models.contacts import ERASED
from engagements.redacting import INSTEAD
from engagements.services import conditions, contacts, steps
from engagements.walk import load_walk
from tests import factories as make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def priya(engagement, owner):
    contact = make.ContactFactory(customer=engagement.tenant.customer, name="Priya Raman", email="priya@north.example")
    contacts.change_contact(contact=contact, by=owner, title="CIO", phone="+351 210 001 122")
    contact.refresh_from_db()
    return contact


@pytest.fixture
def note(engagement, owner):
    return make.NoteFactory(engagement=engagement, author=owner, body="Priya Raman wants two trainers.")


@pytest.fixture
def at(engagement, priya):
    return lambda name: reverse(f"contact_{name}", args=[engagement.pk, priya.pk])


@pytest.fixture
def erase(client, manager, at):
    """Confirms what the page proposes, with some texts changed."""

    def post(basis="Asked for by mail on 3 May", **texts):
        client.force_login(manager)
        proposed = client.get(at("erase")).context["form"]
        given = {field.name: field.value() for _, field in proposed.rows}
        return client.post(at("erase"), given | {"basis": basis} | texts)

    return post


def text(response):
    return " ".join(response.content.decode().split())


# Handing it out -----------------------------------------------------------------------------------------


def test_the_file_holds_everything_that_is_kept(client, manager, engagement, owner, priya, note, at):
    row = engagement.tenant.services.first()
    make.AdoptionRecordFactory(tenant_service=row, success_owner=priya, training_text="Priya Raman trains")
    make.ReferralFactory(engagement=engagement, ready=True, contact=priya, approved_by=priya)
    make.NextActionFactory(engagement=engagement, owner=owner, text="Call Priya Raman")
    make.NoteFactory(engagement=engagement, body="Nothing about anybody")
    client.force_login(manager)
    answer = client.get(at("export"))
    assert answer["Content-Disposition"] == f'attachment; filename="contact-{priya.pk}.json"'
    kept = json.loads(answer.content)
    assert kept["contact"]["email"] == "priya@north.example"
    assert kept["stands_for"] == [f"Success owner of {row.service.label} at Northwind Traders"]
    assert kept["referrals"][0]["as"] == ["named to the partners", "approved sharing personal data"]
    assert "Priya Raman" in kept["mails"][0]["text"]
    assert [row["text"] for row in kept["notes"]] == [note.body]
    assert {row["text"] for row in kept["other_texts"]} == {"Call Priya Raman", "Priya Raman trains"}
    assert kept["history"][0]["before"] == {"title": "", "phone": ""}
    shown = text(client.get(at("data")))
    assert "Priya Raman wants two trainers." in shown
    assert "Call Priya Raman" in shown


def test_another_customers_texts_are_not_among_it(client, manager, priya, at):
    make.NoteFactory(body="Priya Raman of elsewhere")
    client.force_login(manager)
    assert json.loads(client.get(at("export")).content)["notes"] == []


def test_only_who_answers_such_requests_sees_it(client, owner, partner, stranger, at):
    for user, answer in ((owner, 403), (partner, 403), (stranger, 404)):
        client.force_login(user)
        assert {client.get(at(name)).status_code for name in ("data", "export", "erase")} == {answer}


# Erasing ------------------------------------------------------------------------------------------------


def test_the_page_shows_what_goes_and_proposes_a_text_for_every_note(client, manager, engagement, priya, note, at):
    make.AdoptionRecordFactory(tenant_service=engagement.tenant.services.first(), success_owner=priya)
    other = make.NoteFactory(engagement=engagement, body="Priya from finance joined.")
    client.force_login(manager)
    page = client.get(at("erase"))
    assert "nobody stands there afterwards" in text(page)
    assert [(row.pk, field.value()) for row, field in page.context["form"].rows] == [
        (note.pk, f"{INSTEAD} wants two trainers."),
        (other.pk, f"{INSTEAD} from finance joined."),
    ]
    assert not Redaction.objects.exists()


def test_the_contact_becomes_an_empty_row_and_its_ids_keep_working(erase, engagement, priya, client, manager):
    row = engagement.tenant.services.first()
    make.AdoptionRecordFactory(tenant_service=row, success_owner=priya)
    Tenant.objects.filter(pk=engagement.tenant_id).update(csm=priya)
    referral = make.ReferralFactory(engagement=engagement, ready=True, contact=priya, approved_by=priya)
    assert erase().status_code == 302
    priya.refresh_from_db()
    assert (priya.name, priya.email, priya.phone, priya.title) == (ERASED, "", "", "")
    assert priya.erased_at
    assert AdoptionRecord.objects.get(pk=row.pk).success_owner is None
    assert Tenant.objects.get(pk=engagement.tenant_id).csm is None
    referral.refresh_from_db()
    assert (referral.approved_by, referral.mail_subject, referral.mail_body) == (priya, "", "")
    assert not ContactRevision.objects.exists()
    told = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "erased the personal data of a contact" in told
    assert "Priya" not in told
    assert "Priya" not in text(client.get(reverse("engagement_contacts", args=[engagement.pk])))
    assert client.get(reverse("contact_data", args=[engagement.pk, priya.pk])).status_code == 404


def test_notes_say_exactly_what_was_confirmed(client, erase, engagement, manager, note):
    part = make.NoteFactory(engagement=engagement, body="Priya from finance joined.")
    answer = erase(**{f"note-{note.pk}": "The CIO wants two trainers.", f"note-{part.pk}": part.body})
    assert answer.status_code == 302
    note.refresh_from_db()
    part.refresh_from_db()
    assert note.body == "The CIO wants two trainers."
    assert part.body == "Priya from finance joined."  # somebody else of that name
    redaction = Redaction.objects.get()
    assert (redaction.note, redaction.body, redaction.by) == (note, note.body, manager)
    shown = text(client.get(reverse("note_detail", args=[engagement.pk, note.pk])))
    assert "Redacted</span> Today: Asked for by mail on 3 May" in shown


def test_a_text_that_still_names_the_person_or_says_nothing_is_refused(erase, priya, note):
    answer = erase(**{f"note-{note.pk}": "priya raman wants them"})
    assert answer.status_code == 422
    assert "This text still names the person." in text(answer)
    assert "priya raman wants them" in text(answer)
    assert "A note cannot be empty." in text(erase(**{f"note-{note.pk}": " "}))
    assert "Say on what basis" in text(erase(basis=" "))
    priya.refresh_from_db()
    assert (priya.name, Redaction.objects.count()) == ("Priya Raman", 0)


def test_a_note_that_was_written_meanwhile_is_looked_at_first(client, manager, engagement, owner, priya, at):
    client.force_login(manager)
    client.get(at("erase"))
    make.NoteFactory(engagement=engagement, author=owner, body="Priya Raman called back.")
    answer = client.post(at("erase"), {"basis": "Asked for by mail"})
    assert answer.status_code == 422
    assert "Priya Raman called back." in text(answer)
    assert Contact.objects.get(pk=priya.pk).name == "Priya Raman"


def test_every_other_text_loses_the_name_and_receipts_prove_themselves_all_the_same(
    erase, engagement, owner, priya, note
):
    make.ConditionFactory(edition=engagement.edition, key="wanted")
    step = make.StepFactory(process__edition=engagement.edition, slug="meet")
    line = make.RequirementFactory(step=step, checks=["attest"])
    at = {"engagement_id": engagement.pk, "by": owner, "today": TODAY}
    conditions.answer_condition(**at, key="wanted", said="yes", why="Priya Raman wants it")
    steps.state_line(**at, step_key=step.key, requirement=line.pk, text="Priya Raman was there")
    steps.complete_step(**at, step_key=step.key)
    action = make.NextActionFactory(engagement=engagement, owner=owner, text="Call priya@north.example")
    erase()
    action.refresh_from_db()
    assert action.text == f"Call {INSTEAD}"
    place = load_walk(engagement.pk, TODAY).place(step.key)
    assert place.run.evidence_rows[0].text == f"{INSTEAD} was there"
    assert place.receipt.gate_input["outputs"][0]["proofs"][0]["text"] == f"{INSTEAD} was there"
    assert place.verdict.passed
    assert "Priya" not in str(list(Event.objects.values_list("before", "after")))


def test_a_second_person_leaves_nothing_of_the_first_redaction(client, erase, manager, engagement, priya):
    second = make.ContactFactory(customer=priya.customer, name="Bo Lindqvist")
    note = make.NoteFactory(engagement=engagement, body="Priya Raman met Bo Lindqvist.")
    erase()
    url = reverse("contact_erase", args=[engagement.pk, second.pk])
    client.post(url, {"basis": "Asked for", f"note-{note.pk}": "Two people met."})
    assert list(Redaction.objects.values_list("body", flat=True)) == ["Two people met."] * 2


def test_it_works_where_the_engagement_is_closed(erase, engagement, note):
    type(engagement).objects.filter(pk=engagement.pk).update(status="closed", closed_on=TODAY)
    assert erase().status_code == 302
    note.refresh_from_db()
    assert note.body == f"{INSTEAD} wants two trainers."


def test_the_basis_names_nobody(erase, note):
    erase(basis="Mail of Priya Raman, 3 May")
    assert Redaction.objects.get().basis == f"Mail of {INSTEAD}, 3 May"


def test_an_erased_contact_stays_empty_in_the_database(erase, priya):
    erase()
    with pytest.raises(IntegrityError), transaction.atomic():
        Contact.objects.filter(pk=priya.pk).update(email="priya@north.example")


# Nothing is forgotten -----------------------------------------------------------------------------------

# Texts that name no person of a customer, or are taken care of by name.
ELSEWHERE = {
    "Contact": "the person itself",
    "ContactRevision": "deleted",
    "Note": "looked at one by one",
    "EngagementSummary": "drawn anew",
    "NoteWords": "written anew",
    **dict.fromkeys(("ImportBatch", "ImportRow"), "forgotten after a while"),
    "ReferralTemplate": "names nobody",
    "HistoricalReferralTemplate": "names nobody",
    **dict.fromkeys(
        (
            f"{history}{name}"
            for history in ("", "Historical")
            for name in ("CadenceRule", "CadenceInterval", "AgendaItem", "NoteGuide", "NoteTemplate")
        ),
        "an admin's words for every customer",
    ),
    "AuditEntry": "ids, codes and names of groups; no contact has a part in it",
    "BulkChange": "what is said is in the engagements, and is dropped here with the last of them",
    "Sweep": "the words of a mail server",
}
LONG = 150


def test_every_text_that_people_write_has_its_place():
    known = {(place.model.__name__, name) for place in PLACES for name in place.fields}
    forgotten = []
    for model in apps.get_app_config("engagements").get_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, (models.CharField, models.TextField, models.JSONField)) or field.choices:
                continue
            is_long = not field.max_length or field.max_length >= LONG
            name = (model.__name__, field.name)
            if is_long and model.__name__ not in ELSEWHERE and name not in known | NAMES:
                forgotten.append(name)
    assert forgotten == []


# Names and keys of other things.
NAMES = {
    *((model, name) for model in ("Customer", "Tenant") for name in ("name", "name_folded")),
    ("Tenant", "domain"),
    *(("Partner", name) for name in ("name", "name_folded")),
    ("ReferralPartner", "name"),
    ("Event", "object"),
    ("NoteDraft", "place"),
    ("EnterpriseStatus", "reasons"),
    ("Receipt", "step_key"),
    ("Redaction", "body"),
    *(("Referral", name) for name in ("mail_subject", "mail_body")),
    *(("User", name) for name in ("username", "first_name", "last_name", "email", "folded")),
}


def test_a_guard_stands_on_this_database():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger")
        assert "notes_are_immutable" in {row[0] for row in cursor.fetchall()}
