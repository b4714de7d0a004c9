"""Handing an engagement to another FastTrack Manager: offered with a brief, moved when the receiver accepts.

Until then the giver stays responsible. What moves is the list ``MOVERS``: whoever adds something that belongs to
the FastTrack Manager adds its mover there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from engagements import access, assigning
from engagements.models import Assignment, Engagement, Handover, NextAction, Tenant, User
from engagements.reminding.kinds import Kind
from engagements.selectors import brief, people
from engagements.services import assignments, events, reminders, reviews
from engagements.services.locking import lock, lock_any, lock_customer_of, write, writing
from engagements.services.refusals import Refused
from engagements.walk import load_walk
from tasks.models import Role

Decision = Handover.Decision
NOT_YOURS = "Only the primary FastTrack Manager and those who assign people hand an engagement over."


@dataclass(frozen=True)
class Outcome:
    """What became of one of many engagements: ``refused`` says why, or is empty where it is offered."""

    engagement: Engagement
    refused: str = ""


@write
def offer(*, engagement_id: int, receiver: User, why: str, by: User, today: date, stays: bool = False) -> Handover:
    """Offers an engagement to another FastTrack Manager, with the brief as it stands now."""
    return _offer(engagement_id, receiver, why, by, today, stays=stays)


def _offer(
    engagement_id: int,
    receiver: User,
    why: str,
    by: User,
    today: date,
    *,
    stays: bool = False,
    leads: User | None = None,
) -> Handover:
    """``leads`` is who has to be responsible still, where the engagements of one person are offered."""
    engagement = lock(engagement_id)
    if not access.may_assign_at(by, engagement.tenant):
        raise Refused(NOT_YOURS)
    if not why.strip():
        raise Refused("Say why it is handed over; the receiver reads it first.", "why")
    _make_room(engagement, by)
    giver = responsible(engagement.tenant)
    if leads and giver != leads:
        raise Refused(f"{leads} is not the primary FastTrack Manager there any more.")
    if reason := _why_not(giver, receiver):
        raise Refused(reason, "q")
    handover = Handover.objects.create(
        engagement=engagement,
        giver=giver,
        receiver=receiver,
        why=why.strip()[:500],
        stays=stays,
        brief=brief.build(load_walk(engagement_id, today)),
        offered_at=timezone.now(),
        offered_by=by,
    )
    _tell("offered", handover, by, why=handover.why)
    reminders.promise(kind=Kind.HANDOVER, occurrence=occurrence(handover), recipient=receiver, now=handover.offered_at)
    return handover


def offer_many(
    *, giver: User, engagements: Iterable[Engagement], receiver: User, why: str, by: User, today: date
) -> list[Outcome]:
    """Offers everything of somebody who leaves; each engagement is offered as a whole or refused with its reason."""
    outcomes = []
    for engagement in engagements:
        try:
            with writing():
                _offer(engagement.pk, receiver, why, by, today, leads=giver)
        except Refused as refusal:
            outcomes.append(Outcome(engagement, refusal.message))
        else:
            outcomes.append(Outcome(engagement))
    return outcomes


@write
def accept(*, handover_id: int, by: User) -> Handover:
    """Moves everything at once to the receiver; where it cannot be any more, the offer ends and says why."""
    handover = _held(handover_id)
    if by.pk != handover.receiver_id:
        raise Refused(f"Only {handover.receiver} can accept this.")
    if reason := why_void(handover):
        return _decide(handover, Decision.WITHDRAWN, by, reason)
    for move in MOVERS:
        move(handover)
    return _decide(handover, Decision.ACCEPTED, by)


@write
def decline(*, handover_id: int, by: User, why: str) -> Handover:
    """The receiver says no, and why; nothing moves."""
    handover = _held(handover_id)
    if by.pk != handover.receiver_id:
        raise Refused(f"Only {handover.receiver} can decline this.")
    if not why.strip():
        raise Refused("Say why you decline; the giver decides what comes next.", "why")
    return _decide(handover, Decision.DECLINED, by, why.strip()[:500])


@write
def withdraw(*, handover_id: int, by: User, why: str = "") -> Handover:
    """Takes the offer back; nothing moves."""
    handover = _held(handover_id)
    if not access.may_assign_at(by, handover.engagement.tenant):
        raise Refused(NOT_YOURS)
    return _decide(handover, Decision.WITHDRAWN, by, why.strip()[:500])


def end_with(engagement: Engagement, *, by: User) -> None:
    """An engagement that closes is handed to nobody; called under its lock."""
    for handover in engagement.handovers.filter(decision=Decision.OPEN):
        _decide(handover, Decision.WITHDRAWN, by, "The engagement was closed.")


def responsible(tenant: Tenant) -> User | None:
    """The primary FastTrack Manager of the tenant, else of its customer."""
    rows = Assignment.objects.filter(role__name=assigning.MANAGER, primary=True).select_related("user")
    row = rows.filter(tenant=tenant).first() or rows.filter(customer=tenant.customer_id).first()
    return row.user if row else None


def why_void(handover: Handover) -> str:
    """Why an offer cannot be accepted any more; empty while it can."""
    if handover.engagement.status == Engagement.Status.CLOSED:
        return "The engagement was closed."
    if handover.giver is None or handover.receiver is None:
        return "One of the two is gone."
    now = responsible(handover.engagement.tenant)
    if now != handover.giver:
        who = f"{now} is the primary FastTrack Manager now" if now else "Nobody is the primary FastTrack Manager now"
        return f"{who}, not {handover.giver}."
    return _why_not(handover.giver, handover.receiver)


def occurrence(handover: Handover) -> str:
    """How the ledger of reminders calls it."""
    return f"handover:{handover.pk}"


# What moves -------------------------------------------------------------------------------------------


def _move_primary(handover: Handover) -> None:
    """Being primary; the giver leaves the team unless they stay, or have another engagement of the tenant to finish.

    Who led the customer as a whole led it for this tenant, where it has no other: that goes along.
    """
    tenant, customer = handover.engagement.tenant, handover.engagement.tenant.customer
    others = tenant.engagements.exclude(pk=handover.engagement_id).exclude(status=Engagement.Status.CLOSED)
    how = {
        "giver": handover.giver,
        "receiver": handover.receiver,
        "role": Role.objects.get(name=assigning.MANAGER),
        "stays": handover.stays or others.exists(),
        "by": handover.receiver,
    }
    assignments.succeed(at=tenant, **how)
    leads = customer.assignments.filter(user=handover.giver, role=how["role"], primary=True)
    if leads.exists() and not customer.tenants.exclude(pk=tenant.pk).exists():
        assignments.succeed(at=customer, **how)


def _move_next_actions(handover: Handover) -> None:
    """What the giver promised here and has not done, with its reminders: those of the receiver are planned anew."""
    actions = NextAction.objects.filter(engagement=handover.engagement, owner=handover.giver, done_at=None)
    for action in actions:
        reminders.withdraw(
            occurrence=f"action:{action.pk}:{action.due_on}", reason=f"Handed over to {handover.receiver}."
        )
    actions.update(owner=handover.receiver, handed_by=handover.giver)


def _move_reviews(handover: Handover) -> None:
    """The series of reviews that the giver holds, with what is planned of them; calendars hear of it."""
    people = {"giver": handover.giver, "receiver": handover.receiver, "by": handover.receiver}
    reviews.hand_over(engagement=handover.engagement, **people)


MOVERS: tuple[Callable[[Handover], None], ...] = (_move_primary, _move_next_actions, _move_reviews)


# Parts ------------------------------------------------------------------------------------------------


def _held(handover_id: int) -> Handover:
    """The open offer under the lock of its engagement, and of the customer, whose team and reviews may go along."""
    engagement_id = Handover.objects.values_list("engagement", flat=True).get(pk=handover_id)
    lock_customer_of(engagement_id=engagement_id)
    lock_any(engagement_id)
    rows = Handover.objects.select_related("engagement__tenant__customer", "giver", "receiver")
    handover = rows.get(pk=handover_id)
    if handover.decision != Decision.OPEN:
        raise Refused(f"This was {handover.get_decision_display().lower()} meanwhile.")
    return handover


def _make_room(engagement: Engagement, by: User) -> None:
    """One offer at a time; one that cannot be accepted any more makes room."""
    rows = engagement.handovers.select_related("engagement__tenant__customer", "giver", "receiver")
    standing = rows.filter(decision=Decision.OPEN).first()
    if standing is None:
        return
    reason = why_void(standing)
    if not reason:
        raise Refused(f"It is being handed to {standing.receiver} already. Withdraw that first.")
    _decide(standing, Decision.WITHDRAWN, by, reason)


def _why_not(giver: User | None, receiver: User) -> str:
    if giver is None:
        return "Nobody is the primary FastTrack Manager here. Assign somebody on the team page instead."
    if giver == receiver:
        return f"{receiver} is the primary FastTrack Manager here already."
    wanted = assigning.Wanted(assigning.MANAGER, "onboarding", primary=True)
    unfit = assigning.why_unfit(people.person(receiver), wanted)
    return unfit.text if unfit else ""


def _decide(handover: Handover, decision: Decision, by: User, why: str = "") -> Handover:
    handover.decision, handover.decided_at, handover.decided_why = decision, timezone.now(), why
    handover.save(update_fields=["decision", "decided_at", "decided_why"])
    reminders.withdraw(occurrence=occurrence(handover), reason=f"The handover was {decision}.")
    _tell(decision.value, handover, by, why=why)
    return handover


def _tell(verb: str, handover: Handover, by: User, *, why: str = "") -> None:
    events.record(
        verb,
        f"handover:{handover.pk}",
        by=by,
        engagement=handover.engagement,
        after={"giver": handover.giver_id, "receiver": handover.receiver_id, "why": why},
    )
