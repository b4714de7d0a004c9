"""Closing a review: its note, what was promised, the health, the next date, all of it or nothing (DOMAIN §7)."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.utils import timezone

from engagements.models import Attendance, Customer, Engagement, HealthRating, Note, Review, User
from engagements.services import attendance, enterprise_status, events, health, next_actions, reviews, summaries
from engagements.services.attendance import Attending
from engagements.services.enterprise_status import NewStatus
from engagements.services.locking import writing
from engagements.services.notes import LONGEST, NewNote, write_note
from engagements.services.refusals import Refused

PARTS = ("milestones", "risks", "blockers", "decisions", "asks")
LONGEST_PART = 512  # so that five of them stand on one page
CONFIRM = "confirm:"  # and the colour that was seen


class AlreadyHeld(Exception):
    """Somebody was faster; what they wrote stands."""

    def __init__(self, review: Review):
        self.review = review
        super().__init__(f"Review {review.pk} is held already.")


@dataclass(frozen=True)
class NewAction:
    """What somebody promises at a review."""

    text: str
    due_on: date | None
    owner: User | None


@dataclass(frozen=True)
class Closing:
    """What a person says when a review is over. ``health`` is a colour, CONFIRM and the colour
    that was seen, or empty where it was not judged."""

    token: UUID
    engagement_id: int
    held_on: date
    body: str
    attending: Attending
    next_on: date | None
    actions: tuple[NewAction, ...] = ()
    health: str = ""
    health_why: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    status: NewStatus | None = None


def close_review(*, review_id: int, closing: Closing, by: User, today: date) -> tuple[Review, bool]:
    """Holds the review and writes all that follows; returns it and whether this call did.

    The form's token makes a double click close once; of two people the second gets AlreadyHeld.
    """
    with writing():
        review = attendance.locked_review(review_id)
        if review.state == Review.State.HELD:
            if review.held_by_id == by.pk and review.note and review.note.token == closing.token:
                return review, False
            raise AlreadyHeld(review)
        _must_be_whole(review, closing, today)
        return _close(review, closing, by, today), True


def _close(review: Review, closing: Closing, by: User, today: date) -> Review:
    """The day of the next review may be left to the cadence."""
    series, rule = review.series, review.series.rule
    customer = series.customer or series.tenant.customer
    attendance.put_attendance(review, closing.attending, by)
    if not is_written(review) and not review.attendance.filter(state=Attendance.State.CAME).exists():
        raise Refused("Say who took part: tick at least one person.", "came")
    review.attendance.filter(state=Attendance.State.INVITED).update(state=Attendance.State.MISSED)
    said = ""
    if is_written(review):
        row = enterprise_status.put_status(customer, closing.status, by=by, today=today, review=review)
        said = enterprise_status.in_words(row)
    note = NewNote(token=closing.token, body=note_body(review, closing, said), category=rule.closes_with)
    written, is_new = write_note(engagement_id=closing.engagement_id, note=note, by=by, today=today)
    if not is_new:
        raise Refused("This form has saved a note before. Reload the page and close the review from there.")
    review.state, review.note, review.held_on, review.held_by = Review.State.HELD, written, closing.held_on, by
    for name in PARTS:
        setattr(review, name, closing.parts.get(name, "").strip())
    review.changed_at = timezone.now()
    review.save()
    for action in closing.actions:
        said = {"text": action.text, "due_on": action.due_on, "owner": action.owner}
        next_actions.put(written.engagement, by=by, review=review, **said)
    _judge(customer, closing, by, today)
    events.record(
        "held",
        f"review:{review.pk}",
        by=by,
        after={"series": series.pk, "on": closing.held_on.isoformat(), "note": written.pk},
        **attendance.where(series),
    )
    _plan_next(review, closing.next_on, by, today)
    summaries.refresh_tenant(written.engagement.tenant_id)
    return review


def _plan_next(review: Review, next_on: date | None, by: User, today: date) -> None:
    try:
        reviews.after_held(review, next_on=next_on, by=by, today=today)
    except Refused as refusal:
        raise Refused(refusal.message, "next_on") from None


def is_written(review: Review) -> bool:
    """Whether the review closes with an enterprise status, which nobody has to attend."""
    return review.series.rule.closes_with == Note.Category.ENTERPRISE_STATUS


def note_body(review: Review, closing: Closing, status: str = "") -> str:
    """What the note says: what was typed, then who came, what was decided and promised (H11)."""
    came = review.attendance.filter(state=Attendance.State.CAME).select_related("contact", "user")
    there = ", ".join(str(row.contact or row.user) for row in came)
    head = f"{review.series.rule.name}, held {closing.held_on:%-d %b %Y}{', on site' if review.on_site else ''}"
    approved = f"Internal: on site, approved by {review.on_site_approved_by}: {review.on_site_why}"
    parts = [head, approved if review.on_site else "", status, closing.body.strip()]
    parts += [f"**Took part**\n{there}"] if there else []
    parts += [f"**{name.capitalize()}**\n{text}" for name in PARTS if (text := closing.parts.get(name, "").strip())]
    promised = "\n".join(f"- {one.text.strip()}, {one.owner}, {one.due_on:%-d %b %Y}" for one in closing.actions)
    parts += [f"**Next actions**\n{promised}"] if promised else []
    return "\n\n".join(part for part in parts if part)


def _must_be_whole(review: Review, closing: Closing, today: date) -> None:
    if review.state != Review.State.PLANNED:
        raise Refused(f"This review is {review.get_state_display().lower()}. Hold the next one of the series instead.")
    if closing.held_on > today:
        raise Refused("A review is closed once it was held; this day is still to come.", "held_on")
    last = review.series.reviews.filter(state=Review.State.HELD).order_by("-held_on").first()
    if last and closing.held_on < last.held_on:
        raise Refused(f"The one before was held on {last.held_on:%-d %B %Y}; this one was later.", "held_on")
    if is_written(review):
        if closing.status is None:
            raise Refused("Fill in the enterprise status.", "status")
    elif not closing.body.strip():
        raise Refused("Write what happened; the note of the review documents it.", "body")
    if len(closing.body) > LONGEST // 2:
        raise Refused(f"At most {LONGEST // 2:,} characters; this has {len(closing.body):,}.", "body")
    for name in PARTS:
        if len(closing.parts.get(name, "")) > LONGEST_PART:
            raise Refused(f"At most {LONGEST_PART:,} characters, so that the status stays one page.", name)
    _must_be_its_engagement(review, closing.engagement_id)
    for at, action in enumerate(closing.actions):
        _must_be_promised(at, action)
    if closing.next_on and closing.next_on <= closing.held_on:
        raise Refused("The next review follows this one; choose a later day.", "next_on")


def _must_be_its_engagement(review: Review, engagement_id: int) -> None:
    rows = Engagement.objects.exclude(status=Engagement.Status.CLOSED).filter(pk=engagement_id)
    series = review.series
    mine = (
        rows.filter(tenant=series.tenant_id) if series.tenant_id else rows.filter(tenant__customer=series.customer_id)
    )
    if not mine.exists():
        raise Refused("Choose an open engagement that the note goes into.", "engagement")
    if is_written(review) and not mine.filter(tenant=(series.customer or series.tenant.customer).winner_id).exists():
        raise Refused(
            "The note of an enterprise status goes into an engagement of the winner tenant (R38).", "engagement"
        )


def _must_be_promised(at: int, action: NewAction) -> None:
    names = (f"action-{at}-text", f"action-{at}-on", f"action-{at}-owner")
    next_actions.must_be_whole(action.text, action.due_on, action.owner, names=names)


def _judge(customer: Customer, closing: Closing, by: User, today: date) -> None:
    if not closing.health:
        return
    confirmed, _, colour = closing.health.rpartition(":")
    why, at = closing.health_why.strip(), {"customer_id": customer.pk, "group": HealthRating.Group.OVERALL.value}
    try:
        if confirmed:
            health.confirm_health(colour=colour, why=why or health.CONFIRMED, by=by, today=today, **at)
        else:
            health.rate_health(colour=colour, why=why, by=by, today=today, **at)
    except Refused as refusal:
        raise Refused(refusal.message, {"colour": "health", "why": "health_why"}.get(refusal.field)) from None
