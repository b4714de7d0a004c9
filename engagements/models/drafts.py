"""Notes that are not saved yet: private, at most ten of a person (R50)."""

from django.conf import settings
from django.db import models

from engagements.models.engagements import Engagement


class NoteDraft(models.Model):
    """What somebody has typed into one composer so far, so that a crash or an ended session loses nothing.

    ``place`` names the composer it was typed in, such as the address of its page; ``version`` grows with each
    saving, so that the second of two tabs learns that the first was there.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=400)
    token = models.UUIDField(help_text="The form's own: the note that is saved from it ends the draft.")
    values = models.JSONField(default=dict, help_text="Field → what was typed or chosen.")
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["-saved_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "token"], name="one_draft_of_a_form")]
        indexes = [models.Index(fields=["user", "place"])]

    def __str__(self) -> str:
        return f"Draft {self.pk} of {self.user_id}"
