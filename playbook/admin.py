"""Admin of the playbook: every edition can be read, a draft can be edited (DESIGN §4)."""

from django import forms
from django.contrib import admin
from django.utils.functional import lazy
from django.utils.html import format_html_join

from playbook.admin_drafts import DraftAdmin, DraftInline
from playbook.admin_editions import EditionAdmin
from playbook.admin_filters import EditionFilter, PhaseFilter, ProcessFilter
from playbook.admin_rows import (
    ListingForm,
    ProcessForm,
    RequirementForm,
    StepForm,
    complete_lines,
    complete_listings,
)
from playbook.checks import how_to_write
from playbook.models import Condition, Edition, Process, Requirement, Step, TaskListing
from tasks.admin_fields import LinesField

USED = admin.RelatedOnlyFieldListFilter
USED_ROLES = ("roles", USED)

admin.site.register(Edition, EditionAdmin)

# Narrow enough that a checklist fits beside the navigation of the admin.
TEXT, CHECKS, SHORT = forms.Textarea({"rows": 3, "cols": 34}), forms.Textarea({"rows": 3, "cols": 24}), {"size": 12}
# Asked when the form is drawn, because other apps register their kinds of checks.
CHECKS_HELP = lazy(lambda: f"One per line; all must be met: {how_to_write()}.", str)()


class ConditionForm(forms.ModelForm):
    computed = LinesField(help_text="Facts that must all be yes, one per line. Empty: a person answers.")


@admin.register(Condition)
class ConditionAdmin(DraftAdmin):
    form = ConditionForm
    edition_path = "edition"
    fixed_fields = ("edition",)
    list_display = ["key", "question", "scope", "facts"]
    list_filter = [EditionFilter, "scope"]
    list_select_related = ["edition"]
    search_fields = ["key", "question"]
    autocomplete_fields = ["services"]

    @admin.display(description="computed from")
    def facts(self, condition: Condition) -> str:
        return ", ".join(condition.computed) or "a person answers"


class LineForm(RequirementForm):
    checks = LinesField(help_text="", widget=CHECKS)

    class Meta:
        widgets = {"text": TEXT, "when": forms.TextInput(SHORT)}


class StepLines(DraftInline, admin.TabularInline):
    """The inputs and outputs of a step."""

    model = Requirement
    form = LineForm
    fk_name = "step"
    verbose_name, verbose_name_plural = "input or output", "inputs and outputs"
    fields = ["position", "section", "parent", "text", "checks", "rule", "optional", "when"]
    sections = (Requirement.Section.INPUT, Requirement.Section.OUTPUT)
    show_change_link = True

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "parent":
            field.widget.can_change_related = field.widget.can_view_related = False
        return field

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "section":
            kwargs["choices"] = [(section.value, section.label) for section in self.sections]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "parent":
            # Read once for all rows of the page; a field that asks for itself would ask once a row.
            owner = request.resolver_match.kwargs.get("object_id")
            field.queryset = self.get_queryset(request).filter(**{self.fk_name: owner})
            field.choices = [("", "–"), *((row.pk, row.text[:30]) for row in field.queryset)]
        return field


class KeyLines(StepLines):
    """The key inputs and outputs of a process."""

    fk_name = "process"
    verbose_name, verbose_name_plural = "key input or output", "key inputs and outputs"
    sections = (Requirement.Section.KEY_INPUT, Requirement.Section.KEY_OUTPUT)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(step__isnull=True)


class RowForm(ListingForm):
    class Meta:
        widgets = {"name": forms.TextInput({"size": 34})}
        widgets |= {name: forms.TextInput(SHORT) for name in ("when", "mandatory_when")}


class StepListings(DraftInline, admin.TabularInline):
    """The task table of a step; roles and services of a row are on its own page."""

    model = TaskListing
    form = RowForm
    verbose_name, verbose_name_plural = "task", "task table"
    fields = ["position", "task", "name", "mandatory", "when", "mandatory_when"]
    autocomplete_fields = ["task"]
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("task")


class ProcessSteps(DraftInline, admin.TabularInline):
    """The order of the steps of a process; a step is edited, added and deleted on its own page."""

    model = Step
    fields = ["position", "title", "when", "per_service"]
    show_change_link = True
    can_delete = False
    max_num = 0


class BelowAdmin(DraftAdmin):
    """A page with inlines: what is added below it gets its process, its edition and its key."""

    def save_formset(self, request, form, formset, change):
        page = form.instance
        process = page if isinstance(page, Process) else page.process
        if formset.model is Requirement:
            complete_lines(formset, process)
        elif formset.model is TaskListing:
            complete_listings(formset, process)
        super().save_formset(request, form, formset, change)


@admin.register(Process)
class ProcessAdmin(BelowAdmin):
    form = ProcessForm
    edition_path, phase_path = "edition", "phase"
    fixed_fields = ("edition", "key")
    fields = ["edition", "phase", "key", "title", "slug", "position", "audience", "motions", "guidance", "next_steps"]
    fields += ["next_process", "source"]
    readonly_fields = ["source"]
    list_display = ["title", "phase", "position", "audience", "motion_names"]
    list_filter = [EditionFilter, PhaseFilter, "audience", "motions"]
    list_select_related = ["edition", "phase"]
    search_fields = ["title", "key", "guidance", "=listings__task__number"]
    search_help_text = "Words of the title or the guidance, or a task number."
    autocomplete_fields = ["motions"]
    inlines = [ProcessSteps, KeyLines]

    def get_fields(self, request, obj=None):
        return [name for name in self.fields if obj or name not in ("key", "source")]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("edition").prefetch_related("motions")

    @admin.display(description="motions")
    def motion_names(self, process: Process) -> str:
        return " / ".join(motion.name for motion in process.motions.all())


@admin.register(Step)
class StepAdmin(BelowAdmin):
    form = StepForm
    edition_path, phase_path = "process__edition", "process__phase"
    fixed_fields = ("process", "key")
    fields = ["process", "key", "title", "slug", "position", "roles", "motions", "applies_to", "cadence", "guidance"]
    fields += ["when", "per_service"]
    list_display = ["title", "process", "position", "role_names", "when"]
    list_filter = [EditionFilter, PhaseFilter, ProcessFilter, USED_ROLES, ("applies_to", USED), "per_service"]
    list_select_related = ["process__edition"]
    search_fields = ["title", "key", "guidance", "requirements__text", "=listings__task__number"]
    search_help_text = "Words of the title, the guidance or a checklist, or a task number."
    autocomplete_fields = ["roles", "motions", "applies_to"]
    ordering = ["process__position", "position"]
    inlines = [StepLines, StepListings]

    def get_fields(self, request, obj=None):
        return [name for name in self.fields if obj or name != "key"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("process__edition").prefetch_related("roles")

    @admin.display(description="roles")
    def role_names(self, step: Step) -> str:
        return ", ".join(role.name for role in step.roles.all())


class RequirementPageForm(RequirementForm):
    checks = LinesField(help_text=CHECKS_HELP)


@admin.register(Requirement)
class RequirementAdmin(DraftAdmin):
    """Lines are added on the page of their step or process, and searched and edited here."""

    form = RequirementPageForm
    edition_path, phase_path = "process__edition", "process__phase"
    fields = ["process", "step", "section", "parent", "position", "text", "checks", "rule", "optional", "when", "key"]
    readonly_fields = ["process", "step", "section", "key"]
    list_display = ["text", "place", "section", "check_words", "rule", "optional"]
    list_filter = [EditionFilter, PhaseFilter, ProcessFilter, "section", "rule", "optional", "step__roles"]
    list_select_related = ["process__edition", "step"]
    search_fields = ["text", "key"]
    search_help_text = "Words of the line."
    ordering = ["process__position", "step__position", "position"]

    def has_add_permission(self, request):
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("process__edition", "step")

    @admin.display(description="step or process")
    def place(self, line: Requirement) -> str:
        return str(line.step or line.process)

    @admin.display(description="checks")
    def check_words(self, line: Requirement) -> str:
        return format_html_join(" · ", "{}", ((check,) for check in line.checks))


@admin.register(TaskListing)
class TaskListingAdmin(DraftAdmin):
    form = ListingForm
    edition_path, phase_path = "edition", "process__phase"
    fields = ["process", "step", "task", "name", "mandatory", "roles", "services", "when", "mandatory_when"]
    fields += ["resolved", "position"]
    readonly_fields = ["process", "step"]
    list_display = ["number", "name", "letter", "role_names", "service_names", "process", "resolved"]
    list_display_links = ["number", "name"]
    list_filter = [EditionFilter, PhaseFilter, ProcessFilter, "mandatory", USED_ROLES, ("services", USED), "resolved"]
    list_select_related = ["edition", "task", "process__edition"]
    search_fields = ["name", "=task__number"]
    search_help_text = "A task number, or words of the name."
    autocomplete_fields = ["task", "roles", "services"]
    ordering = ["process__position", "position"]

    def has_add_permission(self, request):
        return False

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("edition", "task", "process__edition", "step")
        return rows.prefetch_related("roles", "services")

    @admin.display(description="number", ordering="task__number")
    def number(self, listing: TaskListing) -> int:
        return listing.task.number

    @admin.display(description="M/O", ordering="mandatory")
    def letter(self, listing: TaskListing) -> str:
        return "M" if listing.mandatory else "O"

    @admin.display(description="roles")
    def role_names(self, listing: TaskListing) -> str:
        return ", ".join(role.name for role in listing.roles.all())

    @admin.display(description="services")
    def service_names(self, listing: TaskListing) -> str:
        return " / ".join(service.label for service in listing.services.all())
