"""The audit log: who changed which right, and who took which data out of the desk. Append-only in both databases."""

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """One row for each change of somebody's access, and for each file that left the desk.

    ``object`` is "user:5", "group:3", "contact:7" or the name of an address such as "engagement_export". Rows outlive
    what they tell of, so they hold ids and no names (DESIGN §5); ``engagements/selectors/audit.py`` puts the names to
    them when somebody reads. The guard ``engagements/guards/append_only_audit.py`` refuses changes and deletions.
    """

    class Action(models.TextChoices):
        USER_CREATED = "user-created", "User created"
        USER_DEACTIVATED = "user-deactivated", "User deactivated"
        USER_REACTIVATED = "user-reactivated", "User reactivated"
        RIGHTS_CHANGED = "rights-changed", "Rights of a user changed"
        PASSWORD_SET = "password-set", "Password set by an administrator"  # noqa: S105 - the name of an action
        GROUP_CREATED = "group-created", "Group created"
        GROUP_CHANGED = "group-changed", "Permissions of a group changed"
        GROUP_DELETED = "group-deleted", "Group deleted"
        EXPORTED = "exported", "File downloaded"
        PERSONAL_DATA = "personal-data", "Personal data downloaded"
        ERASED = "erased", "Personal data erased"
        CALENDAR_SHARED = "calendar-shared", "Calendar address created"
        CALENDAR_CLOSED = "calendar-closed", "Calendar address removed"

    at = models.DateTimeField(db_index=True)
    # Without a constraint: that somebody's account is gone must not change or delete what they did.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        help_text="Who did it; empty where a command did.",
    )
    action = models.CharField(max_length=24, choices=Action.choices, db_index=True)
    object = models.CharField(max_length=120, db_index=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "audit log"

    def __str__(self) -> str:
        return f"{self.get_action_display()}, {self.object}"
