"""A recap of a note: what the author sees, who may get it, how it leaves, and what is kept of it."""

import datetime as dt
import smtplib
import uuid

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Contact, Event
from engagements.services import recaps
from engagements.services.refusals import Refused
from tests import factories as make

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
BODY = (
    "# Kickoff\n\nAgreed on Teams, see the [deck](https://microsoft.sharepoint.com/x). Task 983 follows.\n\n"
    "> [!INTERNAL]\n> They hesitate.\n\n## FTC actions\n\n- ask the ATU"
)
AT_MOST = 32  # queries


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def _sends(settings):
    settings.SENDS_MAIL = True


def contact(engagement, name, **values):
    values = {"email": f"{name.split()[0].lower()}@northwind.example", **values}
    return make.ContactFactory(customer=engagement.tenant.customer, name=name, **values)


@pytest.fixture
def priya(engagement):
    return contact(engagement, "Priya Raman")


@pytest.fixture
def bo(engagement):
    return contact(engagement, "Bo Lindqvist", do_not_call=True, do_not_call_why="Asked to be left alone")


@pytest.fixture
def note(engagement, owner):
    return make.NoteFactory(engagement=engagement, body=BODY, author=owner, created_at=NOON)


@pytest.fixture
def page(engagement, note):
    return reverse("note_recap", args=[engagement.pk, note.pk])


def text(response):
    return " ".join(response.content.decode().split())


def typed(*people, **values):
    given = {"subject": "Recap", "body": "Hello", "how": "mail", "token": str(uuid.uuid4())}
    return {**given, "to": [one.pk for one in people], **values}


def test_the_draft_is_safe_and_what_was_taken_out_is_listed(client, owner, page, priya):
    client.force_login(owner)
    shown = client.get(page)
    form = shown.context["form"]
    assert form["subject"].value() == "Northwind Traders and FastTrack: recap of 21 May 2026"
    assert form["body"].value() == (
        "Hello,\n\nthis is what we noted on 21 May 2026.\n\nKickoff\n\nAgreed on Teams, see the deck. Task follows.\n\n"
        "Kind regards\nAna"
    )
    said = text(shown)
    for taken in ("They hesitate.", "FTC actions: ask the ATU", "deck (microsoft.sharepoint.com)", "Task 983"):
        assert f"<li>{taken}</li>" in said
    assert "Priya Raman" in said


def test_the_open_next_action_closes_the_mail(client, owner, engagement, note, page):
    action = make.NextActionFactory(engagement=engagement, note=note, text="Call about task 983", owner=owner)
    client.force_login(owner)
    assert "Next: Call about task, by 27 May 2026.\n\nKind regards" in client.get(page).context["form"]["body"].value()
    action.done_at = NOON
    action.save()
    assert "Next:" not in client.get(page).context["form"]["body"].value()


def test_who_may_not_get_it_is_shown_with_the_reason_and_without_an_address(client, owner, engagement, page, bo, priya):
    contact(engagement, "Pat Partner", kind="partner")
    contact(engagement, "Nameless", email="")
    contact(engagement, "Nils Berg", kind="microsoft")
    erased = contact(engagement, "Old Name")
    Contact.objects.filter(pk=erased.pk).update(name="Erased contact", email="", erased_at=NOON)
    client.force_login(owner)
    shown = client.get(page)
    people = {row["name"]: row["why"] for row in shown.context["people"]}
    assert people == {
        "Priya Raman": "",
        "Nils Berg": "",
        "Bo Lindqvist": "Do Not Call: Asked to be left alone.",
        "Nameless": "No e-mail address is known.",
        "Pat Partner": "Of a partner: what is shared with partners needs the customer's approval.",
    }
    assert "bo@northwind.example" not in text(shown)
    assert text(shown).count(" disabled ") == 3


def test_the_mail_is_sent_and_the_history_keeps_ids_alone(client, owner, engagement, note, page, priya):
    client.force_login(owner)
    answer = client.post(page, typed(priya, subject="Our  recap", body="Agreed on Teams."), follow=True)
    assert "The recap is sent." in text(answer)
    sent = mail.outbox[0]
    assert (sent.to, sent.subject, sent.body) == (["priya@northwind.example"], "Our recap", "Agreed on Teams.")
    assert sent.reply_to == ["ana@example.com"]
    event = Event.objects.get(verb=recaps.SENT)
    assert event.object == f"note:{note.pk}"
    assert event.after.keys() == {"contacts", "from_here", "token"}
    assert event.after["contacts"] == [priya.pk]
    history = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "sent a recap of a note to Priya Raman" in history
    assert "today, to Priya Raman, by Ana" in text(client.get(page))


def test_what_was_sent_by_hand_is_kept_without_a_mail(client, owner, page, priya):
    client.force_login(owner)
    assert "marked as sent" in text(client.post(page, typed(priya, how="marked"), follow=True))
    assert mail.outbox == []
    assert Event.objects.get(verb=recaps.SENT).after["from_here"] is False


def test_without_a_mail_server_nothing_is_sent_from_here(client, owner, page, priya, settings):
    settings.SENDS_MAIL = False
    client.force_login(owner)
    assert "Send the mail" not in text(client.get(page))
    client.post(page, typed(priya))
    assert mail.outbox == []


def test_a_double_click_sends_one_mail(client, owner, page, priya):
    client.force_login(owner)
    given = typed(priya)
    for _ in range(2):
        assert client.post(page, given).status_code == 302
    assert len(mail.outbox) == 1
    assert client.post(page, typed(priya)).status_code == 302
    assert len(mail.outbox) == 2


def test_somebody_who_must_not_be_called_gets_nothing_and_the_text_is_kept(client, owner, page, priya, bo):
    client.force_login(owner)
    answer = client.post(page, typed(priya, bo, body="Worded with care."))
    assert answer.status_code == 422
    assert "Bo Lindqvist gets no recap. Do Not Call: Asked to be left alone." in text(answer)
    assert "Worded with care.</textarea>" in text(answer)
    assert mail.outbox == []
    assert not Event.objects.filter(verb=recaps.SENT).exists()


def test_the_service_refuses_by_itself(note, owner, priya, bo):
    def send(*people, **values):
        given = {"subject": "Recap", "body": "Hello", "token": uuid.uuid4(), **values}
        recaps.send_recap(note_id=note.pk, contact_ids=[one.pk for one in people], by=owner, from_here=True, **given)

    for people, values, said in (
        ([bo], {}, "Bo Lindqvist gets no recap"),
        ([], {}, "Choose who"),
        ([make.ContactFactory(name="Elsewhere", email="a@x.org")], {}, "no contact of this customer"),
        ([priya], {"subject": " "}, "subject"),
        ([priya], {"body": " \n"}, "Nothing is left"),
        ([priya], {"body": "x" * 30_000}, "at most 20,000"),
        ([priya], {"body": "see https://microsoft.sharepoint.com/x"}, "“https://microsoft.sharepoint.com/x”"),
        ([priya], {"subject": "/engagements/4/"}, "“/engagements/4/”"),
    ):
        with pytest.raises(Refused, match=said):
            send(*people, **values)
    assert mail.outbox == []
    assert not Event.objects.filter(verb=recaps.SENT).exists()


def test_what_the_mail_server_refuses_leaves_no_trace(client, owner, page, priya, monkeypatch):
    def refuse(*args, **kw):
        raise smtplib.SMTPException("no relay")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    client.force_login(owner)
    answer = client.post(page, typed(priya))
    assert answer.status_code == 422
    assert "The mail server did not take the mail (no relay)." in text(answer)
    assert not Event.objects.filter(verb=recaps.SENT).exists()


@pytest.mark.parametrize(
    "wrong", [{"to": []}, {"to": ["x"]}, {"to": ["9" * 30]}, {"token": "x"}, {"subject": ""}, {"body": "x" * 300_000}]
)
def test_bad_input_gets_a_sentence(client, owner, page, priya, wrong):
    client.force_login(owner)
    answer = client.post(page, {**typed(priya), **wrong})
    assert answer.status_code == 422
    assert mail.outbox == []


def test_the_link_to_the_mail_program_is_bounded(client, owner, engagement, page, priya):
    client.force_login(owner)
    assert client.get(page).context["mailto_fits"]
    long = make.NoteFactory(engagement=engagement, body="word " * 2000)
    shown = client.get(reverse("note_recap", args=[engagement.pk, long.pk]))
    assert not shown.context["mailto_fits"]
    assert len(shown.context["mailto"]) < 500


@pytest.mark.parametrize("category", ["service-intent", "enterprise-status"])
def test_a_note_for_colleagues_has_no_recap(client, owner, engagement, priya, category):
    note = make.NoteFactory(engagement=engagement, category=category, body="No intent because of Slack.")
    page = reverse("note_recap", args=[engagement.pk, note.pk])
    client.force_login(owner)
    shown = client.get(page)
    assert "No recap of this note" in text(shown)
    assert "Slack" not in text(shown)
    assert client.post(page, typed(priya)).status_code == 422
    with pytest.raises(Refused, match="for Microsoft colleagues only"):
        recaps.send_recap(
            note_id=note.pk,
            contact_ids=[priya.pk],
            subject="Recap",
            body="Hello",
            by=owner,
            token=uuid.uuid4(),
            from_here=True,
        )
    assert mail.outbox == []
    for place in (
        reverse("note_detail", args=[engagement.pk, note.pk]),
        reverse("engagement_notes", args=[engagement.pk]),
    ):
        assert page not in text(client.get(place))


def test_a_page_that_recognized_nothing_says_what_it_checked_and_what_not(client, owner, engagement):
    note = make.NoteFactory(engagement=engagement, body="They do not trust their CIO.")
    client.force_login(owner)
    said = text(client.get(reverse("note_recap", args=[engagement.pk, note.pk])))
    assert "No internal heading, notice, mark, address, task number or mention was recognized." in said
    assert "What the sentences say was not checked" in said


@pytest.mark.parametrize(
    "pasted", ["## internal\nThey hesitate.", "Nur intern: they hesitate.", "They hesitate (MS only)."]
)
def test_what_is_marked_as_internal_is_refused_in_the_mail_too(client, owner, page, priya, pasted):
    client.force_login(owner)
    answer = client.post(page, typed(priya, body=f"Hello,\n\n{pasted}\n\nAna"))
    assert answer.status_code == 422
    assert "Customers cannot open or should not read" in text(answer)
    assert "hesitate." in text(answer)
    assert mail.outbox == []


def test_the_way_to_it_stands_at_the_note_and_in_the_list(client, owner, partner, leader, engagement, note, page):
    places = [reverse("note_detail", args=[engagement.pk, note.pk]), reverse("engagement_notes", args=[engagement.pk])]
    for who, seen in ((owner, True), (partner, False), (leader, False)):
        client.force_login(who)
        assert all((f'href="{page}"' in text(client.get(place))) is seen for place in places)


def test_partners_and_readers_are_refused_and_strangers_find_nothing(
    client, partner, leader, stranger, owner, engagement, page, priya
):
    for who, status in ((partner, 403), (leader, 403), (stranger, 404)):
        client.force_login(who)
        assert client.get(page).status_code == status
        assert client.post(page, typed(priya)).status_code == status
    client.force_login(owner)
    assert client.get(reverse("note_recap", args=[engagement.pk, make.NoteFactory().pk])).status_code == 404


def test_the_questions_asked_of_the_database_do_not_grow(client, owner, engagement, page, priya):
    client.force_login(owner)
    client.get(page)

    def asks():
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        return len(queries)

    few = asks()
    for n in range(10):
        contact(engagement, f"Person{n}")
    assert asks() == few <= AT_MOST


def test_nothing_of_a_person_stays_after_their_contact_is_erased(client, owner, engagement, page, priya):
    client.force_login(owner)
    client.post(page, typed(priya, body="Dear Priya Raman"))
    Contact.objects.filter(pk=priya.pk).update(name="Erased contact", email="", erased_at=NOON)
    for event in Event.objects.all():
        assert "Raman" not in f"{event.before} {event.after} {event.object}"
    assert "Priya" not in text(client.get(reverse("engagement_history", args=[engagement.pk])))
