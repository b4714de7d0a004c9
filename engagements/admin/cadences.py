"""The rules of reviews: kinds, audience, intervals, agenda, with their history; series and reviews to look at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q

from engagements.admin.records import RecordAdmin
from engagements.cadence import Interval, why_no_interval
from engagements.models import AgendaItem, CadenceInterval, CadenceRule, Review, ReviewSeries
from engagements.services import summaries
from engagements.staleness import CADENCE
from tasks.admin_fields import LinesField
from tasks.folding import fold
from tasks.history import HistoryAdmin
from tasks.phases import PHASES


class IntervalForm(forms.ModelForm):
    # Without a lower bound of its own: the rule says in a sentence what is wrong with 0.
    every = forms.IntegerField(widget=forms.NumberInput(attrs={"size": 4}))
    phase = forms.ChoiceField(required=False, choices=[("", "Every phase"), *[(name, name) for name in PHASES]])

    class Meta:
        model = CadenceInterval
        fields = ["phase", "colour", "every", "unit", "longest_days"]

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        every, unit, longest = found.get("every"), found.get("unit"), found.get("longest_days")
        if every is not None and unit and (why := why_no_interval(every, unit)):
            self.add_error("every", why)
        if longest == 0:
            self.add_error("longest_days", "At most 0 days apart would be never. Leave it empty, or give 1 or more.")
        return found


class IntervalsInline(admin.TabularInline):
    model = CadenceInterval
    form = IntervalForm
    extra = 1
    max_num = 40


class AgendaInline(admin.TabularInline):
    model = AgendaItem
    fields = ["position", "title", "minutes"]
    extra = 1
    max_num = 40


class CadenceRuleForm(forms.ModelForm):
    segments = LinesField(required=False, help_text="Such as S500, one per line; empty: every segment.")

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if self.instance.pk and "level" in self.changed_data and self.instance.series.exists():
            self.add_error("level", "Series of this kind are agreed already. Make another kind instead.")
        return found


@admin.register(CadenceRule)
class CadenceRuleAdmin(HistoryAdmin):
    """What a step asks for by ``review:<kind>``, so that a kind is not renamed once it is there."""

    form = CadenceRuleForm
    inlines = [IntervalsInline, AgendaInline]
    related = ("series",)
    list_display = ["name", "kind", "level", "how_often", "minutes", "owner_role", "agreed", "in_use"]
    list_filter = ["in_use", "level", "motions", "closes_with"]
    list_select_related = ["owner_role"]
    search_fields = ["name", "kind", "purpose"]
    search_help_text = "A name, a kind, or words of the purpose."
    filter_horizontal = ["motions"]
    fieldsets = [
        (None, {"fields": ["kind", "name", "purpose", "level", "in_use", "position"]}),
        ("Who is in", {"fields": ["fasttrack", "account_team", "customer", "partner", "audience"]}),
        ("For whom", {"fields": ["motions", "segments", "owner_role", "owner_role_s500"]}),
        ("Holding it", {"fields": ["minutes", "closes_with", "lead_days", "escalate_days"]}),
    ]

    def get_queryset(self, request):
        agreed = Count("series", filter=Q(series__status=ReviewSeries.Status.OPEN))
        return super().get_queryset(request).prefetch_related("intervals").annotate(agreed=agreed)

    def get_readonly_fields(self, request, obj=None):
        return ["kind"] if obj else []

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"kind": ["name"]}

    def save_model(self, request, obj, form, change):
        """Lists name the next review by its kind."""
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed_data:
            summaries.rename_reviews(form.initial["name"], obj.name)

    @admin.display(description="how often")
    def how_often(self, rule: CadenceRule) -> str:
        rows = rule.intervals.all()
        said = [f"{_where(row)}{Interval(row.every, row.unit, row.longest_days).words}" for row in rows]
        return "; ".join(said) or "as agreed"

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if form.instance.kind == CADENCE:  # how long health colours stand follows from it
            summaries.restand()

    @admin.display(description="agreed", ordering="agreed")
    def agreed(self, rule) -> int:
        return rule.agreed


@admin.register(Review)
class ReviewAdmin(RecordAdmin):
    list_display = ["on", "at", "beat_on", "series", "state", "held_on", "held_by"]
    list_filter = ["state", "series__rule"]
    list_select_related = ["series__rule", "series__tenant", "series__customer", "held_by"]
    search_fields = ["series__tenant__name_folded", "series__customer__name_folded"]
    search_help_text = "A tenant or a customer."

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))


@admin.register(ReviewSeries)
class ReviewSeriesAdmin(RecordAdmin):
    """To look at: people agree and change series on the pages of their engagements."""

    list_display = ["rule", "place", "owner", "status", "every", "unit", "anchor_on", "at", "time_zone", "country"]
    list_filter = ["status", "rule"]
    list_select_related = ["rule", "tenant", "customer", "owner"]
    search_fields = ["tenant__name_folded", "customer__name_folded", "owner__username"]
    search_help_text = "A tenant, a customer, or a user name."
    related = ("reviews",)

    @admin.display(description="of")
    def place(self, series: ReviewSeries) -> str:
        return str(series.tenant or series.customer)


def _where(row: CadenceInterval) -> str:
    said = ", ".join(part for part in (row.phase, row.get_colour_display() if row.colour else "") if part)
    return f"{said}: " if said else ""
