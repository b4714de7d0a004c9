"""The history of an engagement: append-only sentences, written by services in their transaction."""

from django.conf import settings
from django.db import models

from engagements.event_types import EventObject
from engagements.models.customers import Customer, Tenant
from engagements.models.engagements import Engagement


class Event(models.Model):
    """Who did what to which, and what changed. ``object`` is "step:<key>", "task:983", "note:17" …

    It belongs to one engagement, else to one tenant, else to a customer as a whole; what belongs to more is
    told in the history of each of its engagements.
    """

    engagement = models.ForeignKey(Engagement, null=True, on_delete=models.CASCADE, related_name="events")
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="events")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    verb = models.CharField(max_length=40)
    object = models.CharField(max_length=320)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["engagement", "-at"]),
            models.Index(fields=["tenant", "-at"]),
            models.Index(fields=["customer", "-at"]),
        ]

    @property
    def about(self) -> EventObject:
        """What it is about, as a value: its kind, and the id or key of the one thing."""
        return EventObject(self.object)

    def __str__(self) -> str:
        return f"{self.verb} {self.object}"
