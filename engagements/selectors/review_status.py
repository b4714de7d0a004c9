"""The one-page status of a review, safe to hand out: no notes, links, reasons of ratings or next actions.

Every text on it passes ``customer_safe``; blocked seats are counted as of the day of the page.
"""

from datetime import date
from typing import Any

from django.urls import reverse

from engagements.attending import NEVER
from engagements.customer_safe import Disclosure, customer_line, customer_text
from engagements.enterprise import shown
from engagements.models import Attendance, CadenceRule, HealthRating, Review
from engagements.recap import mailto
from engagements.selectors.blocked_seats import BlockedSeats, blocked_seats
from engagements.selectors.enterprise_status import shown_status
from engagements.selectors.health import UNRATED, chip_as_of
from engagements.selectors.review_facts import ReviewFacts
from engagements.selectors.usage import bar
from engagements.services.disclosure import disclosure, is_for_customers
from engagements.services.review_closing import PARTS
from engagements.usage import overall, percent

EMPTY = {
    "milestones": "No milestone was recorded.",
    "risks": "No risk was recorded.",
    "blockers": "No blocker was recorded.",
    "decisions": "No decision was recorded.",
    "asks": "No request was recorded.",
}


def status_page(facts: ReviewFacts) -> dict[str, Any]:
    """Of a held review as of its day; of one that is still planned there is nothing to hand out yet."""
    review, series, today = facts.review, facts.review.series, facts.today
    on = review.held_on or today
    rules = disclosure(facts.customer, sender=facts.user, users=[series.owner])
    texts = {name: _Text(getattr(review, name), rules) for name in PARTS}
    found: dict[str, Any] = {
        "review": review,
        "title": facts.customer.name,
        "name": (customer_line(series.rule.name, rules) or "Review") if is_for_customers(review) else series.rule.name,
        "tenant": series.tenant.name if series.tenant and series.tenant.name != facts.customer.name else "",
        "on": f"{on:%-d %B %Y}",
        "back": reverse("review_detail", args=[review.pk]),
        "is_held": review.state == Review.State.HELD,
        "parts": [_part(name, texts[name], _seats(facts, on) if name == "blockers" else []) for name in PARTS],
        "left_out": sum(text.left_out for text in texts.values()),
        "health": _health(facts, on),
        "usage": _usage(facts, on),
        "next": _next(facts),
        "not_for": _not_for(series.rule),
    }
    row = getattr(review, "enterprise_status", None)
    # An enterprise status is written for leadership at Microsoft; where customers attend, it is not on the page.
    is_shown = row is not None and not is_for_customers(review)
    found["enterprise"] = shown_status(row, on, lambda text: _Text(text, rules).said) if is_shown else None
    found["text"] = as_text(found)
    found["mailto"], found["mail_to"], found["barred"], found["fits"] = _mail(facts, found)
    return found


def as_text(page: dict[str, Any]) -> str:
    """The page as a mail says it."""
    lines = [f"{page['name']}: {page['title']}, {page['on']}", ""]
    if page["enterprise"]:
        row = page["enterprise"]
        lines += [f"Status: {row['word']}", *(f"{one['label']}: {one['text']}" for one in row["texts"]), ""]
    lines += [f"Health: {page['health']['word']}"]
    lines += [f"Active users: {page['usage']['all']['text']}" if page["usage"]["all"] else "Active users: not counted"]
    lines += [f"  {row['name']}: {row['text']}" for row in page["usage"]["rows"]]
    for part in page["parts"]:
        if part["text"]:
            lines += ["", part["name"].upper(), part["text"]]
    if page["next"]:
        lines += ["", f"We meet again on {page['next']}."]
    return "\n".join(lines)


def _not_for(rule: CadenceRule) -> str:
    """Who must not get the page, because they are never in the review: "the customer and partners"."""
    sides = (("the customer", rule.customer), ("partners", rule.partner))
    return " and ".join(name for name, says in sides if says == NEVER)


class _Text:
    """A text as a customer may read it: nothing behind ``##``, and what ``customer_safe`` leaves of the rest."""

    def __init__(self, text: str, rules: Disclosure):
        found = customer_text(shown(text), rules)
        self.said = found.text
        self.left_out = len(found.removed) + (shown(text) != text.strip())


def _part(name: str, text: _Text, seats: list[BlockedSeats]) -> dict[str, Any]:
    """One part of the page; the blocked seats follow what was written, once each and with the number of the day."""
    rows = [line.strip().removeprefix("- ").removeprefix("* ") for line in text.said.splitlines() if line.strip()]
    rows = [row for row in rows if not any(one.is_told_by(row) for one in seats)] + [str(one) for one in seats]
    said = "\n".join(f"- {row}" for row in rows) if seats else text.said
    return {"name": name.capitalize(), "text": said, "rows": rows, "empty": EMPTY[name]}


def _seats(facts: ReviewFacts, on: date) -> list[BlockedSeats]:
    return blocked_seats(facts.services, on, facts.today)


def _health(facts: ReviewFacts, on: date) -> dict[str, str]:
    """The colour that held on that day, without why: that is for FastTrack."""
    rows = facts.customer.health_ratings.filter(group=HealthRating.Group.OVERALL, on__lte=on)
    row = rows.order_by("-at", "-pk").first()
    return chip_as_of(row, on) if row else UNRATED


def _usage(facts: ReviewFacts, on: date) -> dict[str, Any]:
    """Active users as they were counted by that day."""
    rows, counted = [], []
    for row, found in facts.usage:
        reading = next((one for one in facts.readings[row.pk] if one.on <= on), None)
        active = reading.active_users if reading else None
        share = percent(active, row.available)
        if active is not None:
            counted.append(type(found)(found.name, row.available, active, reading.on))
        rows.append({"name": found.name, "bar": bar(share), "text": _share(active, share)})
    return {"all": bar(overall(counted)), "rows": rows}


def _share(active: int | None, share: int | None) -> str:
    if active is None:
        return "not counted"
    return f"{active:,} active users" + (f", {share} %" if share is not None else "")


def _next(facts: ReviewFacts) -> str:
    row = facts.review.series.reviews.filter(state=Review.State.PLANNED).first()
    return f"{row.on:%A, %-d %B %Y}" if row and facts.review.state == Review.State.HELD else ""


def _mail(facts: ReviewFacts, page: dict[str, Any]) -> tuple[str, list[str], list[str], bool]:
    """(a mail to those who took part, whom it goes to, whom it leaves out and why, whether the text fits into it)."""
    rows = facts.review.attendance.filter(state=Attendance.State.CAME).select_related("contact", "user")
    to, barred = [], []
    for row in rows:
        person = row.contact or row.user
        if row.contact and (row.contact.do_not_call or row.contact.erased_at):
            barred.append(f"{person} (Do Not Call)")
        elif not person.email:
            barred.append(f"{person} (no address)")
        else:
            to.append(person.email)
    subject = f"{page['name']}: {page['title']}, {page['on']}"
    address, fits = mailto(to, subject, page["text"]) if to else ("", True)
    return address, to, barred, fits
