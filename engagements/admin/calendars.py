"""The private calendars of people: to see which are read, and to close one. The address itself nobody sees."""

from django.contrib import admin

from engagements.models import CalendarFeed


@admin.register(CalendarFeed)
class CalendarFeedAdmin(admin.ModelAdmin):
    list_display = ["user", "made_at", "read_at"]
    list_select_related = ["user"]
    search_fields = ["user__folded"]
    search_help_text = "A person."
    fields = readonly_fields = ["user", "made_at", "read_at"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False
