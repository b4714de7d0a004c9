"""The audit log, to read: who changed whose rights, and who took which data out of the desk."""

from django.contrib import admin

from engagements.admin.records import RecordAdmin
from engagements.models import AuditEntry
from engagements.selectors.audit import sentences


@admin.register(AuditEntry)
class AuditEntryAdmin(RecordAdmin):
    list_display = ["at", "who", "action", "what"]
    list_display_links = None
    list_filter = ["action", "at"]
    list_select_related = ["actor"]
    search_fields = ["actor__folded", "=object"]
    search_help_text = "Who did it, or what it was done to, such as user:12, group:3 or contact:7."

    def get_changelist_instance(self, request):
        """Looks the names up once for all rows of the page."""
        page = super().get_changelist_instance(request)
        page.result_list = list(page.result_list)
        said = sentences(page.result_list)
        for entry in page.result_list:
            entry.sentence = said[entry.pk]
        return page

    def changelist_view(self, request, extra_context=None):
        return super().changelist_view(request, {"title": "Audit log"} | (extra_context or {}))

    @admin.display(description="who", ordering="actor")
    def who(self, entry: AuditEntry) -> str:
        if entry.actor_id is None:
            return "A command"
        return str(entry.actor or f"user {entry.actor_id} (deleted)")

    @admin.display(description="what")
    def what(self, entry: AuditEntry) -> str:
        return entry.sentence if hasattr(entry, "sentence") else sentences([entry])[entry.pk]
