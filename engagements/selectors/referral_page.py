"""The page of a referral: the way to a partner that comes first, the parts, what is left, what came of it."""

from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.urls import reverse

from engagements import referring, working_days
from engagements.customer_safe import Disclosure, internal_parts_of
from engagements.models import Contact, Referral, ReferralPartner
from engagements.referring import APPROVAL, MAIL, MATCH, PARTNERS
from engagements.selectors.days import day, due, on_day
from engagements.selectors.words import count
from engagements.services.disclosure import hosts
from engagements.services.referral_task import waits_for
from engagements.services.referrals import draft_of
from engagements.walk import Walk

TITLES = {
    MATCH: "What partners are matched by",
    APPROVAL: "Approval to share personal data",
    PARTNERS: "Partners",
    MAIL: "Mail to the customer",
}
NOT_SENT, SENT, CLOSED, WITHDRAWN = "Not sent yet", "Sent", "Closed", "Withdrawn"
SHAPES = {NOT_SENT: "progress", SENT: "due", CLOSED: "done", WITHDRAWN: "off"}
OUTCOMES = {"chosen": "done", "declined": "off", "unable": "off", "no-contact": "blocked"}


def find_referral(walk: Walk, wanted: int | None) -> Referral | None:
    """The one asked for; else the open one; else the newest."""
    rows = Referral.objects.filter(engagement=walk.engagement).select_related(
        "contact", "approved_by", "started_by", "sent_by"
    )
    rows = rows.prefetch_related("partners")
    if wanted:
        return rows.filter(pk=wanted).first()
    found = list(rows)
    return next((row for row in found if row.closed_on is None), found[0] if found else None)


def people_of(walk: Walk) -> list[Contact]:
    """Whom a referral may name: people of the customer itself."""
    return [one for one in walk.engagement.tenant.customer.contacts.all() if one.kind == Contact.Kind.CUSTOMER]


def ways_page(walk: Walk) -> list[dict[str, str]]:
    """The three ways to a partner (R5), each with its reason and where to go."""
    tenant = walk.engagement.tenant
    names = tuple(tenant.partners.values_list("name", flat=True))
    managed = tenant.customer.account_managed
    account = f"{reverse('engagement_contacts', args=[walk.engagement.pk])}#account-team"
    rows = []
    for way in referring.ways(names, managed):
        row = {"key": way.key, "title": way.title, "state": way.state, "why": way.why, "url": "", "label": ""}
        if way.key == referring.ACCOUNT_TEAM:
            row |= {"url": account, "label": "Say who looks after the account" if managed is None else "Change it"}
        rows.append(row)
    return rows


def referral_page(walk: Walk, referral: Referral) -> dict[str, Any]:
    """What the template reads; the forms come from the view."""
    referral.engagement = walk.engagement
    today = walk.today
    draft = draft_of(referral)
    left = () if referral.sent_on or referral.closed_on else referring.missing(draft)
    state = _state(referral)
    return {
        "referral": referral,
        "state": {"word": state, "kind": _kind(referral, state, today), "say": _said(referral, today)},
        "is_open": referral.closed_on is None,
        "is_sent": referral.sent_on is not None,
        "left": [{"text": one.text, "url": _where(walk, one.part)} for one in left],
        "parts": {part: not any(one.part == part for one in left) for part in TITLES},
        "titles": TITLES,
        "asked": referring.unusual_number(draft.partners, settings.REFERRAL_PARTNERS),
        "usual": settings.REFERRAL_PARTNERS,
        "proposed": f"{draft.partners} of {settings.REFERRAL_PARTNERS}",
        "calendar": _calendar(walk),
        "sends_mail": settings.SENDS_MAIL,
        "mailto": _mailto(referral),
        "partners": [_partner(row, today) for row in referral.partners.all()],
        "task": _task(walk),
        "approval_said": _approval(referral, today),
        "others": [
            {"pk": row.pk, "say": _said(row, today)} for row in walk.engagement.referral_rows if row.pk != referral.pk
        ],
    }


def _state(referral: Referral) -> str:
    if referral.withdrawn_why:
        return WITHDRAWN
    if referral.closed_on:
        return CLOSED
    return SENT if referral.sent_on else NOT_SENT


def _kind(referral: Referral, state: str, today: date) -> str:
    silent = any(row.contacted_on is None and not row.outcome for row in referral.partners.all())
    if state == SENT:
        return "overdue" if silent and referral.contact_due_on < today else "due" if silent else "progress"
    return SHAPES[state]


def _said(referral: Referral, today: date) -> str:
    """ "Sent Tue 19 May; partners get in touch by Fri 22 May"."""
    if referral.withdrawn_why:
        return f"Withdrawn {on_day(referral.closed_on, today)}: {referral.withdrawn_why}"
    if referral.closed_on:
        return f"Sent {on_day(referral.sent_on, today)}, closed {on_day(referral.closed_on, today)}"
    if referral.sent_on:
        by = due(referral.contact_due_on, today)
        return f"Sent {on_day(referral.sent_on, today)}; getting in touch is {by}"
    return f"Begun {on_day(referral.started_at.date(), today)}"


def _where(walk: Walk, part: str) -> str:
    if part:
        return f"#{part}"
    return f"{reverse('engagement_contacts', args=[walk.engagement.pk])}#account-team"


def _calendar(walk: Walk) -> str:
    """By which calendar the business days are counted."""
    country = walk.engagement.tenant.country
    if working_days.is_known(country):
        return f"Business days are those of {country.upper()}, where the tenant is."
    if country:
        return f"The holidays of {country} are not known, so weekends alone are left out."
    return "The tenant has no country, so weekends alone are left out."


def _mailto(referral: Referral) -> str:
    """The address that opens the mail in the person's own program; empty while it holds what is internal."""
    if not referral.mail_body or not referral.contact:
        return ""
    if internal_parts_of(f"{referral.mail_subject}\n\n{referral.mail_body}", Disclosure(hosts())):
        return ""
    text = urlencode({"subject": referral.mail_subject, "body": referral.mail_body}, quote_via=quote)
    return f"mailto:{quote(referral.contact.email, safe='@')}?{text}"


def _partner(row: ReferralPartner, today: date) -> dict[str, Any]:
    said = row.get_outcome_display()
    if row.outcome_text:
        said = f"{said}: {row.outcome_text}"
    return {
        "pk": row.pk,
        "name": row.name,
        "mpn_id": row.mpn_id,
        "kind": OUTCOMES.get(row.outcome, "progress" if row.contacted_on else "open"),
        "said": said,
        "contacted": day(row.contacted_on, today),
        "outcome": row.outcome,
    }


def _approval(referral: Referral, today: date) -> str:
    if not (referral.approval and referral.approved_by and referral.approved_on):
        return "Not recorded"
    how = "By word" if referral.approval == Referral.Approval.VERBAL else "In writing"
    return f"{how}, {referral.approved_by}, {day(referral.approved_on, today)}"


def _task(walk: Walk) -> dict[str, str] | None:
    """Where 983 stands, and what keeps it from Complete."""
    if not walk.lists(referring.TASK):
        return None
    status = walk.task_state(referring.TASK)[0]
    held = waits_for(walk)
    url = f"{reverse('engagement_tasks', args=[walk.engagement.pk])}#task-{referring.TASK}"
    return {
        "status": status,
        "url": url,
        "waits": held.title if held and status != "Complete" else "",
        "waits_url": held.url if held else "",
    }


def begun(walk: Walk) -> str:
    """How the steps and the Contacts tab call the referral: "Referral sent Tue 19 May"; empty where there is none."""
    rows = walk.engagement.referral_rows
    return _said(rows[0], walk.today) if rows else ""


def counted(number: int) -> str:
    return count(number, "partner")
