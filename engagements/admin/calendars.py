"""The private calendars of people: to see which are read, and to close one. The address itself nobody sees."""

from django.contrib import admin

from engagements.models import CalendarFeed
from engagements.services import calendars
from tasks.desk_admin import DeskAdmin


@admin.register(CalendarFeed)
class CalendarFeedAdmin(DeskAdmin):
    list_display = ["user", "made_at", "read_at"]
    list_select_related = ["user"]
    search_fields = ["user__folded"]
    search_help_text = "A person."
    fields = readonly_fields = ["user", "made_at", "read_at"]

    def delete_model(self, request, obj):
        calendars.revoke(person=obj.user, by=request.user)

    def delete_queryset(self, request, queryset):
        for feed in queryset.select_related("user"):
            calendars.revoke(person=feed.user, by=request.user)

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False
