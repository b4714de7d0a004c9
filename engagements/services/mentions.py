"""Telling colleagues that a note names them, once, and keeping that they have seen it."""

from datetime import datetime

from django.utils import timezone

from engagements.models import Engagement, Mention, Note, User
from engagements.reminding.kinds import Kind
from engagements.selectors.mentions import people_named
from engagements.services import reminders


def tell_named(note: Note, engagement: Engagement, now: datetime) -> list[User]:
    """Whoever a new note names and may see it finds it on Today and in a mail; nobody is told of their own."""
    users = [user for user in people_named(engagement, note.body).told if user.pk != note.author_id]
    for user in users:
        mention = Mention.objects.create(note=note, user=user)
        reminders.promise(
            kind=Kind.MENTIONED, occurrence=f"mention:{mention.pk}", recipient=user, now=now, engagement=engagement
        )
    return users


def see(*, mention: Mention) -> None:
    """Takes it off Today, and takes back a mail that has not gone out."""
    if Mention.objects.filter(pk=mention.pk, seen_at=None).update(seen_at=timezone.now()):
        reminders.withdraw(occurrence=f"mention:{mention.pk}", reason="The recipient has seen it in the desk.")
