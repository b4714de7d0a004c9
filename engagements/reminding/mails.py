"""Reminders as mails: one template family, HTML and text, styles inlined for Outlook, one button."""

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from engagements.models import Reminder, User
from engagements.outgoing_mail import desk_mail
from engagements.reminding.writing import Message
from engagements.selectors.words import count

SUBJECT_LENGTH = 150


def reminder_mail(reminder: Reminder, message: Message) -> EmailMultiAlternatives:
    """A mail about one thing."""
    context = {"heading": message.subject, "items": [_item(message)], "single": True}
    return _mail(reminder.recipient, message.subject, context, reminder.message_id)


def digest_mail(reminders: list[Reminder], said: dict[int, Message]) -> EmailMultiAlternatives:
    """The mail of a morning, in the order that the reminders were planned; what is left alone speaks for itself."""
    if len(reminders) == 1:
        mail = reminder_mail(reminders[0], said[reminders[0].pk])
        mail.extra_headers["Message-ID"] = reminders[0].digest.message_id
        return mail
    heading = f"{count(len(reminders), 'reminder')} for today"
    context = {
        "heading": heading,
        "items": [_item(said[reminder.pk]) for reminder in reminders],
        "button": "Open Today",
        "url": link(reverse("today")),
    }
    return _mail(reminders[0].recipient, heading, context, reminders[0].digest.message_id)


def link(path: str) -> str:
    """Where a page of the desk is reached from outside."""
    return settings.SITE_URL.rstrip("/") + path


def _item(message: Message) -> dict:
    return {
        "subject": message.subject,
        "lines": message.lines,
        "button": message.button,
        "url": link(message.path),
    }


def _mail(user: User, subject: str, context: dict, message_id: str) -> EmailMultiAlternatives:
    context |= {"person": user.first_name or user.username, "choices_url": link(reverse("account"))}
    with translation.override(settings.LANGUAGE_CODE):
        text = render_to_string("mail/reminder.txt", context)
        page = css_inline.inline(render_to_string("mail/reminder.html", context), load_remote_stylesheets=False)
    line = " ".join(subject.split())[:SUBJECT_LENGTH]
    return desk_mail(line, text, [user.email], message_id=message_id, html=page)
