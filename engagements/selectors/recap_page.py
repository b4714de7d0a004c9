"""The page of a recap: the draft of the mail, what was taken out of the note, and who may get it."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from engagements import recap
from engagements.customer_safe import Origin, customer_text, withheld
from engagements.internal_parts import ALERT, COLLEAGUE, LINE, LINK, MENTION, NUMBER, SECTION
from engagements.models import Contact, Customer, Engagement, Event, Mention, NextAction, Note, User
from engagements.recap import Recap, by_kind
from engagements.recap_text import numbers_in
from engagements.selectors.days import on_day
from engagements.services.disclosure import disclosure
from engagements.services.recaps import SENT, addressee
from tasks.models import FtopTask

TITLES = {
    SECTION: "Internal sections",
    ALERT: "Internal notices",
    LINE: "Lines, rows and columns marked as internal",
    LINK: "Addresses that customers cannot open",
    NUMBER: "FTOP numbers",
    COLLEAGUE: "Colleagues, now by role or team",
    MENTION: "Mentions, now by name",
}


def people_of(engagement: Engagement) -> list[Contact]:
    """Everybody whom the page shows, those of the customer first."""
    known = Contact.objects.known().filter(customer=engagement.tenant.customer_id)
    order = [Contact.Kind.CUSTOMER, Contact.Kind.MICROSOFT, Contact.Kind.PARTNER]
    return sorted(known, key=lambda one: (order.index(one.kind), one.name, one.pk))


def cleaned(note: Note) -> Recap:
    """The note as a customer may read it; as many queries whatever the note holds."""
    numbers = numbers_in(note.body)
    known = FtopTask.objects.filter(number__in=numbers).values_list("number", flat=True) if numbers else ()
    mentioned = Mention.objects.filter(note=note).select_related("user") if "@" in note.body else ()
    people = {row.user.username: str(row.user) for row in mentioned}
    rules = disclosure(_customer(note), users=[note.author], mentioned=people, numbers=known)
    return customer_text(note.body, rules, Origin(category=note.category))


def withheld_why(note: Note) -> str:
    """Why no recap is made of the note; empty where one is."""
    return withheld(Origin(category=note.category))


def _customer(note: Note) -> Customer:
    return note.engagement.tenant.customer


def drafted(note: Note, text: str, author: User) -> dict[str, str]:
    """The subject and the text that the author begins with."""
    on = timezone.localtime(note.created_at).date()
    customer = note.engagement.tenant.customer.name
    body = recap.mail_text(f"Hello,\n\nthis is what we noted on {on:%-d %B %Y}.", text, promise(note), str(author))
    return {"subject": f"{customer} and FastTrack: recap of {on:%-d %B %Y}"[:200], "body": body}


def promise(note: Note) -> str:
    """ "Next: call the sponsor, by 27 May 2026", while it is open; as clean as the text."""
    action: NextAction | None = getattr(note, "next_action", None)
    if action is None or action.done_at:
        return ""
    rules = disclosure(_customer(note), users=[note.author], numbers=numbers_in(action.text))
    clean = customer_text(action.text, rules, Origin(category=note.category)).text
    return recap.promised(clean, action.due_on)


def recap_page(note: Note, found: Recap, form: Any) -> dict[str, Any]:
    """What the template reads beside the form."""
    chosen = {str(pk) for pk in form["to"].value() or ()}
    rows = [_person(one, chosen) for one in people_of(note.engagement)]
    addresses = [row["email"] for row in rows if row["chosen"] and row["email"]]
    link, fits = recap.mailto(addresses, form["subject"].value() or "", form["body"].value() or "")
    return {
        "people": rows,
        "removed": [{"title": TITLES[kind], "texts": texts} for kind, texts in by_kind(found.removed)],
        "doubts": found.doubts,
        "next": promise(note),
        "mailto": link,
        "mailto_fits": fits,
        "longest_mailto": recap.LONGEST_MAILTO,
        "sends_mail": settings.SENDS_MAIL,
        "sent": _sent(note),
        "note_url": reverse("note_detail", args=[note.engagement_id, note.pk]),
    }


def _person(contact: Contact, chosen: set[str]) -> dict[str, Any]:
    """One who may be chosen, or the reason why not; an address is shown only where it may be used."""
    why = recap.refused(addressee(contact))
    return {
        "pk": contact.pk,
        "name": contact.name,
        "kind": contact.get_kind_display(),
        "email": "" if why else contact.email,
        "why": why,
        "chosen": not why and str(contact.pk) in chosen,
    }


def _sent(note: Note) -> list[str]:
    """ "today 14:32, to Priya Raman, by Ana Ruiz", the newest first."""
    events = Event.objects.filter(engagement=note.engagement_id, object=f"note:{note.pk}", verb=SENT)
    rows = list(events.select_related("actor").order_by("-pk")[:5])
    names = dict(
        Contact.objects.filter(pk__in={pk for row in rows for pk in row.after.get("contacts", ())}).values_list(
            "pk", "name"
        )
    )
    today = timezone.localdate()
    return [
        f"{on_day(timezone.localtime(row.at).date(), today)}, to "
        f"{', '.join(names.get(pk, 'somebody') for pk in row.after.get('contacts', ()))}, by {row.actor or 'somebody'}"
        for row in rows
    ]
