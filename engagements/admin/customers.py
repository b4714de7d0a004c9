"""Customers and tenants as master data. What gates read is set on the pages of an engagement, and shown here."""

from django.contrib import admin

from engagements.admin.people import AssignmentsShown
from engagements.admin.readonly import ViewOnly
from engagements.models import Contact, Customer, Tenant, TenantService
from engagements.services.events import record
from tasks.folding import fold


class Told(admin.ModelAdmin):
    """Folds the name, and writes what changed, before and after, into the history of the tenants."""

    def save_model(self, request, obj, form, change):
        obj.name_folded = fold(obj.name)
        super().save_model(request, obj, form, change)
        before = {name: str(form.initial.get(name, "")) for name in form.changed_data} if change else {}
        after = {name: str(form.cleaned_data[name]) for name in form.changed_data}
        kind = f"{obj._meta.model_name}:{obj.pk}"
        for tenant in self.tenants(obj):
            record("changed" if change else "added", kind, by=request.user, tenant=tenant, before=before, after=after)

    def get_search_results(self, request, queryset, search_term):
        """Names are compared folded (DESIGN §7)."""
        return super().get_search_results(request, queryset, fold(search_term))


class TenantsShown(ViewOnly, admin.TabularInline):
    model = Tenant
    fields = ["name", "guid", "domain", "country", "seats"]
    show_change_link = True


class ContactsShown(ViewOnly, admin.TabularInline):
    model = Contact
    fields = ["kind", "name", "title", "email"]


@admin.register(Customer)
class CustomerAdmin(Told):
    list_display = ["name", "tpid", "region", "account_managed", "created_at"]
    list_filter = ["account_managed", "region"]
    search_fields = ["name_folded", "=tpid"]
    search_help_text = "A name or a TPID."
    fields = ["name", "tpid", "region", "account_managed", "created_at"]
    readonly_fields = ["account_managed", "created_at"]
    inlines = [TenantsShown, AssignmentsShown, ContactsShown]

    def tenants(self, customer: Customer):
        return customer.tenants.all()


class ServicesShown(ViewOnly, admin.TabularInline):
    model = TenantService
    fields = ["service", "entitlements", "enabled_on", "enabled_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("service", "enabled_by", "tenant")


@admin.register(Tenant)
class TenantAdmin(Told):
    list_display = ["name", "customer", "domain", "country", "time_zone", "seats"]
    list_filter = ["country"]
    list_select_related = ["customer"]
    search_fields = ["name_folded", "customer__name_folded", "domain", "=customer__tpid"]
    search_help_text = "A name, a domain or a TPID."
    autocomplete_fields = ["customer"]
    fields = ["customer", "name", "guid", "domain", "country", "time_zone", "seats", "csm"]
    readonly_fields = ["csm"]
    inlines = [ServicesShown, AssignmentsShown]

    def get_readonly_fields(self, request, obj=None):
        """A tenant belongs to one customer for good: assignments and contacts hang on it."""
        return [*self.readonly_fields, *(["customer"] if obj else [])]

    def tenants(self, tenant: Tenant):
        return [tenant]
