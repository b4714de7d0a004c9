"""What somebody who takes an engagement over has to know: put together as it stands, drawn with the names of today.

A brief keeps ids of notes, promises, people and contacts, never their words or names, so that what is redacted
or erased later is gone from it too. What the playbook says and what the rules found out is kept as it was.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone

from engagements.adoption.dibs import missing_dibs
from engagements.models import Contact, Engagement, EngagementSummary, NextAction, Note, Referral, TaskRecord, Waiver
from engagements.selectors import people
from engagements.selectors.days import day, on_day
from engagements.selectors.health import health_chip
from engagements.walk import Walk
from tasks.models import Service

STEPS, NOTES = 12, 5


def build(walk: Walk) -> dict[str, Any]:
    """The brief of an engagement as it stands, in plain values."""
    engagement = walk.engagement
    applicable = [place for place in walk.places if place.applies]
    following = walk.next_place()
    in_scope = {service.id for service in walk.facts.services}
    rows = [row for row in engagement.tenant.services.all() if row.service_id in in_scope]
    team = people.team(engagement)
    return {
        "on": walk.today.isoformat(),
        "status": engagement.status,
        "phase": following.phase.name if following else "",
        "health": [engagement.health or "", _iso(engagement.health_rated_on), _iso(engagement.health_until)],
        "steps": [sum(place.is_done for place in applicable), len(applicable)],
        "next_step": {"title": following.title, "url": following.url} if following else None,
        "left": [blocker.text for blocker in following.verdict.blockers] if following else [],
        "open_steps": [[place.title, place.state] for place in walk.open_places[:STEPS]],
        "open_more": max(0, len(walk.open_places) - STEPS),
        "blocked": _blocked(walk),
        "dibs": [[row.service_id, missing_dibs(row)] for row in rows if missing_dibs(row)],
        "ssat": [[row.service_id, lacks] for row in rows if (lacks := _ssat_left(row))],
        "due": [[row.service_id, row.adoption.due_on.isoformat()] for row in rows if _due(row)],
        "actions": _ids(engagement.next_actions.filter(done_at=None)),
        "questions": _questions(walk),
        "waivers": _ids(Waiver.objects.filter(run__engagement=engagement, decision=Waiver.Decision.OPEN)),
        "referrals": _ids(engagement.referrals.filter(closed_on=None)),
        "notes": _ids(engagement.notes.all()[:NOTES]),
        "team": [list(one) for one in dict.fromkeys((row.user_id, row.role.name, row.primary) for row in team)],
        "owners": sorted({row.adoption.success_owner_id for row in rows if _owner(row)}),
        "csm": engagement.tenant.csm_id,
    }


def drawn(brief: dict[str, Any], engagement: Engagement, today: date) -> dict[str, Any]:
    """The brief as the page shows it, in a constant number of queries; what is gone is left out."""
    about = {pk for name in ("dibs", "ssat", "due") for pk, _ in brief[name]} | {pk for _, pk in brief["questions"]}
    services = Service.objects.in_bulk(about - {None})
    contacts = Contact.objects.in_bulk([pk for pk in [*brief["owners"], brief["csm"]] if pk])
    users = people.names([pk for pk, _, _ in brief["team"]])
    records = TaskRecord.objects.select_related("task").in_bulk(brief["blocked"])
    return {
        "on": on_day(date.fromisoformat(brief["on"]), today),
        "is_parked": brief["status"] == Engagement.Status.PARKED,
        "phase": brief["phase"],
        "health": _health(brief.get("health"), today),
        "steps": brief["steps"],
        "next_step": brief["next_step"],
        "left": brief["left"],
        "open_steps": [{"title": title, "state": state} for title, state in brief["open_steps"]],
        "open_more": brief["open_more"],
        "blocked": [_blocked_row(row, today) for row in records.values()],
        "dibs": [{"service": services[pk].label, "lacks": ", ".join(lacks)} for pk, lacks in brief["dibs"]],
        "ssat": [{"service": services[pk].label, "lacks": ", ".join(lacks)} for pk, lacks in brief["ssat"]],
        "due": [{"service": services[pk].label, "on": day(date.fromisoformat(on), today)} for pk, on in brief["due"]],
        "actions": [
            {"text": row.text, "due": day(row.due_on, today), "late": row.due_on < today, "owner": str(row.owner)}
            for row in NextAction.objects.filter(pk__in=brief["actions"]).select_related("owner")
        ],
        "questions": [
            {"text": text, "service": services[pk].label if pk in services else ""} for text, pk in brief["questions"]
        ],
        "waivers": [
            {"text": row.requirement.text if row.requirement else f"Task {row.task.number}", "why": row.reason}
            for row in Waiver.objects.filter(pk__in=brief["waivers"]).select_related("requirement", "task")
        ],
        "referrals": [
            {
                "sent": day(row.sent_on, today) if row.sent_on else "",
                "due": day(row.contact_due_on, today) if row.contact_due_on else "",
                "url": reverse("referral_detail", args=[engagement.pk]),
            }
            for row in Referral.objects.filter(pk__in=brief["referrals"])
        ],
        "notes": [
            {
                "category": row.get_category_display(),
                "when": day(timezone.localdate(row.created_at), today),
                "author": str(row.author),
                "body": row.body,
            }
            for row in Note.objects.filter(pk__in=brief["notes"]).select_related("author")
        ],
        "team": [
            {"name": users[pk], "role": role, "primary": primary} for pk, role, primary in brief["team"] if pk in users
        ],
        "owners": [contacts[pk] for pk in brief["owners"] if pk in contacts],
        "csm": contacts[brief["csm"]].name if brief["csm"] in contacts else "",
    }


def _blocked(walk: Walk) -> list[int]:
    """The records of blocked tasks, each once."""
    found = (place.blocked_task for place in walk.open_places)
    return list(dict.fromkeys(record.pk for record in found if record))


def _blocked_row(row: TaskRecord, today: date) -> dict[str, str]:
    since = day(timezone.localdate(row.changed_at), today)
    return {"task": f"{row.task.number} {row.task.name}", "status": row.status, "since": since, "why": row.reason}


def _questions(walk: Walk) -> list[list[Any]]:
    """What nobody answered yet though steps or tasks depend on it, with the service that it is about."""
    asked: dict[tuple[str, int | None], None] = {}
    for place in walk.open_places:
        asked |= dict.fromkeys(place.applicability.ask)
        for _, applies in place.tasks:
            asked |= dict.fromkeys(applies.ask)
    known = walk.facts.conditions
    return [[known[key].question, service] for key, service in asked if key in known]


def _ssat_left(row) -> list[str]:
    adoption = getattr(row, "adoption", None)
    return [name for name, state in adoption.ssat if state != "in-place"] if adoption else []


def _due(row) -> bool:
    adoption = getattr(row, "adoption", None)
    return bool(adoption and adoption.due_on and not row.enabled_on)


def _owner(row) -> bool:
    adoption = getattr(row, "adoption", None)
    return bool(adoption and adoption.success_owner_id)


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""


def _health(kept: list[str] | None, today: date) -> dict[str, str] | None:
    """The colour as it was when the brief was put together; whether it still stands is for the day of reading."""
    colour, rated, until = kept or ("", "", "")
    if not colour:
        return None
    rated_on, stands_until = (date.fromisoformat(on) if on else None for on in (rated, until))
    row = EngagementSummary(health=colour, health_rated_on=rated_on, health_until=stands_until)
    chip = health_chip(row, today)
    return chip | {"since": chip["since"] or (f"rated {on_day(rated_on, today)}" if rated_on else "")}


def _ids(rows: Iterable) -> list[int]:
    return [row.pk for row in rows]
