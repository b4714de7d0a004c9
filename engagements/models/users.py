"""Who signs in."""

from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models

from engagements.reminding.hours import MORNING, QUIET_FROM, QUIET_UNTIL, Hours
from tasks.folding import fold


def validate_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Give one such as Europe/Lisbon.")


class FoldedNames(models.CharField):
    """The folded twin of other fields, written with them (DESIGN §7); ``update()`` of those leaves it as it is."""

    def __init__(self, *args, of: tuple[str, ...] = (), **kw):
        self.of = of
        super().__init__(*args, **kw | {"editable": False})

    def pre_save(self, model_instance, add):
        folded = fold(" ".join(getattr(model_instance, name) for name in self.of))[: self.max_length]
        setattr(model_instance, self.attname, folded)
        return folded

    def deconstruct(self):
        name, path, args, kw = super().deconstruct()
        kw.pop("editable", None)
        return name, path, args, kw | {"of": self.of}


class PersonQuerySet(models.QuerySet):
    def matching(self, text: str) -> "PersonQuerySet":
        """By a part of each word of what somebody typed: names, user name or e-mail address, in any order."""
        found = self
        for word in fold(text).split():
            found = found.filter(folded__contains=word)
        return found


class PersonManager(UserManager.from_queryset(PersonQuerySet)):
    """Django's manager of users, with ``matching``."""


class User(AbstractUser):
    """A person of the delivery team, a partner, a leader or an admin. "Today" is theirs (DESIGN §6)."""

    time_zone = models.CharField(max_length=60, default="UTC", validators=[validate_time_zone])
    folded = FoldedNames(max_length=720, default="", of=("first_name", "last_name", "username", "email"))
    morning_at = models.TimeField(
        "mail of the morning", default=MORNING, help_text="When the reminders of the day go out, in your time zone."
    )
    quiet_from = models.TimeField(default=QUIET_FROM, help_text="No mail from here …")
    quiet_until = models.TimeField(default=QUIET_UNTIL, help_text="… until here.")

    objects = PersonManager()

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def hours(self) -> Hours:
        return Hours(self.zone, self.morning_at, self.quiet_from, self.quiet_until)
