"""Every mail of the desk is made in one place and asks mail programs not to answer by themselves."""

import ast
import datetime as dt
import uuid

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from engagements.models import Customer
from engagements.outgoing_mail import HEADERS, desk_mail
from engagements.reminding import sending
from engagements.services import recaps, referrals
from fasttrack.accounts.mails import send_password_reset
from tests import factories as make
from tests.processes import ROOT

NOW = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
MAKERS = {"EmailMessage", "EmailMultiAlternatives", "send_mail", "send_mass_mail", "mail_admins", "mail_managers"}


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(NOW, tick=False):
        yield


def test_no_other_module_makes_a_mail():
    found = set()
    for app in ("engagements", "playbook", "tasks", "fasttrack"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    found |= {path.relative_to(ROOT).as_posix()} if name in MAKERS else set()
    assert found == {"engagements/outgoing_mail.py"}


def sends_reminders(engagement, owner):
    """One by itself, and two in the mail of a morning."""
    make.ReminderFactory(engagement=engagement, recipient=owner, send_at=timezone.now())
    sending.send_due(timezone.now())
    for _ in range(2):
        make.ReminderFactory(engagement=engagement, recipient=owner, send_at=timezone.now())
    sending.send_due(timezone.now())
    return 2


def sends_recap(engagement, owner):
    priya = make.ContactFactory(customer=engagement.tenant.customer, email="priya@example.com")
    note = make.NoteFactory(engagement=engagement, author=owner)
    given = {"subject": "Recap", "body": "Hello", "token": uuid.uuid4(), "from_here": True}
    recaps.send_recap(note_id=note.pk, contact_ids=[priya.pk], by=owner, **given)
    return 1


def sends_referral(engagement, owner):
    Customer.objects.update(account_managed=False)
    referral = make.ReferralFactory(engagement=engagement, ready=True, contact__email="priya@example.com")
    for _ in range(3):
        make.ReferralPartnerFactory(referral=referral)
    referrals.send_referral(referral_id=referral.pk, by=owner, today=NOW.date(), usual=3, from_here=True)
    return 1


# Module that makes mails → something that makes it send some.
def sends_password_reset(engagement, owner):
    """To an account that has an address and a password to forget."""
    owner.email = "owner@desk.example"
    owner.set_password("before")
    owner.save()
    return send_password_reset(owner.email)


SENDERS = {
    "engagements/reminding/mails.py": sends_reminders,
    "engagements/services/recaps.py": sends_recap,
    "engagements/services/referrals.py": sends_referral,
    "fasttrack/accounts/mails.py": sends_password_reset,
}


def test_every_sender_is_tried_below():
    found = set()
    for app in ("engagements", "fasttrack"):
        for path in (ROOT / app).rglob("*.py"):
            if "desk_mail(" in path.read_text() and path.name != "outgoing_mail.py":
                found.add(path.relative_to(ROOT).as_posix())
    assert found == set(SENDERS)


@pytest.mark.parametrize("sender", SENDERS)
def test_nobody_who_is_away_answers_a_mail_of_the_desk(sender, engagement, owner):
    number = SENDERS[sender](engagement, owner)
    assert len(mail.outbox) == number
    for message in mail.outbox:
        sent = message.message()
        assert (sent["Auto-Submitted"], sent["X-Auto-Response-Suppress"]) == ("auto-generated", "All")


def test_an_identity_of_its_own_does_not_replace_those_headers():
    first = desk_mail("Hello", "Text", ["a@example.com"], message_id="<1@desk>").extra_headers
    assert first == HEADERS | {"Message-ID": "<1@desk>"}
    assert "Message-ID" not in HEADERS
