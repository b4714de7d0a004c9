"""How often which review is held, with whom and about what: data that admins edit (DOMAIN §7)."""

from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from engagements.models.health import HealthRating
from engagements.models.notes import Note
from tasks.models import Motion, Role


class CadenceRule(models.Model):
    """One kind of review: its purpose, its audience, who owns it, and when people hear of it.

    ``kind`` is what a step asks for by ``review:<kind>``. A rule that is not in use plans nothing new.
    """

    class Level(models.TextChoices):
        TENANT = "tenant", "Per tenant"
        CUSTOMER = "customer", "Per customer"

    class Audience(models.TextChoices):
        IN = "in", "Takes part"
        OPTIONAL = "optional", "May take part"
        NEVER = "never", "Never takes part"

    kind = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    purpose = models.TextField()
    level = models.CharField(max_length=8, choices=Level.choices, default=Level.TENANT)
    fasttrack = models.CharField("FastTrack", max_length=8, choices=Audience.choices, default=Audience.IN)
    account_team = models.CharField(
        "Microsoft account team", max_length=8, choices=Audience.choices, default=Audience.OPTIONAL
    )
    customer = models.CharField(max_length=8, choices=Audience.choices, default=Audience.OPTIONAL)
    partner = models.CharField(max_length=8, choices=Audience.choices, default=Audience.OPTIONAL)
    audience = models.CharField("audience in words", max_length=300, blank=True)
    owner_role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="+")
    owner_role_s500 = models.ForeignKey(
        Role, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Where S500 differs (R38)."
    )
    motions = models.ManyToManyField(Motion, blank=True, related_name="+", help_text="Empty: every motion.")
    segments = models.JSONField(default=list, blank=True, help_text="Such as S500; empty: every segment.")
    minutes = models.PositiveSmallIntegerField(default=30, help_text="How long it takes.")
    closes_with = models.CharField(
        max_length=24, choices=Note.Category.choices, default=Note.Category.ENGAGEMENT_MANAGEMENT
    )
    lead_days = models.PositiveSmallIntegerField(default=1, help_text="How many days before people are reminded.")
    escalate_days = models.PositiveSmallIntegerField(
        default=3, help_text="How many days after, not held, the team manager hears of it."
    )
    in_use = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=100)
    history = HistoricalRecords(m2m_fields=[motions])

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.CheckConstraint(condition=Q(minutes__gte=1), name="a_review_takes_time")]

    def __str__(self) -> str:
        return self.name


class CadenceInterval(models.Model):
    """How often, in a phase or at a health colour; the row that says more wins over the one that says less."""

    class Unit(models.TextChoices):
        DAY = "day", "days"
        WEEK = "week", "weeks"
        MONTH = "month", "months"

    rule = models.ForeignKey(CadenceRule, on_delete=models.CASCADE, related_name="intervals")
    phase = models.CharField(max_length=60, blank=True, help_text="Empty: every phase.")
    colour = models.CharField(
        "health", max_length=6, choices=HealthRating.Colour.choices, blank=True, help_text="Empty: every colour."
    )
    every = models.PositiveSmallIntegerField(default=1)
    unit = models.CharField(max_length=5, choices=Unit.choices, default=Unit.WEEK)
    longest_days = models.PositiveSmallIntegerField(
        "at most, days", null=True, blank=True, help_text="However it is moved, never more days apart than this."
    )
    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "phase", "colour"], name="one_interval_of_a_phase_and_colour"),
            models.CheckConstraint(
                condition=Q(every__gte=1),
                name="an_interval_is_not_nothing",
                violation_error_message="An interval is at least 1; every 0 weeks would never end.",
            ),
            models.CheckConstraint(
                condition=Q(longest_days=None) | Q(longest_days__gte=1), name="an_upper_bound_is_not_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"every {self.every} {self.get_unit_display()}"


class AgendaItem(models.Model):
    """One line of the agenda, with its minutes."""

    rule = models.ForeignKey(CadenceRule, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField(default=100)
    title = models.CharField(max_length=120)
    minutes = models.PositiveSmallIntegerField(default=5)
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title
