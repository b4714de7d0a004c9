"""What people set about themselves."""

from collections.abc import Mapping
from datetime import datetime

from engagements.models import ReminderChoice, User
from engagements.reminding import mornings
from engagements.reminding.kinds import KINDS
from engagements.services.locking import hold_one, write


@write
def set_hours(*, person: User, now: datetime) -> User:
    """Saves zone, morning and quiet hours; what is still to come goes out by them."""
    hold_one(User.objects.all(), person.pk)
    person.save(update_fields=["time_zone", "morning_at", "quiet_from", "quiet_until"])
    mornings.plan_anew(person, now)
    return person


@write
def choose_reminders(*, person: User, how: Mapping[str, str]) -> None:
    """Keeps how each kind is to reach somebody; what says nothing keeps the way the kind has by itself."""
    for kind in KINDS:
        if how.get(kind):
            ReminderChoice.objects.update_or_create(user=person, kind=kind.value, defaults={"how": how[kind]})
