"""Work on many engagements at once: chosen in the portfolio, done a part at a time, told row by row."""

from django.conf import settings
from django.db import models


class BulkChange(models.Model):
    """One thing that somebody does to the engagements that they selected; kept for a day.

    What they write is in the engagements and their history; here it stays only until the last row is done.
    """

    class Do(models.TextChoices):
        NEXT_ACTION = "next-action", "Set next action"
        HAND_OVER = "hand-over", "Hand over"
        TAG = "tag", "Add tag"
        PARK = "park", "Park"

    do = models.CharField(max_length=20, choices=Do.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    chosen_at = models.DateTimeField(auto_now_add=True)
    ids = models.JSONField(help_text="The engagements, in the order of the list.")
    came_from = models.TextField(blank=True, help_text="The list they were selected in.")
    values = models.JSONField(default=dict, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0, help_text="How many of the engagements were looked at.")
    refused = models.JSONField(default=list, blank=True, help_text="A list of [engagement, reason].")
    made = models.JSONField(default=list, blank=True, help_text="A list of [engagement, what it takes to undo].")
    undone_at = models.DateTimeField(null=True, blank=True)
    kept = models.JSONField(default=list, blank=True, help_text="What undoing left: a list of [engagement, reason].")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_do_display()}, {len(self.ids)} engagements"

    @property
    def is_finished(self) -> bool:
        return self.begun_at is not None and self.done >= len(self.ids)
