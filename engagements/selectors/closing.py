"""The way out of an engagement: each service of an RFA, then what would be left behind (R25 to R27)."""

from datetime import date
from typing import Any

from django.urls import reverse

from engagements import access
from engagements.disengagement import Disengagement, disengagement, is_rfa, look_again_on
from engagements.models import Engagement, Handover, NextAction, Referral, User, Waiver
from engagements.selectors import people, shapes
from engagements.selectors.days import day, on_day
from engagements.selectors.state import engagement_standing, state_crumbs
from engagements.selectors.words import count
from engagements.walk import Place, Walk
from tasks.folding import fold


def closing_page(walk: Walk, user: User) -> dict[str, Any]:
    """The services on their way out, and everything that is still open."""
    ways = disengagement(walk)
    return {
        **engagement_standing(walk, user),
        "crumbs": state_crumbs(walk.engagement),
        "rfa": is_rfa(walk.engagement),
        "rounds": [
            {"service": one.service.name, "ends_with": one.ends_with.capitalize()} | _place(one.discussion)
            for one in ways.rounds
        ],
        "ends": [
            {
                "ends_with": one.ends_with,
                "number": one.number,
                "task": one.task,
                "task_kind": shapes.task_shape(one.task),
                "task_url": f"{one.place.url}#task-{one.number}",
            }
            | _place(one.place)
            for one in ways.ends
        ],
        "left": _left(ways),
        "promises": _promises(walk),
        "waiting": list(_waiting(walk, user)),
    }


def closing_choices(walk: Walk, user: User) -> dict[str, Any]:
    """What the form starts with: who may look again, when, and the queue of the customer's region."""
    engagement = walk.engagement
    team = list({row.user_id: row.user for row in people.team(engagement)}.values())
    rfa = is_rfa(engagement)
    return {
        "people": team,
        "by": user,
        "look_again": look_again_on(walk.today) if rfa else None,
        "queue": _queue(engagement) if rfa else "",
    }


def after_the_end(engagement: Engagement, today: date) -> dict[str, Any]:
    """What is left to do on a closed engagement: the move to the queue, and looking at it again (R27)."""
    action = engagement.next_actions.filter(done_at=None, note=None).select_related("owner").first()
    asked, moved = engagement.queue_asked_on, engagement.queue_moved_on
    return {
        "queue": engagement.get_queue_display(),
        "asked": on_day(asked, today) if asked else "",
        "moved": on_day(moved, today) if moved else "",
        "follow_up": f"{action.text}, {day(action.due_on, today)}, {action.owner}" if action else "",
        "ended_as": engagement.get_ended_as_display(),
    }


def _place(place: Place) -> dict[str, Any]:
    left = len(place.verdict.blockers)
    return {
        "title": place.title,
        "url": place.url,
        "kind": shapes.PLACE[place.state],
        "word": place.state,
        "left": "" if place.is_done else f"{count(left, 'thing')} left" if left else "Everything it asks for is there",
    }


def _left(ways: Disengagement) -> str:
    if not ways.rounds and not ways.ends:
        return ""
    held = sum(one.discussion.is_done for one in ways.rounds)
    said = f"{held} of {count(len(ways.rounds), 'completion discussion')} held"
    done = sum(one.is_done for one in ways.ends)
    return f"{said}, {done} of {count(len(ways.ends), 'last step')} done"


def _promises(walk: Walk) -> list[dict[str, str]]:
    rows = NextAction.objects.filter(engagement=walk.engagement, done_at=None).select_related("owner")
    return [{"text": row.text, "said": f"{row.owner}, {day(row.due_on, walk.today)}"} for row in rows]


def _waiting(walk: Walk, user: User):
    """What others still have to answer: a referral, a handover, waivers; each leads to where the reader may go."""
    engagement = walk.engagement
    referral_url = reverse("referral_detail", args=[engagement.pk]) if access.may_read_internal(user) else ""
    for row in Referral.objects.filter(engagement=engagement, closed_on=None):
        said = f"sent {on_day(row.sent_on, walk.today)}" if row.sent_on else "prepared, not sent"
        yield {"text": f"QuickLeads referral, {said}", "url": referral_url}
    if Handover.objects.filter(engagement=engagement, decision=Handover.Decision.OPEN).exists():
        yield {"text": "A handover waits for its receiver", "url": ""}
    rows = Waiver.objects.filter(run__engagement=engagement, decision=Waiver.Decision.OPEN).select_related("run__step")
    decides = access.may_waive(user)
    for row in rows:
        leads = decides and row.asked_by_id != user.pk
        yield {
            "text": f"A waiver in {row.run.step.title} is not decided",
            "url": reverse("waiver_decide", args=[row.pk]) if leads else "",
        }


def _queue(engagement: Engagement) -> str:
    """The queue of the customer's region, where its name says one."""
    region = fold(engagement.tenant.customer.region)
    return next((value for value in Engagement.Queue.values if value in region), "")
