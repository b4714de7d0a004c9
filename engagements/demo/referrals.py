"""Demo referrals: one being prepared, one sent, one that partners forgot, one closed, and so on."""

import datetime as dt
from typing import TYPE_CHECKING

from engagements import referring, working_days
from engagements.models import Contact, Referral, ReferralPartner, TaskRecord
from engagements.referral_mail import bundled, fill

if TYPE_CHECKING:
    from engagements.demo.progress import Plan

NAMES = (
    "Change & Co",
    "Alder Learning",
    "Fabrikam Services",
    "Bright Adoption",
    "Litware Consulting",
    "Nordic Coaches",
)
SPECIALTIES = ("Teams champions, training in person", "Change management for field staff", "Executive coaching")
PLACES = ("Lisbon, on site", "Remote, English and German", "Two offices in the north")
PREPARED, WAITING, FORGOTTEN, CLOSED = range(4)
SENT_BEFORE = {WAITING: 1, FORGOTTEN: 9, CLOSED: 30}  # days


def write_referrals(plans: "list[Plan]") -> None:
    """A referral for some customers without an account team; 983 stands where the referral says."""
    made = [(plan, referral) for plan in plans if (referral := _referral(plan))]
    Referral.objects.bulk_create(referral for _, referral in made)
    ReferralPartner.objects.bulk_create(
        _partner(plan, referral, at) for plan, referral in made for at in range(0 if not referral.sent_on else 3)
    )


def _referral(plan: "Plan") -> Referral | None:
    engagement = plan.engagement
    if plan.number % 3 != 1 or engagement.tenant.customer.account_managed is not False:
        return None
    contact = next((one for one in engagement.tenant.customer.contacts.all() if one.kind == "customer"), None)
    if contact is None or contact.do_not_call or not plan.walk.lists(referring.TASK):
        return None
    kind = plan.number // 3 % 4
    task = plan.walk.task_id(referring.TASK)
    known = plan.tasks.get(task)
    if kind == CLOSED and (known is None or known.status != "Complete"):
        kind = WAITING
    if kind != CLOSED:
        plan.tasks[task] = TaskRecord(
            engagement=engagement,
            task_id=task,
            status="In Progress",
            reason="The referral says so.",
            changed_at=plan.at(2),
            changed_by=plan.author,
        )
    referral = Referral(
        engagement=engagement,
        service_type=plan.dice.choice(Referral.ServiceType.values),
        location=plan.dice.choice(PLACES),
        specialties=plan.dice.choice(SPECIALTIES),
        contact=contact,
        started_at=plan.at(31),
        started_by=plan.author,
    )
    return referral if kind == PREPARED else _sent(plan, referral, kind, contact)


def _sent(plan: "Plan", referral: Referral, kind: int, contact: Contact) -> Referral:
    on = plan.today - dt.timedelta(days=SENT_BEFORE[kind])
    referral.approval, referral.approved_by, referral.approved_on = "verbal", contact, on
    referral.sent_on, referral.sent_by = on, plan.author
    country = plan.engagement.tenant.country
    referral.contact_due_on = working_days.working_day_after(on, referring.CONTACT_WITHIN, country)
    mail = bundled()
    values = {
        "customer": plan.engagement.tenant.customer.name,
        "contact": contact.name,
        "service": referral.get_service_type_display(),
        "location": referral.location,
        "specialties": referral.specialties,
        "partners": "\n".join(f"- {_name(plan, at)}" for at in range(3)),
        "days": str(referring.CONTACT_WITHIN),
        "manager": str(plan.author),
    }
    referral.mail_subject, referral.mail_body = fill(mail["subject"], values), fill(mail["body"], values).strip()
    if kind == CLOSED:
        referral.closed_on = plan.today - dt.timedelta(days=4)
    return referral


def _partner(plan: "Plan", referral: Referral, at: int) -> ReferralPartner:
    partner = ReferralPartner(referral=referral, name=_name(plan, at))
    if referral.closed_on or (at == 0 and plan.number % 4):
        partner.contacted_on = referral.sent_on
    if referral.closed_on:
        partner.outcome, partner.outcome_on = ("chosen" if at == 1 else "declined"), referral.closed_on
    return partner


def _name(plan: "Plan", at: int) -> str:
    return NAMES[(plan.number + at) % len(NAMES)]
