"""Admin of what every part speaks in: roles, services, products, reasons, motions, engagement models, FTOP tasks."""

from django import forms
from django.contrib import admin

from tasks.admin_fields import LinesField, TicksField
from tasks.admin_reasons import EngineeringReasonAdmin, StatusReasonAdmin
from tasks.folding import fold
from tasks.history import HistoryAdmin
from tasks.models import EngagementModel, FtopTask, Motion, Product, Role, Service
from tasks.phases import PHASES

__all__ = ["EngineeringReasonAdmin", "StatusReasonAdmin"]


class AliasesForm(forms.ModelForm):
    aliases = LinesField(help_text="Other spellings met on playbook pages, one per line.")


@admin.register(Role)
class RoleAdmin(HistoryAdmin):
    form = AliasesForm
    list_display = ["name", "abbreviation", "function", "position"]
    list_filter = ["function"]
    search_fields = ["name", "abbreviation"]


@admin.register(Service)
class ServiceAdmin(HistoryAdmin):
    form = AliasesForm
    list_display = ["name", "short", "family", "prefix", "kind", "health_group", "position"]
    list_filter = ["kind", "family", "health_group"]
    search_fields = ["name", "short", "prefix"]


class ProductForm(forms.ModelForm):
    aliases = LinesField(help_text="Other names of the product, and its string ID, such as SPE_E5; one per line.")

    def __init__(self, *args, **kw):
        super().__init__(*args, **kw)
        if "services" in self.fields:
            self.fields["services"].queryset = Service.objects.filter(kind=Service.Kind.WORKLOAD)

    def clean(self):
        """One spelling belongs to one product; otherwise its licences would count for whichever is found first."""
        cleaned = super().clean()
        others = Product.objects.exclude(pk=self.instance.pk).by_spelling()
        for field, spellings in (("name", [cleaned.get("name") or ""]), ("aliases", cleaned.get("aliases") or [])):
            taken = next((text for text in spellings if fold(text) in others), None)
            if taken:
                self.add_error(
                    field, f"“{taken}” is already a name of {others[fold(taken)]}. Remove it from one of them."
                )
        return cleaned


@admin.register(Product)
class ProductAdmin(HistoryAdmin):
    form = ProductForm
    list_display = ["name", "brings", "position"]
    list_filter = ["services"]
    search_fields = ["name", "aliases"]
    filter_horizontal = ["services"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("services")

    @admin.display(description="services")
    def brings(self, product: Product) -> str:
        return ", ".join(service.label for service in product.services.all()) or "None"


@admin.register(Motion)
class MotionAdmin(HistoryAdmin):
    form = AliasesForm
    list_display = ["name", "excluded", "position"]
    search_fields = ["name"]
    filter_horizontal = ["excludes"]
    prepopulated_fields = {"slug": ["name"]}

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("excludes")

    @admin.display(description="not beside")
    def excluded(self, motion: Motion) -> str:
        return ", ".join(other.name for other in motion.excludes.all()) or "–"


class EngagementModelForm(forms.ModelForm):
    phases_left_out = TicksField(PHASES, help_text="Phases that this model does not run.")


@admin.register(EngagementModel)
class EngagementModelAdmin(HistoryAdmin):
    form = EngagementModelForm
    list_display = ["name", "left_out", "position"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}

    @admin.display(description="leaves out")
    def left_out(self, model: EngagementModel) -> str:
        return ", ".join(model.phases_left_out) or "–"


@admin.register(FtopTask)
class FtopTaskAdmin(HistoryAdmin):
    list_display = ["number", "name", "link", "retired_on", "replaced_by"]
    list_display_links = ["number", "name"]
    list_filter = [("retired_on", admin.EmptyFieldListFilter), ("replaced_by", admin.EmptyFieldListFilter)]
    list_select_related = ["replaced_by"]
    search_fields = ["number", "name_folded"]
    search_help_text = "A number, or words of the name."
    autocomplete_fields = ["replaced_by"]

    def get_search_results(self, request, queryset, search_term):
        return queryset.matching(search_term), False

    def save_model(self, request, obj, form, change):
        obj.name_folded = fold(obj.name)
        super().save_model(request, obj, form, change)
