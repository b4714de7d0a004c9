"""Confirming what a process ends with, where no record can tell."""

from datetime import date

from django.utils import timezone

from engagements.models import Confirmation, User
from engagements.services import events
from engagements.services.locking import locked_walk, write
from engagements.services.refusals import Refused
from playbook.spec import RequirementSpec


@write
def confirm_key_output(*, engagement_id: int, line: RequirementSpec, text: str, by: User, today: date) -> Confirmation:
    """A person says that a key output holds; saying it again replaces the words, the history keeps both."""
    walk = locked_walk(engagement_id, today)
    if not text.strip():
        raise Refused("Say in a few words what holds.", "text")
    row, _ = Confirmation.objects.update_or_create(
        engagement=walk.engagement,
        requirement_id=line.id,
        defaults={"text": text.strip()[:1000], "at": timezone.now(), "by": by},
    )
    events.record(
        "confirmed",
        f"key output:{line.id}",
        by=by,
        engagement=walk.engagement,
        after={"line": line.text, "text": row.text},
    )
    return row
