"""Whom a note reaches beyond its engagement: the people it names, and those who answer for it (R54)."""

from django.conf import settings
from django.db import models

from engagements.models.notes import Note


class Mention(models.Model):
    """A colleague whom a note names."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="a_note_names_a_person_once")]

    def __str__(self) -> str:
        return f"Note {self.note_id} names {self.user_id}"


class Escalation(models.Model):
    """An escalated note that waits for one person, until they say that they have read it."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="escalations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="escalations")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, help_text="What they will do about it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "user"], name="escalated_to_a_person_once")]
        indexes = [
            models.Index(fields=["user"], condition=models.Q(acknowledged_at=None), name="escalations_waiting"),
        ]

    def __str__(self) -> str:
        return f"Note {self.note_id} waits for {self.user_id}"
