"""Escalated notes reach those who answer for the tenant, and wait until they say that they have read them (R54)."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from engagements.assigning import REGIONAL
from engagements.groups import WAIVE
from engagements.models import Assignment, Engagement, Escalation, Note, Tenant, User
from engagements.reminding.kinds import Kind
from engagements.services import events, reminders
from engagements.services.handovers import responsible
from engagements.services.locking import lock_any, write
from engagements.services.refusals import Refused

LONGEST = 500
BACKEND = "engagements.backends.DeskBackend"


def put(note: Note, engagement: Engagement, *, by: User, at: datetime) -> list[Escalation]:
    """Tells a saved note to its people, in the desk and by mail; nobody is told of their own. Under the lock."""
    people = [person for person in those_who_answer(engagement.tenant) if person != by]
    rows = [Escalation.objects.create(note=note, user=person) for person in people]
    after = {"users": [person.pk for person in people]}
    events.record("escalated", f"note:{note.pk}", by=by, engagement=engagement, after=after, at=at)
    for row in rows:
        reminders.promise(
            kind=Kind.NOTE_ESCALATED, occurrence=occurrence(row), recipient=row.user, now=at, engagement=engagement
        )
    return rows


@write
def acknowledge(*, escalation_id: int, by: User, answer: str = "") -> Escalation:
    """Says that one has read it and, where there is something to say, what happens now; once."""
    answer = answer.strip()
    if len(answer) > LONGEST:
        raise Refused(f"An answer has at most {LONGEST} characters; this one has {len(answer)}.", "answer")
    engagement = lock_any(Escalation.objects.values_list("note__engagement", flat=True).get(pk=escalation_id))
    row = Escalation.objects.select_related("user").get(pk=escalation_id)
    if row.user_id != by.pk:
        raise Refused(f"This note was escalated to {row.user}, who acknowledges it.")
    if row.acknowledged_at:
        raise Refused("You have acknowledged this already.")
    row.acknowledged_at, row.answer = timezone.now(), answer
    row.save(update_fields=["acknowledged_at", "answer"])
    reminders.withdraw(occurrence=occurrence(row), reason="It was acknowledged before.")
    events.record("acknowledged", f"note:{row.note_id}", by=by, engagement=engagement, after={"answer": answer})
    return row


def those_who_answer(tenant: Tenant) -> list[User]:
    """The primary FastTrack Manager and the Team Managers assigned there; without any, all who decide on waivers."""
    here = Q(tenant=tenant) | Q(customer=tenant.customer_id)
    rows = Assignment.objects.filter(here, role__name__in=REGIONAL, user__is_active=True).select_related("user")
    deciding = User.objects.with_perm(WAIVE, include_superusers=False, backend=BACKEND).order_by("pk")
    managers = [row.user for row in rows] or list(deciding)
    lead = responsible(tenant)
    return list(dict.fromkeys([*([lead] if lead and lead.is_active else []), *managers]))


def occurrence(row: Escalation) -> str:
    """How the ledger of reminders calls it."""
    return f"escalation:{row.pk}"
