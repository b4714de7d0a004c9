"""Users with their groups, and who works for whom (DOMAIN §2.2)."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from engagements.admin.readonly import ViewOnly
from engagements.models import Assignment, User
from engagements.services.events import record


class AssignmentsShown(ViewOnly, admin.TabularInline):
    """The assignments of a user, customer or tenant; changed on the page of assignments."""

    model = Assignment
    extra = 0
    fields = ["user", "role", "primary", "customer", "tenant", "created_at"]
    readonly_fields = ["created_at"]
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "role", "customer", "tenant")


@admin.register(User)
class PersonAdmin(UserAdmin):
    """A person who leaves is switched off, not deleted: history names people."""

    list_display = ["username", "first_name", "last_name", "email", "time_zone", "group_names", "is_active", "is_staff"]
    list_filter = ["groups", "is_active", "is_staff", "is_superuser"]
    fieldsets = [*UserAdmin.fieldsets, ("Clock", {"fields": ["time_zone"]})]
    inlines = [AssignmentsShown]
    powers = ("is_superuser", "is_staff", "groups", "user_permissions")

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        """Only a superuser hands out powers; nobody gives themselves more than they have."""
        return super().get_readonly_fields(request, obj) if request.user.is_superuser else self.powers

    def has_change_permission(self, request, obj=None):
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    @admin.display(description="groups")
    def group_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())


@admin.register(Assignment)
class AssignmentAdmin(admin.ModelAdmin):
    """Assigning is a permission of its own; every change is told in the history of the tenants it touches."""

    list_display = ["user", "role", "customer", "tenant", "primary", "created_at"]
    list_filter = ["role", "primary"]
    list_select_related = ["user", "role", "customer", "tenant"]
    search_fields = ["user__username", "user__last_name", "customer__name_folded", "tenant__name_folded"]
    search_help_text = "A person, customer or tenant."
    autocomplete_fields = ["user", "role", "customer", "tenant"]

    def has_add_permission(self, request):
        return request.user.has_perm("engagements.assign_users")

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("engagements.assign_users")

    def has_delete_permission(self, request, obj=None):
        return request.user.has_perm("engagements.assign_users")

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or self.has_change_permission(request, obj)

    def save_model(self, request, obj, form, change):
        before = Assignment.objects.get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        if before:
            _tell("unassigned", before, by=request.user)
        _tell("assigned", obj, by=request.user)

    def delete_model(self, request, obj):
        _tell("unassigned", obj, by=request.user)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for assignment in queryset:
            _tell("unassigned", assignment, by=request.user)
        super().delete_queryset(request, queryset)


def _tell(verb: str, assignment: Assignment, *, by: User) -> None:
    """One sentence in each tenant that the assignment opens."""
    tenants = assignment.customer.tenants.all() if assignment.customer_id else [assignment.tenant]
    facts = {"role": assignment.role.name, "primary": assignment.primary}
    side = "after" if verb == "assigned" else "before"
    for tenant in tenants:
        record(verb, f"user:{assignment.user_id}", by=by, tenant=tenant, **{side: facts})
