"""Everything the desk keeps about a contact: for the page, the file to hand out, and what erasing would touch."""

from datetime import date
from typing import Any

from django.conf.global_settings import LANGUAGES
from django.urls import reverse
from django.utils import timezone

from engagements.mentions import PLACES, mails_that_name, notes_that_may_name
from engagements.models import AdoptionRecord, Contact, Event, Referral, Tenant
from engagements.selectors.days import day
from engagements.selectors.words import count
from engagements.services.erasure import person_of


def what_is_kept(contact: Contact) -> dict[str, Any]:
    """As plain values, ready for JSON. Notes that may mean somebody of the same first or last name are among them."""
    person = person_of(contact)
    return {
        "contact": _fields(contact),
        "stands_for": _stands_for(contact),
        "referrals": [_referral(row, contact) for row in _referrals(contact)],
        "mails": [
            {"sent_on": _iso(row.sent_on), "subject": row.mail_subject, "text": row.mail_body}
            for row in mails_that_name(contact.customer_id, contact, person)
        ],
        "notes": [
            {
                "id": note.pk,
                "engagement": note.engagement_id,
                "tenant": note.engagement.tenant.name,
                "written_at": note.created_at.isoformat(),
                "by": str(note.author),
                "text": note.body,
            }
            for note in notes_that_may_name(contact.customer_id, person)
        ],
        "other_texts": [
            {"in": place.called, "id": row.pk, "text": text}
            for place in PLACES
            for row, found in place.naming(contact.customer_id, person)
            for text in found.values()
        ],
        "history": _history(contact),
    }


def data_page(contact: Contact, engagement_id: int, today: date) -> dict[str, Any]:
    """The same for reading."""
    kept = what_is_kept(contact)
    return {
        "contact": contact,
        "fields": [
            {"label": name.replace("_", " ").capitalize(), "value": ", ".join(v) if isinstance(v, list) else v}
            for name, v in kept["contact"].items()
            if v not in ("", None, False, [])
        ],
        "stands_for": kept["stands_for"],
        "referrals": kept["referrals"],
        "mails": kept["mails"],
        "notes": [
            row | {"when": day(date.fromisoformat(row["written_at"][:10]), today), "url": _note_url(row)}
            for row in kept["notes"]
        ],
        "other_texts": kept["other_texts"],
        "history": kept["history"],
        "export_url": reverse("contact_export", args=[engagement_id, contact.pk]),
        "erase_url": reverse("contact_erase", args=[engagement_id, contact.pk]),
    }


def what_erasing_touches(contact: Contact) -> list[str]:
    """In sentences, beside the notes, which are looked at one by one."""
    person = person_of(contact)
    mails = len(mails_that_name(contact.customer_id, contact, person))
    texts = sum(1 for place in PLACES for _ in place.naming(contact.customer_id, person))
    said = ["The name and every detail of the contact go. A row “Erased contact” stays, so that links keep working."]
    said += [f"{one}: nobody stands there afterwards." for one in _stands_for(contact)]
    if mails:
        said.append(f"The text of {count(mails, 'referral mail')} goes.")
    if texts:
        verb = "says" if texts == 1 else "say"
        said.append(f"{count(texts, 'other text')} {verb} “[erased contact]” instead of the name.")
    said.append("The history keeps that something was changed, and no longer what. None of it can be taken back.")
    return said


def _fields(contact: Contact) -> dict[str, Any]:
    return {
        "name": contact.name,
        "customer": contact.customer.name,
        "kind": contact.get_kind_display(),
        "title": contact.title,
        "role_at_microsoft": contact.get_ms_role_display(),
        "skill": contact.skill,
        "email": contact.email,
        "phone": contact.phone,
        "country": contact.country,
        "time_zone": contact.time_zone,
        "do_not_call": contact.do_not_call,
        "why_not_to_call": contact.do_not_call_why,
        "survey_eligible": contact.survey_eligible,
        "survey_language": dict(LANGUAGES).get(contact.survey_language, contact.survey_language),
        "survey_services": [service.label for service in contact.survey_services.all()],
        "unsubscribed_on": _iso(contact.unsubscribed_on),
    }


def _stands_for(contact: Contact) -> list[str]:
    owned = AdoptionRecord.objects.filter(success_owner=contact)
    owned = owned.select_related("tenant_service__tenant", "tenant_service__service")
    said = [f"Success owner of {row.tenant_service.service.label} at {row.tenant_service.tenant}" for row in owned]
    said += [f"Customer Success Manager of {tenant}" for tenant in Tenant.objects.filter(csm=contact)]
    if contact.customer.success_owner_id == contact.pk:
        said.append(f"Success owner of {contact.customer}")
    return said


def _referrals(contact: Contact) -> list[Referral]:
    here = Referral.objects.filter(engagement__tenant__customer=contact.customer_id)
    return [row for row in here if contact.pk in (row.contact_id, row.approved_by_id)]


def _referral(row: Referral, contact: Contact) -> dict[str, Any]:
    roles = {"named to the partners": row.contact_id, "approved sharing personal data": row.approved_by_id}
    return {
        "id": row.pk,
        "as": [said for said, pk in roles.items() if pk == contact.pk],
        "approved_on": _iso(row.approved_on),
        "approval": row.get_approval_display(),
        "sent_on": _iso(row.sent_on),
    }


def _history(contact: Contact) -> list[dict[str, Any]]:
    before = {row.at: row.before for row in contact.revisions.all()}
    events = Event.objects.filter(object=f"contact:{contact.pk}").select_related("actor").order_by("at", "pk")
    return [
        {
            "at": timezone.localtime(event.at).isoformat(timespec="minutes"),
            "by": str(event.actor or "Somebody"),
            "what": event.verb,
            "fields": sorted(event.after),
            "before": before.get(event.at, {}),
        }
        for event in events
    ]


def _note_url(row: dict[str, Any]) -> str:
    return reverse("note_detail", args=[row["engagement"], row["id"]])


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""
