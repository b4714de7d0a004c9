"""Sending a recap of a note to people of the customer. The mail's text is kept nowhere (docs/customer-safe.md)."""

import smtplib
from collections.abc import Collection
from uuid import UUID

from engagements.customer_safe import Origin, withheld
from engagements.models import Contact, Event, Note, User
from engagements.outgoing_mail import desk_mail
from engagements.recap import Addressee, refused
from engagements.services import events
from engagements.services.disclosure import disclosure, refuse_internal
from engagements.services.locking import hold, lock, write
from engagements.services.refusals import Refused

SENT = "sent a recap of"
LONGEST_SUBJECT, LONGEST_BODY = 200, 20_000


def addressee(contact: Contact) -> Addressee:
    """A contact as the rules of recaps look at one."""
    return Addressee(
        name=contact.name,
        email=contact.email,
        barred=contact.do_not_call_why if contact.do_not_call else "",
        is_partner=contact.kind == Contact.Kind.PARTNER,
    )


@write
def send_recap(
    *, note_id: int, contact_ids: Collection[int], subject: str, body: str, by: User, token: UUID, from_here: bool
) -> Event:
    """Sends the mail, or keeps that somebody sent it; history names the contacts by id, and no text.

    The form's token makes a double click send one mail. The mail goes out last, so that a refusal by the mail
    server leaves no trace.
    """
    lock(Note.objects.values_list("engagement", flat=True).get(pk=note_id))
    note = Note.objects.select_related("engagement__tenant__customer").get(pk=note_id)
    if why := withheld(Origin(category=note.category)):
        raise Refused(f"{why} Write a note that customers may read, and send the recap of that one.")
    sent = Event.objects.filter(engagement=note.engagement_id, object=f"note:{note_id}", verb=SENT, actor=by)
    before = next((event for event in sent if event.after.get("token") == str(token)), None)
    if before:
        return before
    subject, body = " ".join(subject.split()), body.strip()
    _must_be_whole(subject, body, note, by)
    people = _people(note, contact_ids)
    event = events.record(
        SENT,
        f"note:{note_id}",
        by=by,
        engagement=note.engagement,
        after={"contacts": [one.pk for one in people], "from_here": from_here, "token": str(token)},
    )
    if from_here:
        _mail(people, subject, body, by)
    return event


def _must_be_whole(subject: str, body: str, note: Note, by: User) -> None:
    if not subject:
        raise Refused("Give the mail a subject.", "subject")
    if len(subject) > LONGEST_SUBJECT:
        raise Refused(f"A subject has at most {LONGEST_SUBJECT} characters.", "subject")
    if not body:
        raise Refused("Nothing is left to send. Write what the customer should read.", "body")
    if len(body) > LONGEST_BODY:
        raise Refused(f"A mail has at most {LONGEST_BODY:,} characters; this one has {len(body):,}.", "body")
    refuse_internal(
        {"subject": subject, "body": body}, disclosure(note.engagement.tenant.customer, sender=by, users=[note.author])
    )


def _people(note: Note, ids: Collection[int]) -> list[Contact]:
    """Those who get the mail; refuses everybody who must not (R57, R60)."""
    known = Contact.objects.known().filter(customer=note.engagement.tenant.customer_id, pk__in=ids)
    people = hold(known)
    if len(people) != len(set(ids)):
        raise Refused("Somebody you chose is no contact of this customer any more. Choose anew.", "to")
    for one in people:
        if why := refused(addressee(one)):
            raise Refused(f"{one.name} gets no recap. {why}", "to")
    if not people:
        raise Refused("Choose who gets the recap.", "to")
    return people


def _mail(people: list[Contact], subject: str, body: str, by: User) -> None:
    message = desk_mail(subject, body, [one.email for one in people], reply_to=by.email)
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(
            f"The mail server did not take the mail ({error}). Nothing is marked as sent: copy the text and send it "
            "yourself, or try again later."
        ) from error
