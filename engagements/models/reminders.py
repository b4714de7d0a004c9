"""The ledger of reminders: what was promised to whom, when it goes out, and what became of it (DESIGN §6)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from engagements.models.customers import Customer, Tenant
from engagements.models.engagements import Engagement
from engagements.reminding.kinds import CHOICES


class Reminder(models.Model):
    """One promised message. Unique per occurrence, recipient and kind, so that nothing is sent twice.

    ``occurrence`` says what it is about and for which day, as in "action:17:2026-05-27": whatever moves to another
    day is another occurrence. What the message says is looked up when it is sent; here stand ids only.
    """

    class State(models.TextChoices):
        PLANNED = "planned", "Planned"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        DROPPED = "dropped", "Not sent"
        ASIDE = "aside", "Set aside"

    kind = models.CharField(max_length=24, choices=CHOICES)
    occurrence = models.CharField(max_length=80)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders")
    engagement = models.ForeignKey(
        Engagement, null=True, blank=True, on_delete=models.CASCADE, related_name="reminders"
    )
    tenant = models.ForeignKey(Tenant, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    due_on = models.DateField(null=True, blank=True, help_text="The day it is about.")
    send_on = models.DateField(
        null=True, blank=True, help_text="The day in whose morning it goes out; empty where it goes out at once."
    )
    send_at = models.DateTimeField(
        help_text="When it was planned to go out, from the recipient's zone and quiet hours."
    )
    try_at = models.DateTimeField(help_text="When it is tried next.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was not sent, or what went wrong last.")
    attempts = models.PositiveIntegerField(default=0)
    refusals = models.PositiveSmallIntegerField(default=0, help_text="Of the attempts, those that failed for good.")
    lease = models.UUIDField(null=True, blank=True, editable=False, help_text="Who is sending it just now.")
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    digest = models.ForeignKey(
        "engagements.Digest", null=True, blank=True, on_delete=models.SET_NULL, related_name="reminders"
    )
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When the recipient saw it in the desk.")

    class Meta:
        ordering = ["-send_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["occurrence", "recipient", "kind"], name="a_reminder_is_promised_once"),
            models.CheckConstraint(
                condition=Q(state="claimed", lease__isnull=False, lease_until__isnull=False)
                | (~Q(state="claimed") & Q(lease__isnull=True, lease_until__isnull=True)),
                name="claimed_with_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="sent_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["dropped", "aside"]) | ~Q(reason=""), name="not_sent_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["try_at"], condition=Q(state="planned"), name="reminders_to_send"),
            models.Index(fields=["lease_until"], condition=Q(state="claimed"), name="reminders_being_sent"),
            models.Index(fields=["-sent_at"], condition=Q(state="aside"), name="reminders_set_aside"),
            models.Index(fields=["recipient", "-send_at"]),
            models.Index(fields=["engagement", "-send_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.occurrence}"

    @property
    def message_id(self) -> str:
        """The same on every attempt, so that mail systems can drop what they have already."""
        return f"<{self.kind}.{self.occurrence.replace(':', '.')}.{self.recipient_id}@{settings.MAIL_ID_DOMAIN}>"


class Digest(models.Model):
    """The one mail of a recipient's morning that carries several reminders; sent again as it was composed."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    composed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Digest {self.pk}"

    @property
    def message_id(self) -> str:
        return f"<digest.{self.pk}.{self.recipient_id}@{settings.MAIL_ID_DOMAIN}>"


class ReminderChoice(models.Model):
    """How somebody wants the reminders of a kind; without a row, the way that the kind has by itself."""

    class How(models.TextChoices):
        AT_ONCE = "at-once", "A mail of its own"
        DIGEST = "digest", "In the mail of the morning"
        OFF = "off", "In the desk only"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminder_choices")
    kind = models.CharField(max_length=24, choices=CHOICES)
    how = models.CharField(max_length=8, choices=How.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_choice_per_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.how}"


class Morning(models.Model):
    """When the day of a person begins for reminders, as an instant: by their zone, hour and quiet hours.

    Stored for the days around today, so that planning joins and compares, and computes no time zones in SQL.
    The days around it stand here because the two databases disagree about adding days.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mornings")
    day = models.DateField()
    day_before = models.DateField()
    week_after = models.DateField()
    three_weeks_before = models.DateField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="one_morning_a_day")]
        indexes = [models.Index(fields=["day"])]

    def __str__(self) -> str:
        return f"{self.day} of {self.user_id}"


class Sweep(models.Model):
    """A round of planning and sending, for the page that says whether reminders go out."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    planned = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    dropped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Sweep at {self.began_at:%Y-%m-%d %H:%M}"
