"""Notes are evidence: immutable once saved. Their next actions live on (DOMAIN §8, R50–R52)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from engagements.models.engagements import Engagement
from engagements.querysets import Immutable, NoteQuerySet
from tasks.models import FtopTask, Service


class Note(models.Model):
    """One account of what happened. ``token`` is the form's own, so that a double click saves one note."""

    class Category(models.TextChoices):
        ENGAGEMENT_MANAGEMENT = "engagement-management", "Engagement Management"
        SERVICE_INTENT = "service-intent", "Service Intent"
        TECHNICAL_ENABLEMENT = "technical-enablement", "Technical Enablement"
        ENVIRONMENT = "environment", "Environment"
        ENTERPRISE_STATUS = "enterprise-status", "Enterprise Status"
        MIGRATION = "migration", "Migration"

    engagement = models.ForeignKey(Engagement, on_delete=models.PROTECT, related_name="notes")
    category = models.CharField(max_length=24, choices=Category.choices, default=Category.ENGAGEMENT_MANAGEMENT)
    body = models.TextField()
    services = models.ManyToManyField(Service, blank=True, related_name="+")
    task = models.ForeignKey(FtopTask, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    escalated = models.BooleanField(default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notes")
    created_at = models.DateTimeField()
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections", help_text="R50"
    )
    token = models.UUIDField(unique=True, editable=False)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["engagement", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.get_category_display()} note {self.pk}"

    def delete(self, *args, **kw):
        raise Immutable


class NextAction(models.Model):
    """What somebody promised to do next, by a date (R51); in a note, or when a review was closed."""

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="next_actions")
    note = models.OneToOneField(Note, null=True, blank=True, on_delete=models.PROTECT, related_name="next_action")
    review = models.ForeignKey(
        "engagements.Review", null=True, blank=True, on_delete=models.SET_NULL, related_name="next_actions"
    )
    text = models.CharField(max_length=500)
    due_on = models.DateField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="next_actions")
    handed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who handed it to its owner last.",
    )
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["owner", "done_at", "due_on"]),
            models.Index(fields=["due_on", "note"], name="open_notes_by_next_update", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return self.text
