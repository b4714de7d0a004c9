"""The Contacts tab: the customer's people, what they stand for, and who looks after the account."""

from collections import Counter, defaultdict
from typing import Any

from django.conf.global_settings import LANGUAGES
from django.urls import reverse

from engagements import access
from engagements.models import Contact, User
from engagements.selectors.days import day
from engagements.selectors.referral_page import begun
from engagements.walk import Walk
from tasks.folding import fold

ORDER = {kind: place for place, kind in enumerate(Contact.Kind.values)}


def contacts_page(walk: Walk, user: User, kind: str = "") -> dict[str, Any]:
    """The people of one kind, or all; no query, whatever their number."""
    tenant = walk.engagement.tenant
    contacts = sorted(tenant.customer.contacts.all(), key=_place)
    counts = Counter(one.kind for one in contacts)
    kind = kind if kind in Contact.Kind.values else ""
    stands = _stands_for(walk)
    managed = {True: "Yes, an account team looks after it", False: "No", None: "Not known"}
    shown = [one for one in contacts if kind in ("", one.kind)]
    handles = access.may_handle_personal_data(user)
    return {
        "contacts": contacts,
        "people": [_row(walk, one, stands.get(one.pk, ()), handles) for one in shown],
        "kind": kind,
        "kinds": [
            {"value": "", "label": "All", "n": len(contacts)},
            *({"value": value, "label": label, "n": counts[value]} for value, label in Contact.Kind.choices),
        ],
        "managed": managed[tenant.customer.account_managed],
        "csm": next((one for one in contacts if one.pk == tenant.csm_id), None),
        "account_team": [f"{one.name}, {one.get_ms_role_display()}" for one in contacts if one.is_of_account_team],
        "referral_say": begun(walk),
        "reads_referrals": access.may_read_internal(user),
    }


def _place(one: Contact) -> tuple:
    """By kind, the account team before other people of Microsoft, then by name."""
    return ORDER[one.kind], not one.is_of_account_team, fold(one.name)


def _row(walk: Walk, one: Contact, stands: list[str], handles: bool) -> dict[str, Any]:
    return {
        "pk": one.pk,
        "id": f"contact-{one.pk}",
        "name": one.name,
        "title": "" if one.title in stands else one.title,
        "kind": one.get_kind_display(),
        "role": one.get_ms_role_display() if one.ms_role else one.skill,
        "of_account_team": one.is_of_account_team,
        "email": one.email,
        "phone": one.phone,
        "where": ", ".join(filter(None, [one.country, one.time_zone.replace("_", " ")])),
        "barred": one.do_not_call_why if one.do_not_call else "",
        "survey": _survey(one),
        "unsubscribed": day(one.unsubscribed_on, walk.today),
        "stands": ", ".join(stands),
        "data_url": reverse("contact_data", args=[walk.engagement.pk, one.pk]) if handles else "",
    }


def _survey(one: Contact) -> str:
    """ "Survey in Portuguese": whether one is asked, and in which language."""
    if not one.survey_eligible:
        return ""
    return f"Survey in {dict(LANGUAGES).get(one.survey_language, one.survey_language)}"


def _stands_for(walk: Walk) -> dict[int, list[str]]:
    """contact id → what the person stands for at this tenant: "Success owner of Teams, Exchange"."""
    owned = defaultdict(list)
    for row in walk.engagement.tenant.services.all():
        record = getattr(row, "adoption", None)
        if record and record.success_owner_id:
            owned[record.success_owner_id].append(row.service.label)
    stands = defaultdict(list, {pk: [f"Success owner of {', '.join(names)}"] for pk, names in owned.items()})
    if walk.engagement.tenant.csm_id:
        stands[walk.engagement.tenant.csm_id].insert(0, "Customer Success Manager")
    return stands
