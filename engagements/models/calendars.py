"""The private calendar of a person, for Outlook and the like to subscribe to."""

from django.conf import settings
from django.db import models


class CalendarFeed(models.Model):
    """Whoever knows the address reads the reviews of its person. The token itself is not kept, only its digest;
    a new one revokes the old."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Calendar of {self.user_id}"
