"""The one-page status of a review, safe to hand out: no notes, links, reasons of ratings or next actions."""

from datetime import date
from typing import Any

from django.urls import reverse

from engagements.attending import NEVER
from engagements.enterprise import shown
from engagements.models import Attendance, CadenceRule, HealthRating, Review
from engagements.recap import mailto, recap
from engagements.selectors.enterprise_status import shown_status
from engagements.selectors.health import UNRATED, chip_as_of
from engagements.selectors.review_facts import ReviewFacts
from engagements.selectors.usage import bar
from engagements.services.recaps import hosts
from engagements.services.review_closing import PARTS
from engagements.usage import overall, percent

EMPTY = {
    "milestones": "No milestone is named.",
    "risks": "No risk is known.",
    "blockers": "Nothing stands in the way.",
    "decisions": "Nothing was decided.",
    "asks": "Nothing is asked for.",
}


def status_page(facts: ReviewFacts) -> dict[str, Any]:
    """Of a held review as of its day; of one that is still planned there is nothing to hand out yet."""
    review, series, today = facts.review, facts.review.series, facts.today
    on = review.held_on or today
    found: dict[str, Any] = {
        "review": review,
        "title": facts.customer.name,
        "name": series.rule.name,
        "tenant": series.tenant.name if series.tenant and series.tenant.name != facts.customer.name else "",
        "on": f"{on:%-d %B %Y}",
        "back": reverse("review_detail", args=[review.pk]),
        "is_held": review.state == Review.State.HELD,
        "parts": [_part(name, getattr(review, name)) for name in PARTS],
        "health": _health(facts, on),
        "usage": _usage(facts, on),
        "next": _next(facts),
        "not_for": _not_for(series.rule),
    }
    row = getattr(review, "enterprise_status", None)
    found["enterprise"] = shown_status(row, on, safe) if row else None
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


def safe(text: str) -> str:
    """What a customer may read of it: nothing behind ``##``, nothing marked as internal, no address of ours."""
    return recap(shown(text), hosts=hosts(), people={}).text


def _part(name: str, text: str) -> dict[str, Any]:
    said = safe(text)
    rows = [line.strip().removeprefix("- ").removeprefix("* ") for line in said.splitlines() if line.strip()]
    return {"name": name.capitalize(), "text": said, "rows": rows, "empty": EMPTY[name]}


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
