"""The ledger of reminders and the rounds that send them, to look at; what was set aside can be tried again."""

from django.contrib import admin, messages

from engagements.admin.records import OfEngagement, RecordAdmin
from engagements.models import Reminder, Sweep
from engagements.selectors.rounds import rounds_facts
from engagements.services import reminders


@admin.register(Reminder)
class ReminderAdmin(OfEngagement):
    list_display = ["send_at", "kind", "place", "recipient", "state", "reason", "attempts", "sent_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["engagement__tenant", "recipient"]
    search_fields = ["engagement__tenant__name_folded", "=engagement__id", "recipient__username", "recipient__email"]
    search_help_text = "A tenant, the number of an engagement, a user name or an address."
    actions = ["try_again"]

    @admin.action(description="Try again what was set aside", permissions=["retry"])
    def try_again(self, request, queryset):
        ids = list(queryset.values_list("pk", flat=True))
        tried = reminders.try_again(reminders=ids)
        left = f" {len(ids) - tried} others were not set aside." if tried < len(ids) else ""
        self.message_user(request, f"{tried} will be tried with the next round.{left}", messages.SUCCESS)

    def has_retry_permission(self, request) -> bool:
        return request.user.has_perm("engagements.change_reminder")


@admin.register(Sweep)
class SweepAdmin(RecordAdmin):
    list_display = ["began_at", "ended_at", "planned", "sent", "dropped", "failed", "error"]
    list_filter = [("error", admin.EmptyFieldListFilter)]

    def changelist_view(self, request, extra_context=None):
        context = {"title": "Rounds of reminders", "facts": rounds_facts()}
        return super().changelist_view(request, context | (extra_context or {}))
