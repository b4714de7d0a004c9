"""Customers and tenants as master data. What gates read is set on the pages of an engagement, and shown here."""

from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.forms.models import model_to_dict
from django.utils import timezone

from engagements import working_days
from engagements.admin.records import RecordAdmin
from engagements.models import (
    CompeteSignal,
    Contact,
    Customer,
    HealthRating,
    Partner,
    Tag,
    Tenant,
    TenantService,
)
from engagements.services import entitlements, reviews, summaries
from engagements.services.events import record
from engagements.services.locking import lock_customers, lock_tagged, write, writing
from engagements.services.refusals import Refused
from tasks.desk_admin import DeskAdmin, is_key
from tasks.folding import fold

KEPT = (
    "Its engagements are kept for good, with every note written in them. Close them, or mark a tenant as a duplicate."
)


class Told(DeskAdmin):
    """Folds the name, has lists find it, and writes what changed into the history of the tenants."""

    @write
    def save_model(self, request, obj, form, change):
        """Under the lock of the customer; of a row that was there, it writes what the form changed and nothing else."""
        lock_customers([_customer_of(obj)])
        obj.name_folded = fold(obj.name)
        kept = model_to_dict(type(obj).objects.get(pk=obj.pk)) if change else {}
        if change:
            obj.save(update_fields=[*form.changed_data, "name_folded"])
        else:
            super().save_model(request, obj, form, change)
        before = {name: str(kept.get(name, "")) for name in form.changed_data} if change else {}
        after = {name: str(form.cleaned_data[name]) for name in form.changed_data}
        kind = f"{obj._meta.model_name}:{obj.pk}"
        tenants = self.tenants(obj)
        summaries.rename([tenant.pk for tenant in tenants])
        for tenant in tenants:
            record("changed" if change else "added", kind, by=request.user, tenant=tenant, before=before, after=after)

    @write
    def delete_model(self, request, obj):
        lock_customers([_customer_of(obj)])
        super().delete_model(request, obj)

    @write
    def delete_queryset(self, request, queryset):
        lock_customers([_customer_of(one) for one in queryset])
        super().delete_queryset(request, queryset)

    def saving(self):
        return writing()

    def get_deleted_objects(self, objs, request):
        """Engagements stay, for their notes are never deleted (R50): says so before who may delete what."""
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return found, counts, set() if protected else lacking, [*[KEPT] * bool(protected), *protected]

    def get_search_results(self, request, queryset, search_term):
        """Names are compared folded (DESIGN §7)."""
        return super().get_search_results(request, queryset, fold(search_term))


class TagForm(forms.ModelForm):
    def clean_name(self) -> str:
        """A tag stands once, however it is capitalised."""
        name = " ".join(self.cleaned_data["name"].split())
        if Tag.objects.exclude(pk=self.instance.pk).filter(name_folded=fold(name)).exists():
            raise forms.ValidationError("There is such a tag already.")
        return name


class OfCustomer(RecordAdmin):
    """Rows that are found by the name of the customer."""

    list_select_related = ["customer"]
    search_fields = ["customer__name_folded", "=customer__tpid"]
    search_help_text = "A customer or a TPID."

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))


@admin.register(Contact)
class ContactAdmin(OfCustomer):
    list_display = ["name", "kind", "title", "email", "customer", "erased_at"]
    list_filter = ["kind", ("erased_at", admin.EmptyFieldListFilter)]


@admin.register(HealthRating)
class HealthRatingAdmin(OfCustomer):
    list_display = ["on", "customer", "group", "colour", "before", "why", "by"]
    list_filter = ["colour", "group"]
    list_select_related = ["customer", "by"]


@admin.register(CompeteSignal)
class CompeteSignalAdmin(OfCustomer):
    list_display = ["product", "customer", "validity", "insight"]
    list_filter = ["validity"]


@admin.register(Tag)
class TagAdmin(DeskAdmin):
    """Corrects the spelling of a tag, and removes one that nobody needs."""

    form = TagForm
    list_display = ["name"]
    search_fields = ["name_folded"]
    fields = ["name"]

    def save_model(self, request, obj, form, change):
        obj.name_folded = fold(obj.name)
        super().save_model(request, obj, form, change)

    @write
    def delete_model(self, request, obj):
        """Under the locks of those who carry it."""
        lock_tagged([obj.pk])
        super().delete_model(request, obj)

    @write
    def delete_queryset(self, request, queryset):
        lock_tagged(queryset.values_list("pk", flat=True))
        super().delete_queryset(request, queryset)


@admin.register(Customer)
class CustomerAdmin(Told):
    """The record is kept on the page of the customer, where two people do not overwrite each other."""

    list_display = ["name", "tpid", "region", "vertical", "status", "account_managed", "created_at"]
    list_filter = ["account_managed", "status", "cxp_watchlist", "region"]
    search_fields = ["name_folded", "=tpid"]
    search_help_text = "A name or a TPID."
    record = [
        "vertical",
        "status",
        "progress_due_on",
        "cxp_watchlist",
        "mindset",
        "completion_on",
        "business_reason",
        "success_owner",
        "winner",
        "tags",
        "account_managed",
        "created_at",
    ]
    fields = ["name", "tpid", "region", *record]
    readonly_fields = record
    related = ("tenants", "assignments", "contacts", "health_ratings", "compete_signals", "review_series")

    def lock(self, object_id: str) -> None:
        """With its tenants, into whose history a change is written."""
        lock_customers([int(object_id)] if is_key(Customer._meta.pk, object_id) else [])

    def tenants(self, customer: Customer):
        return customer.tenants.all()


class OfTenant(RecordAdmin):
    """Rows that are found by the name of the tenant."""

    list_select_related = ["tenant"]
    search_fields = ["tenant__name_folded", "tenant__customer__name_folded"]
    search_help_text = "A tenant or a customer."

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))


@admin.register(TenantService)
class TenantServiceAdmin(OfTenant):
    list_display = ["service", "tenant", "entitlements", "enabled_on", "enabled_by"]
    list_filter = ["service"]
    list_select_related = ["service", "tenant", "enabled_by"]


@admin.register(Partner)
class PartnerAdmin(OfTenant):
    list_display = ["name", "mpn_id", "tenant"]


class HolidaysFilter(admin.SimpleListFilter):
    """Tenants whose country the calendar does not know, or that have none: reviews there avoid weekends alone."""

    title, parameter_name = "public holidays", "holidays"

    def lookups(self, request, model_admin):
        return [("unknown", "Not known for the country"), ("none", "No country is given")]

    def queryset(self, request, queryset):
        if self.value() == "none":
            return queryset.filter(country="")
        if self.value() != "unknown":
            return queryset
        countries = Tenant.objects.exclude(country="").order_by().values_list("country", flat=True).distinct()
        return queryset.filter(country__in=working_days.unknown_among(countries))


@admin.register(Tenant)
class TenantAdmin(Told):
    list_display = ["name", "customer", "domain", "country", "time_zone", "seats", "is_duplicate"]
    list_filter = ["is_duplicate", HolidaysFilter, "country"]
    actions = ["mark_duplicates", "unmark_duplicates"]
    list_select_related = ["customer"]
    search_fields = ["name_folded", "customer__name_folded", "domain", "=customer__tpid"]
    search_help_text = "A name, a domain or a TPID."
    autocomplete_fields = ["customer"]
    record = [
        "status",
        "status_on",
        "segment",
        "priority",
        "priority_why",
        "winroom_reason",
        "enterprise_level",
        "tags",
        "csm",
        "is_duplicate",
    ]
    fields = ["customer", "name", "guid", "domain", "country", "time_zone", "seats", *record]
    readonly_fields = record
    related = ("services", "partners", "assignments", "engagements", "review_series")

    def get_readonly_fields(self, request, obj=None):
        """A tenant belongs to one customer for good: assignments and contacts hang on it."""
        return [*self.readonly_fields, *(["customer"] if obj else [])]

    def lock(self, object_id: str) -> None:
        """Its customer first, as every service does."""
        rows = Tenant.objects.filter(pk=object_id) if is_key(Tenant._meta.pk, object_id) else Tenant.objects.none()
        lock_customers(list(rows.values_list("customer_id", flat=True)))

    def tenants(self, tenant: Tenant):
        return [tenant]

    def save_model(self, request, obj, form, change):
        """Planned reviews go by the clock and the country of their tenant."""
        with writing():
            super().save_model(request, obj, form, change)
            if change and {"country", "time_zone"} & set(form.changed_data):
                reviews.replan(obj.customer_id, timezone.localdate())

    @admin.action(description="Mark as duplicates: all seats become Duplicate/Invalid", permissions=["change"])
    def mark_duplicates(self, request, queryset):
        self._each(request, queryset, entitlements.mark_duplicate, "now a duplicate")

    @admin.action(description="Not duplicates: seats are asked about anew", permissions=["change"])
    def unmark_duplicates(self, request, queryset):
        self._each(request, queryset, entitlements.unmark_duplicate, "no duplicate any more")

    def _each(self, request, queryset, do: Callable[..., Tenant], what: str) -> None:
        for tenant in queryset:
            try:
                do(tenant=tenant, by=request.user)
            except Refused as refusal:
                self.message_user(request, f"{tenant}: {refusal.message}", messages.ERROR)
            else:
                self.message_user(request, f"{tenant} is {what}.")


def _customer_of(obj: Customer | Tenant) -> int:
    return obj.pk if isinstance(obj, Customer) else obj.customer_id
