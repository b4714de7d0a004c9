"""What people set about themselves, and who may sign in."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Q

from engagements.models import ReminderChoice, User
from engagements.reminding import mornings
from engagements.reminding.kinds import KINDS
from engagements.services import audit
from engagements.services.locking import hold, hold_one, write


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


@write
def deactivate(*, user_ids: Collection[int], by: User) -> tuple[list[User], list[str]]:
    """Ends the access of people, who keep everything that is theirs; returns those it did, and why others stay active.

    They are signed out with their next request. Reminders, calendars and links of theirs stop by themselves, since
    all of them ask whether the person is active.
    """
    return _set_active(user_ids, by, active=False)


@write
def reactivate(*, user_ids: Collection[int], by: User) -> tuple[list[User], list[str]]:
    """Lets people sign in again, with the rights and assignments that they still have."""
    return _set_active(user_ids, by, active=True)


def why_not_deactivate(user: User, by: User, superusers: Collection[int]) -> str:
    """The reason why somebody has to stay active, in a sentence; ``superusers`` are the ids of the active ones."""
    if user.pk == by.pk:
        return "You cannot deactivate yourself. Ask another administrator."
    if user.is_superuser and not by.is_superuser:
        return f"{user} is a superuser. Only a superuser can deactivate them."
    if user.is_superuser and set(superusers) == {user.pk}:
        return f"{user} is the last active superuser. Make someone else a superuser first."
    return ""


def active_superusers() -> set[int]:
    """The ids of everybody who may do everything and can sign in."""
    return set(User.objects.filter(is_superuser=True, is_active=True).values_list("pk", flat=True))


def _set_active(user_ids: Collection[int], by: User, *, active: bool) -> tuple[list[User], list[str]]:
    # The superusers are held too, so that two admins do not deactivate the last two of them at once.
    held = hold(User.objects.filter(Q(is_superuser=True) | Q(pk__in=user_ids)))
    superusers = {user.pk for user in held if user.is_superuser and user.is_active}
    people = [user for user in held if user.pk in set(user_ids) and user.is_active is not active]
    chosen, refused = [], []
    for user in people:
        reason = "" if active else why_not_deactivate(user, by, superusers)
        if active and user.is_superuser and not by.is_superuser:
            reason = f"{user} is a superuser. Only a superuser can reactivate them."
        if reason:
            refused.append(reason)
            continue
        superusers.discard(user.pk)
        chosen.append(user)
    ids = [user.pk for user in chosen]
    with audit.rights_recorded(by=by, users=ids):
        User.objects.filter(pk__in=ids).update(is_active=active)
    return chosen, refused
