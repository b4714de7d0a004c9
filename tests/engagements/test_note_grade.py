"""A Service Intent note is graded while it is typed, and a poor one is not saved (H1 to H11)."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Note
from engagements.services import notes
from engagements.services.refusals import Refused
from tasks.models import Service
from tests import factories as make

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
GREAT = "The customer is unable to deploy Teams because of the proxy; an upgrade is planned for August."
AT_MOST = 13  # queries


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def l2(db):
    make.StatusReasonFactory(name="Customer IT Infrastructure, Remediation")


@pytest.fixture
def asked(client, owner, engagement):
    """Asks for the grade as the composer does, and gives what it answers as text."""
    client.force_login(owner)
    url = reverse("note_grade", args=[engagement.pk])

    def ask(body, category="service-intent", **more):
        return client.post(url, {"category": category, "body": body, **more})

    return ask


def teams():
    return Service.objects.get(name="Teams")


def text(response):
    return " ".join(response.content.decode().split())


def test_a_status_word_is_poor_in_words_with_its_reason(asked):
    said = text(asked("In Progress", services=teams().pk))
    assert "<strong>Poor.</strong>" in said
    assert "A status word alone says nothing. Say what the customer does or plans with Teams, and why." in said
    assert "It cannot be saved as intent." in said


def test_a_good_one_is_great_and_leads_to_the_status_of_the_service(asked, engagement):
    said = text(asked(GREAT, services=teams().pk))
    assert "<strong>Great.</strong>" in said
    assert "Clear words: “unable”." in said
    assert "<strong>Blocked, Customer IT Infrastructure, Remediation</strong>" in said
    assert "The note says “unable” and “proxy”." in said
    assert "The record says Status Unknown." in said
    services, pk = reverse("engagement_services", args=[engagement.pk]), teams().pk
    assert f'href="{services}?edit={pk}#service-{pk}"' in said
    assert "Status of Exchange" not in said


def test_without_a_choice_it_is_for_all_services_in_scope(asked):
    said = text(asked(GREAT))
    assert "Status of Exchange" in said
    assert "Status of Teams" in said
    assert "One text for several services." in said


def written(by, service="Exchange", **values):
    return make.NoteFactory(
        category="service-intent", body=GREAT, author=by, services=[make.ServiceFactory(name=service)], **values
    )


def test_what_the_author_wrote_of_another_service_is_recognised(asked, engagement, owner):
    written(owner, engagement=engagement)
    said = text(asked(GREAT, services=teams().pk))
    assert "<strong>Marginal.</strong>" in said
    assert "The same text stands at Exchange." in said


def test_what_the_author_wrote_of_this_service_before_is_no_copy(asked, engagement, owner):
    written(owner, "Teams", engagement=engagement)
    assert "<strong>Great.</strong>" in text(asked(GREAT, services=teams().pk))


def test_what_a_colleague_or_another_tenant_wrote_is_not_held_against_it(asked, engagement, owner, colleague):
    written(colleague, engagement=engagement)
    written(owner)
    assert "<strong>Great.</strong>" in text(asked(GREAT, services=teams().pk))


def test_the_record_knows_whether_the_account_is_managed(asked, engagement):
    engagement.tenant.customer.account_managed = False
    engagement.tenant.customer.save()
    said = text(asked("Unresponsive: 3 mails to the IT manager, managed account."))
    assert "The record says that the account is unmanaged." in said


def test_a_meeting_gets_a_quiet_hint_and_no_grade(asked):
    said = text(asked("Kickoff meeting, all went well.", category="engagement-management"))
    assert "Notes of a meeting also list who attended, what was decided, the actions" in said
    assert "note-line" not in said
    answer = asked("Met with Priya. Decided to start in June.", category="engagement-management", next_action="Call")
    assert answer.status_code == 204


@pytest.mark.parametrize("category", ["technical-enablement", "migration", "nonsense", ""])
def test_other_categories_are_not_graded(asked, category):
    assert asked("In Progress", category=category).status_code == 204


def test_nothing_typed_is_not_graded_and_clears_what_stood_there(asked):
    assert asked("  ").status_code == 204
    cleared = asked("", graded="abc")
    assert (cleared.status_code, text(cleared)) == (200, "")


def test_the_same_answer_is_not_given_twice(asked):
    first = asked("In Progress")
    mark = first.context["grade"]["mark"]
    assert asked("in progress", graded=mark).status_code == 204
    assert asked(GREAT, graded=mark).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "x" * 300_000,
        "because " * 20_000,
        "\\",
        "%' OR 1=1 --",
        "🙂" * 5000,
        "a-" * 50_000,
        "[" * 50_000,
        "]( " * 20_000,
    ],
)
def test_whatever_is_typed_there_is_an_answer_soon(asked, body):
    answer = asked(body)
    assert answer.status_code == 200
    assert "<script>" not in text(answer)


def test_a_choice_of_another_engagement_or_of_nothing_is_passed_over(asked):
    elsewhere = make.ServiceFactory(name="Intune").pk
    for chosen in (elsewhere, "x", "9" * 30):
        assert "Intune" not in text(asked(GREAT, services=chosen))


def test_the_questions_asked_of_the_database_do_not_grow(asked, engagement, owner):
    def asks():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            asked(GREAT, services=teams().pk)
        return len(queries)

    few = asks()
    for _ in range(10):
        written(owner, engagement=engagement)
    assert asks() <= few + 1 <= AT_MOST  # one for the services of the notes that there are now


def test_a_stranger_finds_nothing_and_a_reader_is_refused(client, stranger, leader, engagement):
    url = reverse("note_grade", args=[engagement.pk])
    for who, status in ((stranger, 404), (leader, 403)):
        client.force_login(who)
        assert client.post(url, {"category": "service-intent", "body": GREAT}).status_code == status


# Saving -------------------------------------------------------------------------------------------------


def typed(body, **values):
    return {"token": str(uuid.uuid4()), "category": "service-intent", "body": body, **values}


def test_a_poor_note_is_not_saved_and_its_text_is_kept(client, owner, engagement):
    client.force_login(owner)
    answer = client.post(reverse("engagement_notes", args=[engagement.pk]), typed("In Progress"))
    assert answer.status_code == 422
    assert "Poor, so not saved as Service Intent. A status word alone says nothing." in text(answer)
    assert "In Progress</textarea>" in text(answer)
    assert not Note.objects.exists()


@pytest.mark.parametrize("body", [GREAT, "Unable to deploy."])
def test_a_marginal_or_great_note_is_saved(client, owner, engagement, body):
    client.force_login(owner)
    assert client.post(reverse("engagement_notes", args=[engagement.pk]), typed(body)).status_code == 302
    assert Note.objects.get().category == "service-intent"


def test_the_same_words_are_fine_in_another_category(client, owner, engagement):
    client.force_login(owner)
    page = reverse("engagement_notes", args=[engagement.pk])
    assert client.post(page, typed("In Progress", category="engagement-management")).status_code == 302


def test_the_service_refuses_too_by_the_names_of_the_services(engagement, owner):
    new = notes.NewNote(
        token=uuid.uuid4(), body="Teams: in progress", category="service-intent", services=(teams().pk,)
    )
    with pytest.raises(Refused, match="A status word alone") as refused:
        notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=NOON.date())
    assert refused.value.field == "body"


def test_at_a_step_the_poor_note_is_refused_with_the_ticks_kept(client, owner, engagement):
    step = make.StepFactory(process__edition=engagement.edition)
    line = make.RequirementFactory(step=step, checks=["note:service-intent"])
    client.force_login(owner)
    url = reverse("step_note", args=[engagement.pk, step.process.slug, step.slug])
    answer = client.post(url, typed("Blocked", documents=line.pk))
    assert answer.status_code == 422
    assert "Poor, so not saved as Service Intent." in text(answer)
    assert not Note.objects.exists()
    assert client.post(url, typed(GREAT, documents=line.pk)).status_code == 302
    assert Note.objects.get().documents.filter(requirement=line).exists()
