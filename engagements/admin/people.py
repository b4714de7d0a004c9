"""Users with their groups, and who works for whom (DOMAIN §2.2)."""

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.shortcuts import redirect

from engagements.admin.readonly import ViewOnly
from engagements.models import Assignment, User
from engagements.services import assignments
from engagements.services.refusals import Refused
from tasks.models import Service


class AssignmentsShown(ViewOnly, admin.TabularInline):
    """The assignments of a user, customer or tenant; changed on the page of assignments."""

    model = Assignment
    extra = 0
    fields = ["user", "role", "primary", "customer", "tenant", "created_at", "assigned_by"]
    readonly_fields = ["created_at", "assigned_by"]
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "role", "customer", "tenant")


class AssignmentsOfPerson(AssignmentsShown):
    fk_name = "user"


@admin.register(User)
class PersonAdmin(UserAdmin):
    """A person who leaves is switched off, not deleted: history names people."""

    list_display = ["username", "first_name", "last_name", "email", "time_zone", "group_names", "is_active", "is_staff"]
    list_filter = ["groups", "is_active", "is_staff", "is_superuser"]
    fieldsets = [*UserAdmin.fieldsets, ("Clock", {"fields": ["time_zone"]})]
    inlines = [AssignmentsOfPerson]
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


class AssignmentForm(forms.ModelForm):
    """Says what is against an assignment beside the field that it is about, before the service is asked to write."""

    class Meta:
        model = Assignment
        fields = ["user", "role", "customer", "tenant", "services", "focus", "primary"]

    def clean(self) -> dict:
        values = super().clean()
        kept = self.instance if self.instance.pk else None
        user, role = (values.get(name) or (kept and getattr(kept, name)) for name in ("user", "role"))
        at = (kept.customer or kept.tenant) if kept else (values.get("customer") or values.get("tenant"))
        if user and role and at and not (values.get("customer") and values.get("tenant")):
            how = {name: values.get(name) for name in ("services", "focus", "primary")}
            reason = assignments.why_not(user=user, role=role, at=at, kept=kept, **how)
            if reason:
                self.add_error(reason.field if reason.field in self.fields else None, reason.text)
        return values

    def _save_m2m(self) -> None:
        """The service has written the services."""


@admin.register(Assignment)
class AssignmentAdmin(admin.ModelAdmin):
    """Assigning is a permission of its own; the same service writes that the team page uses (R36, DOMAIN §2.2)."""

    form = AssignmentForm
    list_display = ["user", "role", "customer", "tenant", "primary", "created_at", "assigned_by"]
    list_filter = ["role", "primary"]
    list_select_related = ["user", "role", "customer", "tenant", "assigned_by"]
    search_fields = ["user__folded", "customer__name_folded", "tenant__name_folded"]
    search_help_text = "A person, customer or tenant."
    autocomplete_fields = ["user", "role", "customer", "tenant"]
    filter_horizontal = ["services"]

    def has_add_permission(self, request):
        return request.user.has_perm("engagements.assign_users")

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("engagements.assign_users")

    def has_delete_permission(self, request, obj=None):
        """A partner's people are never taken away (R36)."""
        may = request.user.has_perm("engagements.assign_users")
        return may and not (obj and assignments.why_not_away(obj, by=request.user))

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or self.has_change_permission(request, obj)

    def get_readonly_fields(self, request, obj=None):
        """Who, as what and where stay; another person is another assignment."""
        return ["user", "role", "customer", "tenant"] if obj else []

    def formfield_for_manytomany(self, db_field, request, **kw):
        kw["queryset"] = Service.objects.filter(kind=Service.Kind.WORKLOAD)
        return super().formfield_for_manytomany(db_field, request, **kw)

    def changeform_view(self, request, *args, **kw):
        """Whatever changed between the form's questions and the writing is said on the page."""
        try:
            return super().changeform_view(request, *args, **kw)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect(request.get_full_path())

    def save_model(self, request, obj, form, change):
        how = {name: form.cleaned_data[name] for name in ("services", "focus", "primary")}
        if change:
            assignments.change(assignment_id=obj.pk, by=request.user, how=how)
            return
        at = obj.customer or obj.tenant
        assignments.assign(user=obj.user, role=obj.role, at=at, by=request.user, **how)
        obj.pk = Assignment.objects.get(user=obj.user, role=obj.role, customer=obj.customer, tenant=obj.tenant).pk

    def delete_model(self, request, obj):
        assignments.unassign(assignment_id=obj.pk, by=request.user)

    def delete_queryset(self, request, queryset):
        """The rest is taken away; what stays is said with its reason."""
        for row in queryset:
            try:
                assignments.unassign(assignment_id=row.pk, by=request.user)
            except Refused as refusal:
                messages.error(request, refusal.message)
