"""Users with their groups, and who works for whom (DOMAIN §2.2)."""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.text import get_text_list
from django.views.decorators.debug import sensitive_post_parameters

from engagements.models import Assignment, User
from engagements.selectors.holdings import holdings
from engagements.services import assignments, audit, people
from engagements.services.locking import hold, lock_place, writing
from engagements.services.refusals import Refused
from tasks.desk_admin import DeskAdmin, is_key
from tasks.models import Service


class RightsForm(UserChangeForm):
    """Refuses what would lock everybody out, beside the field that it is about. ``by`` is who fills it in."""

    by: User

    def clean(self) -> dict:
        values = super().clean()
        superusers = people.active_superusers()
        if self.instance.is_active and values.get("is_active") is False:
            if reason := people.why_not_deactivate(self.instance, self.by, superusers):
                self.add_error("is_active", reason)
        elif self.instance.is_superuser and values.get("is_superuser") is False and superusers == {self.instance.pk}:
            self.add_error("is_superuser", "This is the last active superuser. Make someone else a superuser first.")
        return values


@admin.register(User)
class PersonAdmin(DeskAdmin, UserAdmin):
    """A person who leaves is deactivated, not deleted: history names people."""

    form = RightsForm
    list_display = ["username", "first_name", "last_name", "email", "time_zone", "group_names", "is_active", "is_staff"]
    list_filter = ["groups", "is_active", "is_staff", "is_superuser"]
    fieldsets = [*UserAdmin.fieldsets, ("Clock", {"fields": ["time_zone"]})]
    readonly_fields = ["last_login", "date_joined"]
    related = ("assignments", "review_series")
    actions = ["deactivate", "reactivate"]
    powers = ("is_superuser", "is_staff", "groups", "user_permissions")

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        """Only a superuser hands out powers; nobody gives themselves more than they have."""
        shut = super().get_readonly_fields(request, obj)
        return shut if request.user.is_superuser else [*shut, *self.powers]

    def has_change_permission(self, request, obj=None):
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not above

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user
        return form

    @admin.display(description="groups")
    def group_names(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())

    # What the audit log is told ------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        request._rights_before = audit.user_rights([obj.pk]) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        audit.record_changes(request._rights_before, audit.user_rights([form.instance.pk]), {}, {}, by=request.user)

    @method_decorator(sensitive_post_parameters())
    def user_change_password(self, request, id, form_url=""):
        with writing():
            held = User.objects.filter(pk=id) if is_key(User._meta.pk, str(id)) else User.objects.none()
            before = [user.password for user in hold(held)]
            answer = super().user_change_password(request, id, form_url)
            if before and list(held.values_list("password", flat=True)) != before:
                audit.record(audit.Action.PASSWORD_SET, f"user:{id}", by=request.user)
        return answer

    # Who may sign in -----------------------------------------------------------------------------------

    @admin.action(description="Deactivate: they can no longer sign in", permissions=["change"])
    def deactivate(self, request, queryset):
        return self._switch(request, queryset.filter(is_active=True), people.deactivate, "Deactivate", "deactivated")

    @admin.action(description="Reactivate: they can sign in again", permissions=["change"])
    def reactivate(self, request, queryset):
        return self._switch(request, queryset.filter(is_active=False), people.reactivate, "Reactivate", "reactivated")

    def _switch(self, request, queryset, do: Callable, verb: str, done: str):
        """Asks first, with what each of them still holds; does it when that is confirmed."""
        chosen = list(queryset.order_by("username"))
        if not chosen:
            self.message_user(request, f"No one selected can be {done}.", messages.WARNING)
            return None
        if "confirm" not in request.POST:
            context = self.admin_site.each_context(request) | {
                "opts": self.opts,
                "title": f"{verb} {len(chosen)} {'user' if len(chosen) == 1 else 'users'}?",
                "verb": verb,
                "holdings": holdings(chosen),
                "action": request.POST["action"],
                "selected": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME),
                "select_across": request.POST.get("select_across", "0"),
            }
            return TemplateResponse(request, "admin/engagements/user/switch.html", context)
        changed, refused = do(user_ids=[user.pk for user in chosen], by=request.user)
        for reason in refused:
            self.message_user(request, reason, messages.ERROR)
        if changed:
            self.message_user(
                request,
                f"{get_text_list([str(u) for u in changed[:10]], 'and')} {done}."
                if len(changed) <= 10
                else f"{len(changed)} users {done}.",
                messages.SUCCESS,
            )
        return None


admin.site.unregister(Group)


@admin.register(Group)
class GroupWithAuditAdmin(DeskAdmin, GroupAdmin):
    """Groups; every change of what one may do is told to the audit log."""

    def save_model(self, request, obj, form, change):
        request._rights_before = audit.group_rights([obj.pk]) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        audit.record_changes({}, {}, request._rights_before, audit.group_rights([form.instance.pk]), by=request.user)

    def delete_model(self, request, obj):
        with audit.rights_recorded(by=request.user, users=_members([obj]), groups=[obj.pk]):
            super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        groups = list(queryset)
        with audit.rights_recorded(by=request.user, users=_members(groups), groups=[group.pk for group in groups]):
            super().delete_queryset(request, queryset)


def _members(groups: list[Group]) -> list[int]:
    return list(User.objects.filter(groups__in=groups).distinct().values_list("pk", flat=True))


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
            how = {"services": values.get("services") or (), "focus": values.get("focus") or ""}
            how["primary"] = bool(values.get("primary"))
            reason = assignments.why_not(user=user, role=role, at=at, kept=kept, **how)
            if reason:
                self.add_error(reason.field if reason.field in self.fields else None, reason.text)
        return values

    def _save_m2m(self) -> None:
        """The service has written the services."""


@admin.register(Assignment)
class AssignmentAdmin(DeskAdmin):
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

    def saving(self):
        return writing()

    def lock(self, object_id: str) -> None:
        """The tenant or customer first, as the service does."""
        known = is_key(Assignment._meta.pk, object_id)
        rows = Assignment.objects.filter(pk=object_id) if known else Assignment.objects.none()
        for tenant_id, customer_id in rows.values_list("tenant_id", "customer_id"):
            lock_place(tenant_id=tenant_id, customer_id=customer_id)
        hold(rows)

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
