"""Everything that needs one person, grouped by urgency; each thing with its reason and one action (DESIGN §8).

Reads the summary rows and next actions of the person's engagements once. The number of queries depends on
the groups, not on the engagements; each group shows its first ``SHOWN`` rows.
"""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from engagements import access
from engagements.levels import READ_ALL, WORK
from engagements.models import Engagement, NextAction, User, Waiver
from engagements.selectors import mentions
from engagements.selectors.days import day
from engagements.selectors.due import action_rows, dibs_date_rows, referral_rows, review_rows, reviews_due
from engagements.selectors.escalations import escalation_groups
from engagements.selectors.handed_actions import handed_actions
from engagements.selectors.handovers import handed_to
from engagements.selectors.health import UNKNOWN, health_chip
from engagements.selectors.mine import MOST, Mine
from engagements.selectors.next_steps import following_rows, has_following
from engagements.selectors.places import place_url
from engagements.selectors.todo import SHOWN, Group, todo_row, within
from engagements.selectors.two_weeks import two_weeks
from engagements.selectors.words import count, late, spoken
from engagements.staleness import is_stale
from tasks.prepared import prepared


def today_page(user: User, today: date) -> dict[str, Any]:
    """What the page draws: the sentence, the groups and the two weeks."""
    mine = Mine(user, today)
    overdue, due_today = _due(mine)
    escalated, unread = escalation_groups(user, today)
    groups = [
        handed_to(user, today),
        mentions.waiting(user, today),
        escalated,
        overdue,
        unread,
        _ready(mine),
        due_today,
        handed_actions(mine),
        _waivers(user, today),
        _handshakes(mine),
        _blocked(mine),
        _dibs_missing(mine),
        _unconfirmed(mine),
        _back(mine),
        _shaken(mine),
        _without_action(mine),
        _next_steps(mine),
    ]
    groups = [group for group in groups if group.rows]
    for place, row in enumerate(row for group in groups for row in group.rows):
        row |= {"act_id": f"act-{place}", "main": place == 0}
        if "returns" in row:  # to the place of the row, which is the next one's by then
            row[row["returns"]] += "?" + urlencode({"next": f"{reverse('today')}#act-{place}"})
    urgent = sum(group.count for group in groups if group.is_urgent)
    return {
        "title": f"{today:%A %-d %B}",
        "lead": _lead(groups, urgent),
        "groups": groups,
        "urgent": urgent,
        "engagements": f"{len(mine.open):,}" if len(mine.engagements) < MOST else f"more than {MOST:,}",
        "days": two_weeks(mine) if mine.open else [],
        "empty": None if groups else _empty(mine),
    }


# Dates ------------------------------------------------------------------------------------------------


def _due(mine: Mine) -> tuple[Group, Group]:
    """What is overdue and what is due today; both read their steps and services together."""
    today, url = mine.today, reverse("engagement_list")
    actions = [row for row in mine.actions if row.done_at is None and row.due_on <= today]
    dates = mine.such(lambda row: row.dibs_due_on and row.dibs_due_on <= today, key=lambda row: row.dibs_due_on)
    referred, internal = [], access.may_read_internal(mine.user)
    meeting = mine.such(lambda row: row.next_review_on and row.next_review_on <= today)
    reviews = reviews_due(meeting, today, internal=internal)
    if internal:
        referred = mine.such(
            lambda row: row.referral_due_on and row.referral_due_on <= today, key=lambda row: row.referral_due_on
        )
    groups = (
        Group("overdue", "Overdue", all_url=f"{url}?show=overdue"),
        Group("due", "Due today", all_url=f"{url}?on={today.isoformat()}"),
    )
    shown_actions, shown_dates, shown_referrals, shown_reviews = [], [], [], []
    for group, is_late in zip(groups, (True, False), strict=True):
        promised = [row for row in actions if (row.due_on < today) is is_late]
        dated = [row for row in dates if (row.dibs_due_on < today) is is_late]
        waiting = [row for row in referred if (row.referral_due_on < today) is is_late]
        held = [row for row in reviews if (row.on < today) is is_late]
        group.count = len(promised) + len(dated) + len(waiting) + len(held)
        shown_actions += promised[:SHOWN]
        shown_dates += dated[:SHOWN]
        shown_referrals += waiting[:SHOWN]
        shown_reviews += held[:SHOWN]
    rows = action_rows(shown_actions, mine.user, today) + dibs_date_rows(shown_dates, today)
    rows += referral_rows(shown_referrals, today) + review_rows(shown_reviews, mine.user, today)
    for row in sorted(rows, key=lambda row: row["on"]):
        group = groups[0 if row["on"] < today else 1]
        if len(group.rows) < SHOWN:
            group.rows.append(row)
    return groups


# States -----------------------------------------------------------------------------------------------


def _ready(mine: Mine) -> Group:
    found = mine.such(lambda row: row.steps_ready and mine.may_use(row, row.ready_step_key))
    rows = [
        todo_row(summary.engagement, f"ready-{summary.pk}", "ready")
        | {
            "what": summary.ready_step_title,
            "why": "Everything it asks for is there." + _more(summary.steps_ready - 1, "step", "ready too"),
            "lead": f"{summary.ready_step_title} is ready to complete",
            "action": "Review and complete",
            "action_url": place_url(summary.pk, summary.ready_step_key),
        }
        for summary in found[:SHOWN]
    ]
    url = f"{reverse('engagement_list')}?show=ready"
    return Group("ready", "Ready to complete", len(found), rows, url)


def _handshakes(mine: Mine) -> Group:
    """What the records ask for since a CSM was assigned or a service enabled, until it is done (R11, R12)."""
    found = mine.such(lambda row: row.handshake_step_key)
    rows = [
        todo_row(summary.engagement, f"handshake-{summary.pk}", "due")
        | {
            "what": summary.handshake_title,
            "why": summary.handshake_why,
            "lead": f"{summary.handshake_title} is due",
            "action": "Open step",
            "action_url": place_url(summary.pk, summary.handshake_step_key),
        }
        for summary in found[:SHOWN]
    ]
    return Group("handshake", "Handshakes", len(found), rows, f"{reverse('engagement_list')}?show=handshake")


def _blocked(mine: Mine) -> Group:
    rows = []
    found = mine.such(lambda row: row.tasks_blocked, key=lambda row: row.blocked_since or date.max)
    for summary in found[:SHOWN]:
        number, _, name = summary.blocked_task.partition(" ")
        since = f" since {within(summary.blocked_since, mine.today)}" if summary.blocked_since else ""
        rows.append(
            todo_row(summary.engagement, f"blocked-{summary.pk}", "blocked")
            | {
                "what": name,
                "why": f"Task {number} is {summary.blocked_status}{since}."
                + _more(summary.tasks_blocked - 1, "task", "blocked too"),
                "lead": f"task {number} is {summary.blocked_status}",
                "action": "Open step" if mine.may_use(summary, summary.blocked_step_key) else "Look at the step",
                "action_url": place_url(summary.pk, summary.blocked_step_key),
            }
        )
    return Group("blocked", "Blocked", len(found), rows, f"{reverse('engagement_list')}?show=blocked")


def _dibs_missing(mine: Mine) -> Group:
    rows = []
    found = mine.such(lambda row: row.dibs_missing_count)
    for summary in found[:SHOWN]:
        service, _, names = summary.dibs_missing.partition("; ")[0].partition(": ")
        lacking = names.split(", ")
        what = f"{service} has no {', '.join(lacking[:-1]) + ' or ' if lacking[1:] else ''}{lacking[-1]}"
        rows.append(
            todo_row(summary.engagement, f"missing-{summary.pk}", "missing")
            | {
                "what": what,
                "why": "DIBS are what a service is planned by."
                + _more(summary.dibs_missing_count - 1, "service", "without full DIBS"),
                "lead": what,
                "action": f"Add {lacking[0]}" if len(lacking) == 1 else "Add both" if len(lacking) == 2 else "Add DIBS",
                "action_url": reverse("engagement_services", args=[summary.pk]),
            }
        )
    return Group("missing", "DIBS missing", len(found), rows, f"{reverse('engagement_list')}?show=dibs")


def _shaken(mine: Mine) -> Group:
    rows = []
    found = mine.such(lambda row: row.steps_shaken)
    for summary in found[:SHOWN]:
        verb = "holds" if summary.steps_shaken == 1 else "hold"
        what = f"{count(summary.steps_shaken, 'completed step')} no longer {verb}"
        rows.append(
            todo_row(summary.engagement, f"shaken-{summary.pk}", "warning")
            | {
                "what": what,
                "why": "What the records say today would not let it pass. Nothing reopens by itself.",
                "lead": what,
                "action": "Look at it",
                "action_url": reverse("engagement_detail", args=[summary.pk]),
            }
        )
    url = f"{reverse('engagement_list')}?show=shaken"
    return Group("shaken", "Steps that no longer hold", len(found), rows, url)


def _unconfirmed(mine: Mine) -> Group:
    """Colours that nobody confirmed in time, a customer each, the longest unknown first."""
    found = mine.such(lambda row: is_stale(row.health_until, mine.today), key=lambda row: row.health_until)
    customers = {summary.engagement.tenant.customer_id: summary for summary in reversed(found)}
    rows = []
    for summary in list(reversed(customers.values()))[:SHOWN]:
        what = f"Health is unknown, {health_chip(summary, mine.today)['since']}"
        url = summary.engagement.tenant.customer.get_absolute_url()
        rows.append(
            todo_row(summary.engagement, f"health-{summary.pk}", "warning")
            | {
                "what": what,
                "why": f"It stood until {day(summary.health_until, mine.today)}; nobody confirmed it since.",
                "lead": "its health wants to be confirmed",
                "action": "Confirm or rate",
                "action_url": f"{url}#health-0",
            }
        )
    url = f"{reverse('engagement_list')}?health={UNKNOWN}"
    return Group("health", "Health to confirm", len(customers), rows, url, is_urgent=False)


def _without_action(mine: Mine) -> Group:
    """Open engagements in which nobody promised anything: who waits parks them until a day."""
    found = mine.such(lambda row: row.next_action_on is None)
    may_work = mine.user.has_perm(WORK)
    rows = [
        todo_row(summary.engagement, f"without-{summary.pk}", "missing")
        | {
            "what": "No next action",
            "why": "An open engagement has one, with a day. If it waits for somebody, park it until then.",
            "lead": "nobody promised what comes next",
            "action": "Add next action",
            "action_url": reverse("engagement_actions", args=[summary.pk]),
            "returns": "action_url",
        }
        for summary in found[:SHOWN]
    ]
    if not may_work:
        rows = [row | {"action": "Open engagement", "action_url": row["url"]} for row in rows]
    url = f"{reverse('engagement_list')}?show=unplanned"
    return Group("without", "Without a next action", len(found), rows, url)


def _back(mine: Mine) -> Group:
    """Parked engagements whose day has come."""
    rows = [
        todo_row(engagement, f"parked-{engagement.pk}", "paused")
        | {
            "what": "Back from parking",
            "why": f"Parked until {_since(engagement.parked_until, mine.today)}: {engagement.parked_reason}",
            "lead": "it is back from parking",
            "action": "Resume or park again",
            "action_url": reverse("engagement_state", args=[engagement.pk]),
        }
        for engagement in mine.back[:SHOWN]
    ]
    return Group("back", "Back from parking", len(mine.back), rows, f"{reverse('engagement_list')}?status=parked")


def _next_steps(mine: Mine) -> Group:
    """What to open when nothing presses; it does not count among the things that need somebody."""
    found = mine.such(
        lambda row: has_following(row, mine.may_use), key=lambda row: (row.steps_done, -row.engagement_id)
    )
    rows = following_rows(found[:SHOWN], mine.user, mine.may_use)
    return Group("next", "Next steps", len(found), rows, reverse("engagement_list"), is_urgent=False)


def _waivers(user: User, today: date) -> Group:
    """What others asked to do without, for those who decide on it; nobody decides on their own request."""
    group = Group("waivers", "Waivers to decide", all_url=f"{reverse('engagement_list')}?scope=all&show=waivers")
    if not access.may_waive(user):
        return group
    found = _first_of_all(user=user.pk) if user.has_perm(READ_ALL) else list(_first(_to_decide(user)))
    for waiver in found[:SHOWN]:
        engagement = waiver.run.engagement
        what = waiver.requirement.text if waiver.requirement else f"task {waiver.task}"
        who = waiver.asked_by or "Somebody"
        group.rows.append(
            todo_row(engagement, f"waiver-{waiver.pk}", "waived")
            | {
                "what": f"{waiver.run.step.title}: do without “{what}”?",
                "why": f"{who}, {within(timezone.localdate(waiver.asked_at), today)}: “{waiver.reason}”",
                "lead": f"{who} asks to do without a line of {waiver.run.step.title}",
                "action": "Decide",
                "action_url": reverse("waiver_decide", args=[waiver.pk]),
                "returns": "action_url",
            }
        )
    group.count = len(found) if len(found) <= SHOWN else _to_decide(user).count()
    return group


def _to_decide(user: User) -> QuerySet[Waiver]:
    """The waivers that others ask for in what the user may see."""
    asked = _of_others(user)
    return asked if user.has_perm(READ_ALL) else asked.filter(run__engagement__in=Engagement.objects.visible_to(user))


def _of_others(user) -> QuerySet[Waiver]:
    asked = Waiver.objects.filter(decision=Waiver.Decision.OPEN, run__engagement__status=Engagement.Status.OPEN)
    return asked.exclude(asked_by=user)


def _first(asked: QuerySet[Waiver]) -> QuerySet[Waiver]:
    """Those that are shown, and one more where there are more; with all that their rows say."""
    engagement = ("run__engagement__tenant__customer", "run__engagement__summary")
    rows = asked.select_related("run__step", "requirement", "task", "asked_by", *engagement)
    return rows.order_by("asked_at", "pk")[: SHOWN + 1]


@prepared
def _first_of_all(user) -> QuerySet[Waiver]:
    return _first(_of_others(user))


def _since(on: date, today: date) -> str:
    return ", ".join(filter(None, [day(on, today), late(on, today)]))


# Sentences --------------------------------------------------------------------------------------------


def _lead(groups: list[Group], urgent: int) -> dict[str, str]:
    if not groups:
        return {"strong": "Nothing needs you today.", "text": ""}
    first = groups[0].rows[0]
    if not urgent:
        return {"strong": "Nothing is urgent.", "text": f"Go on with {first['customer']}: {first['lead']}."}
    things = "thing needs" if urgent == 1 else "things need"
    strong = f"{spoken(urgent).capitalize()} {things} you."
    return {"strong": strong, "text": f"Start with {first['customer']}: {first['lead']}."}


def _empty(mine: Mine) -> dict[str, str]:
    """Nothing to do: what comes next, or how to begin."""
    total = len(mine.open)
    if not total and access.may_start(mine.user):
        text = "You have no open engagement. Start one for a customer that you are assigned to."
        url = reverse("engagement_new")
        return {"title": "Nothing needs you today", "text": text, "url": url, "action": "New engagement"}
    coming = NextAction.objects.filter(
        engagement__in=[row.pk for row in mine.open], done_at=None, due_on__gt=mine.today
    )
    coming = coming.select_related("engagement__tenant__customer").first()
    text = "No engagement is assigned to you."
    if coming:
        text = f"Next: {coming.text}, with {coming.engagement.tenant.customer} on {day(coming.due_on, mine.today)}."
    elif total:
        text = f"Every step of your {count(total, 'open engagement')} is complete."
    url = reverse("engagement_list") + ("" if total else "?scope=all&status=any")
    return {"title": "Nothing needs you today", "text": text, "url": url, "action": "Look at the portfolio"}


def _more(number: int, what: str, how: str) -> str:
    return f" {number:,} more {what if number == 1 else what + 's'} {how}." if number > 0 else ""
