"""What engagements recorded, to look at: runs, receipts, notes, waivers, events. Append-only (DESIGN §3, R50)."""

from django.contrib import admin

from engagements.admin.readonly import ViewOnly
from engagements.models import Engagement, Event, Note, Receipt, StepRun, TaskRecord, Waiver
from tasks.desk_admin import DeskAdmin
from tasks.folding import fold


class RecordAdmin(ViewOnly, DeskAdmin):
    actions = None
    list_per_page = 50
    show_full_result_count = False


class OfEngagement(RecordAdmin):
    """Rows that are found by the name of the tenant."""

    list_select_related = ["engagement__tenant"]
    search_fields = ["engagement__tenant__name_folded", "=engagement__id"]
    search_help_text = "A tenant, or the number of an engagement."

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))

    @admin.display(description="engagement")
    def place(self, row) -> str:
        return f"{row.engagement_id}, {row.engagement.tenant}" if row.engagement_id else "–"


@admin.register(Engagement)
class EngagementAdmin(RecordAdmin):
    list_display = ["id", "tenant", "model", "edition", "status", "started_on", "closed_on", "opened_by"]
    list_display_links = ["id", "tenant"]
    list_filter = ["status", "model", "edition", "motions"]
    list_select_related = ["tenant", "model", "edition", "opened_by"]
    search_fields = ["tenant__name_folded", "tenant__customer__name_folded", "=tenant__customer__tpid", "=id"]
    search_help_text = "A customer, tenant, TPID or the number of the engagement."

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))


@admin.register(StepRun)
class StepRunAdmin(OfEngagement):
    list_display = ["id", "place", "step", "service", "started_at", "needs_another_look"]
    list_filter = [("needs_another_look", admin.EmptyFieldListFilter)]
    list_select_related = ["engagement__tenant", "step", "service"]


@admin.register(TaskRecord)
class TaskRecordAdmin(OfEngagement):
    list_display = ["id", "place", "task", "status", "waived", "changed_at", "changed_by"]
    list_filter = ["status", "waived"]
    list_select_related = ["engagement__tenant", "task", "changed_by"]


@admin.register(Receipt)
class ReceiptAdmin(OfEngagement):
    list_display = ["id", "place", "step_key", "edition_name", "completed_at", "completed_by", "reopened_at"]
    list_filter = [("reopened_at", admin.EmptyFieldListFilter), "edition_name"]
    list_select_related = ["engagement__tenant", "completed_by"]


@admin.register(Note)
class NoteAdmin(OfEngagement):
    list_display = ["id", "place", "category", "author", "escalated", "created_at"]
    list_filter = ["category", "escalated"]
    list_select_related = ["engagement__tenant", "author"]


@admin.register(Waiver)
class WaiverAdmin(OfEngagement):
    list_display = ["id", "place", "what", "decision", "asked_by", "decided_by", "decided_at"]
    list_filter = ["decision"]
    list_select_related = ["run__engagement__tenant", "requirement", "task", "asked_by", "decided_by"]
    search_fields = ["run__engagement__tenant__name_folded", "=run__engagement__id"]

    @admin.display(description="engagement")
    def place(self, waiver: Waiver) -> str:
        return f"{waiver.run.engagement_id}, {waiver.run.engagement.tenant}"

    @admin.display(description="what")
    def what(self, waiver: Waiver) -> str:
        return str(waiver.requirement or waiver.task)[:90]


@admin.register(Event)
class EventAdmin(OfEngagement):
    list_display = ["at", "place", "tenant", "actor", "verb", "object"]
    list_filter = ["verb"]
    list_select_related = ["engagement__tenant", "tenant", "actor"]
    search_fields = ["tenant__name_folded", "=engagement__id", "object"]
