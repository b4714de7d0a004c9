"""The page of one review: prepared while it is planned, the record of it once it was held."""

from collections import defaultdict
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from engagements.attending import CALLED, sides_let_in
from engagements.customer_safe import customer_line
from engagements.models import Attendance, Contact, NextAction, Review, User
from engagements.note_markdown import render
from engagements.selectors import people
from engagements.selectors.days import day, due, on_day
from engagements.selectors.health import COLOURS
from engagements.selectors.notes import mentioned_in, moment
from engagements.selectors.places import place_url
from engagements.selectors.review_facts import ReviewFacts
from engagements.selectors.usage import bar, trend
from engagements.selectors.words import count, late
from engagements.services.attendance import audience
from engagements.services.disclosure import disclosure, is_for_customers
from engagements.services.review_closing import PARTS
from engagements.services.review_plan import following
from engagements.staleness import is_stale, was

STATES = {
    Review.State.PLANNED: "open",
    Review.State.HELD: "done",
    Review.State.SKIPPED: "off",
    Review.State.CANCELLED: "off",
}
CAME = {
    Attendance.State.INVITED: ("open", "Invited"),
    Attendance.State.CAME: ("done", "Took part"),
    Attendance.State.MISSED: ("off", "Did not come"),
}


def review_page(facts: ReviewFacts) -> dict[str, Any]:
    """What every state of a review draws."""
    review, series = facts.review, facts.review.series
    page = {
        "review": review,
        "here": reverse("review_detail", args=[review.pk]),
        "status_url": reverse("review_status", args=[review.pk]),
        "customer": facts.customer,
        "may_edit": review.may_edit,
        "title": series.rule.name,
        "purpose": series.rule.purpose,
        "crumbs": _crumbs(facts),
        "state": {"kind": STATES[Review.State(review.state)], "word": review.get_state_display()},
        "when": _when(facts),
        "subs": _subs(facts),
        "audience": series.rule.audience,
        "never": never_in(series),
        "onsite": _on_site(review),
    }
    if review.state == Review.State.PLANNED:
        return page | prepared(facts)
    if review.state == Review.State.HELD:
        return page | _held(facts)
    return page | {"following": _following(facts)}


def prepared(facts: ReviewFacts) -> dict[str, Any]:
    """What is talked about, in the order in which it is."""
    return {
        "now": _now(facts) | _another_day(facts),
        "talk": _talk(facts),
        "since": since(facts),
        "steps": [_step(row, facts) for row in facts.receipts],
        "notes": [_note(row, facts) for row in facts.notes],
        "done": [_action(row, facts) for row in facts.done],
        "moved": facts.moved,
        "open": [_action(row, facts) for row in facts.actions],
        "usage": [_usage(row, found, facts) for row, found in facts.usage],
        "health": facts.health,
        "agenda": agenda(facts),
    }


def people_asked(facts: ReviewFacts) -> list[dict[str, Any]]:
    """The sides that the rule lets in, each with who may be ticked: "contact-12", "user-3"."""
    review, series = facts.review, facts.review.series
    state = {(row.contact_id, row.user_id): row.state for row in review.attendance.all()}
    let_in = sides_let_in(audience(series))
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for contact in Contact.objects.known().filter(customer=facts.customer):
        found[contact.kind].append(_contact(contact, state.get((contact.pk, None))))
    team = people.team_of(series.tenant_id, facts.customer.pk)
    users = {row.user_id: row.user for row in team}
    persons = people.persons(users.values())
    roles = defaultdict(list)
    for row in team:
        roles[row.user_id].append(row.role.name)
    for pk, user in users.items():
        side = "partner" if persons[pk].is_partner else "fasttrack"
        said = ", ".join(dict.fromkeys(roles[pk]))
        found[side].append(
            {"value": f"user-{pk}", "name": str(user), "title": said, "barred": "", "state": state.get((None, pk))}
        )
    return [{"key": side, "name": CALLED[side], "people": found[side]} for side in let_in]


def never_in(series) -> str:
    """ "Customer and Partner never take part." """
    names = [CALLED[side] for side in CALLED if side not in sides_let_in(audience(series))]
    if not names:
        return ""
    *others, last = names
    return f"{', '.join(others)} and {last} never take part." if others else f"{last} never takes part."


def agenda(facts: ReviewFacts) -> dict[str, Any]:
    """The lines of the agenda with their minutes; where customers attend, only what they may read."""
    rows = [{"title": row.title, "minutes": row.minutes} for row in facts.review.series.rule.agenda.all()]
    if is_for_customers(facts.review):
        rules = disclosure(facts.customer, sender=facts.user)
        rows = [row | {"title": title} for row in rows if (title := customer_line(row["title"], rules))]
    return {"items": rows, "minutes": sum(row["minutes"] for row in rows)}


def since(facts: ReviewFacts) -> str:
    """ "the last one, held Tue 12 May"."""
    if facts.last:
        return f"the last one, held {on_day(facts.last.held_on, facts.today)}"
    return f"the series was agreed, {on_day(facts.review.series.agreed_on, facts.today)}"


def _crumbs(facts: ReviewFacts) -> list[dict[str, str]]:
    tab = {"label": "Reviews", "url": _tab(facts)}
    return [
        {"label": "Portfolio", "url": reverse("engagement_list")},
        {"label": facts.customer.name, "url": facts.customer.get_absolute_url()},
        *([tab] if tab["url"] else []),
    ]


def _tab(facts: ReviewFacts) -> str:
    """The Reviews tab of the newest engagement that the review covers."""
    return reverse("engagement_reviews", args=[facts.ids[0]]) if facts.ids else ""


def _subs(facts: ReviewFacts) -> list[str]:
    review, series = facts.review, facts.review.series
    tenant = series.tenant
    return [
        *([tenant.name] if tenant and tenant.name != facts.customer.name else []),
        f"Owner {series.owner}",
        count(review.minutes, "minute"),
        *([review.place] if review.place else []),
    ]


def _when(facts: ReviewFacts) -> str:
    """On the reader's clock; in brackets on the tenant's, where that is another."""
    review = facts.review
    here = timezone.localtime(review.starts_at)
    there = review.starts_at.astimezone(ZoneInfo(review.series.time_zone))
    said = f"{day(here.date(), facts.today)}, {here:%H:%M}"
    if (here.date(), here.hour, here.minute) == (there.date(), there.hour, there.minute):
        return said
    other = f"{there:%H:%M}" if there.date() == here.date() else f"{there:%a %-d %b %H:%M}"
    return f"{said} ({other} in {review.series.time_zone.rpartition('/')[2].replace('_', ' ')})"


def _now(facts: ReviewFacts) -> dict[str, str]:
    """What the page says first: when it is, and what closing it needs."""
    review, today = facts.review, facts.today
    if review.late_on <= today:
        strong = f"It was planned for {on_day(review.on, today)} and is {late(review.on, today) or 'late'}."
        text = "Close it if it was held, or move it, or skip it with a reason."
        return {"tone": "red", "strong": strong, "text": text}
    if review.on == today:
        return {"tone": "", "strong": "It is today.", "text": f"{_talked(facts)} The agenda runs beside it."}
    strong = f"It is planned for {on_day(review.on, today)}."
    return {"tone": "", "strong": strong, "text": f"{_talked(facts)} This page is up to date whenever you open it."}


def _another_day(facts: ReviewFacts) -> dict[str, str]:
    """Where it is moved or skipped, for those who may."""
    if not facts.ids or not facts.review.may_edit:
        return {}
    return {"url": f"{_tab(facts)}?do=move&series={facts.review.series_id}", "label": "Move it"}


def _talked(facts: ReviewFacts) -> str:
    number = len(_talk(facts))
    return f"{count(number, 'thing')} to talk about." if number else "Nothing is late, blocked or missing."


def _talk(facts: ReviewFacts) -> list[dict[str, str]]:
    """What goes wrong, is missing or waits, the worst first, each with the link to it."""
    today, rows = facts.today, []
    for row in facts.blocked:
        since_day = day(timezone.localdate(row.changed_at), today)
        why = f": {row.reason}" if row.reason else ""
        text = f"Task {row.task.number} {row.task.name} is {row.status} since {since_day}{why}."
        rows.append(_found("blocked", text, "Open tasks", reverse("engagement_tasks", args=[row.engagement_id])))
    for row in facts.actions:
        if row.due_on < today:
            text = f"{row.text}, {row.owner}, {late(row.due_on, today)}."
            rows.append(_found("overdue", text, "Settle it", _settle(row, facts)))
    if facts.late_referrals:
        row = facts.late_referrals[0]
        text = f"No partner was in touch by {day(row.contact_due_on, today)}, as the referral asked."
        rows.append(_found("overdue", text, "Open referral", reverse("referral_detail", args=[row.engagement_id])))
    for row in facts.waivers:
        what = row.requirement.text if row.requirement else f"task {row.task.number}"
        text = f"A waiver waits for the team manager: {what}"
        step = row.run.step
        url = reverse("step_detail", args=[row.run.engagement_id, step.process.slug, step.slug])
        rows.append(_found("waived", text, "Open step", url))
    for row, lacks in facts.lacking:
        url = f"{reverse('engagement_services', args=[_engagement_of(row, facts)])}#service-{row.service_id}"
        rows.append(_found("missing", f"{row.service.label} lacks {', '.join(lacks)}.", "Open service", url))
    if stale := _stale(facts):
        rows.append(_found("warning", stale, "", ""))
    return rows


def _stale(facts: ReviewFacts) -> str:
    """A colour that nobody confirmed for longer than its cadence, or none at all."""
    colour, rated_on = facts.health["colour"], facts.health["rated_on"]
    if not colour:
        return "Nobody has rated the health of this customer. Judge it when you close the review."
    if is_stale(facts.health["until"], facts.today):
        return (
            f"The health is unknown, {was(COLOURS[colour], rated_on, facts.today)}. Judge it when you close the review."
        )
    return ""


def _engagement_of(row, facts: ReviewFacts) -> int:
    return next(one.pk for one in facts.engagements if one.tenant_id == row.tenant_id)


def _found(kind: str, text: str, label: str, url: str) -> dict[str, str]:
    return {"kind": kind, "text": text, "label": label, "url": url}


def _which(engagement_id: int, facts: ReviewFacts) -> str:
    """Which engagement it is about, where the review covers several."""
    if len(facts.engagements) < 2:
        return ""
    found = facts.engagement(engagement_id)
    motions = ", ".join(motion.name for motion in found.motions.all())
    return f"{found.tenant.name}, {motions}" if facts.review.series.customer_id else motions


def _step(row, facts: ReviewFacts) -> dict[str, str]:
    step = row.run.step
    return {
        "text": f"{step.title}: {row.run.service.label}" if row.run.service else step.title,
        "url": place_url(
            row.engagement_id, f"{row.step_key}?{row.run.service_id}" if row.run.service else row.step_key
        ),
        "say": _said(moment(row.completed_at, facts.today), row.completed_by, _which(row.engagement_id, facts)),
    }


def _note(row, facts: ReviewFacts) -> dict[str, str]:
    first = next((line.strip() for line in row.body.splitlines() if line.strip()), "")
    return {
        "text": row.get_category_display(),
        "gist": first if len(first) <= 140 else f"{first[:139]}…",
        "url": reverse("note_detail", args=[row.engagement_id, row.pk]),
        "say": _said(moment(row.created_at, facts.today), row.author, _which(row.engagement_id, facts)),
    }


def _action(row: NextAction, facts: ReviewFacts) -> dict[str, Any]:
    said = due(row.due_on, facts.today)
    if row.done_at:
        said = f"done {on_day(timezone.localdate(row.done_at), facts.today)}"
    return {
        "text": row.text,
        "say": _said(row.owner, said, _which(row.engagement_id, facts)),
        "late": row.done_at is None and row.due_on < facts.today,
        "url": _settle(row, facts),
    }


def _settle(row: NextAction, facts: ReviewFacts) -> str:
    return f"{reverse('next_action', args=[row.pk])}?next={reverse('review_detail', args=[facts.review.pk])}"


def _usage(row, found, facts: ReviewFacts) -> dict[str, Any]:
    readings = facts.readings[row.pk]
    before = next((one for one in readings if one.on <= timezone.localdate(facts.since)), None)
    delta = ""
    if before and readings and readings[0] != before:
        change = readings[0].active_users - before.active_users
        delta = f"{change:+,} since" if change else "unchanged since"
    elif found.active is None:
        delta = "not counted yet"
    tenant = f"{row.tenant.name}: " if facts.review.series.customer_id and len(facts.tenants) > 1 else ""
    return {
        "name": f"{tenant}{found.name}",
        "bar": bar(found.percent),
        "users": f"{found.active:,}" if found.active is not None else "",
        "delta": delta,
        "trend": trend(readings),
    }


def _said(*parts: object) -> str:
    return ", ".join(str(part) for part in parts if part)


def _contact(contact: Contact, state: str | None) -> dict[str, Any]:
    return {
        "value": f"contact-{contact.pk}",
        "name": contact.name,
        "title": contact.title,
        "barred": f"Do Not Call: {contact.do_not_call_why}" if contact.do_not_call else "",
        "state": state,
    }


# Once it was held ----------------------------------------------------------------------------------------


def _held(facts: ReviewFacts) -> dict[str, Any]:
    review, today = facts.review, facts.today
    note = review.note
    rows = review.attendance.select_related("contact", "user").order_by("state", "pk")
    promised = review.next_actions.select_related("owner")
    return {
        "held": _said(f"Held {on_day(review.held_on, today)}", f"closed by {review.held_by or 'somebody who is gone'}"),
        "note_url": reverse("note_detail", args=[note.engagement_id, note.pk]) if note else "",
        "write_url": f"{reverse('engagement_notes', args=[note.engagement_id])}?from=review:{review.pk}#composer"
        if note
        else "",
        "note_body": render(note.body, mentioned_in([note]).get(note.pk)) if note else "",
        "parts": [{"name": name.capitalize(), "text": getattr(review, name)} for name in PARTS],
        "attendance": [_came(row) for row in rows],
        "promised": [_action(row, facts) for row in promised],
        "enterprise": getattr(review, "enterprise_status", None) if facts.internal else None,
        "following": _following(facts),
    }


def _came(row: Attendance) -> dict[str, str]:
    kind, word = CAME[Attendance.State(row.state)]
    return {"name": str(row.contact or row.user), "kind": kind, "word": word}


def _following(facts: ReviewFacts) -> dict[str, str] | None:
    """The review of the series that is planned now."""
    row = facts.review.series.reviews.filter(state=Review.State.PLANNED).first()
    if row is None:
        return None
    return {"url": reverse("review_detail", args=[row.pk]), "say": on_day(row.on, facts.today)}


def _on_site(review: Review) -> str:
    return f"On site, approved by {review.on_site_approved_by}: {review.on_site_why}" if review.on_site else ""


def owners(facts: ReviewFacts) -> list[User]:
    """Who may be asked to do something next: everybody of the team, the reader first."""
    team = people.team_of(facts.review.series.tenant_id, facts.customer.pk)
    found = {facts.user.pk: facts.user} | {row.user_id: row.user for row in team}
    return list(found.values())


def proposed_next(review: Review, held_on: date, today: date) -> date | None:
    """The day of the next review by the rhythm of the series; None where no rule says how often any more."""
    one = following(review.series, review.beat_on, held_on, today)
    return one.on if one else None
