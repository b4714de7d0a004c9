"""Handing an engagement to another FastTrack Manager: one action, open until the receiver accepts the brief."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from engagements.models.engagements import Engagement

PERSON = {"null": True, "on_delete": models.SET_NULL, "related_name": "+"}


class Handover(models.Model):
    """Who hands what to whom and why, with the brief as it was generated."""

    class Decision(models.TextChoices):
        OPEN = "open", "Waits for the receiver"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="handovers")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    why = models.CharField(max_length=500)
    stays = models.BooleanField(
        "the giver stays on the team", default=False, help_text="As FastTrack Manager, no longer the primary one."
    )
    brief = models.JSONField(help_text="What the receiver has to know, as it stood; people by id.")
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["receiver"], condition=Q(decision="open"), name="open_handovers_by_receiver")]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement"], condition=Q(decision="open"), name="one_open_handover_per_engagement"
            ),
            models.CheckConstraint(condition=~Q(giver=F("receiver")), name="nobody_hands_over_to_themselves"),
            models.CheckConstraint(
                condition=Q(decision="open", decided_at__isnull=True) | ~Q(decision="open"),
                name="a_decided_handover_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"Handover {self.pk} of engagement {self.engagement_id}"
