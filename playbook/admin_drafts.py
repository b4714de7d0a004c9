"""Admin pages of rows that belong to an edition: editable on a draft, read-only on every other (DESIGN §4)."""

from django import forms

from playbook.editing import ensure_draft
from playbook.models import Edition, Phase, Process, Requirement, Step
from tasks.desk_admin import SoundFields, is_key
from tasks.history import HistoryAdmin


def edition_of(row) -> Edition:
    return row.edition if hasattr(row, "edition_id") else row.process.edition


class DraftOnly:
    """Permissions that end where the edition of a row, or of an inline's page, is frozen."""

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and _is_draft(obj)


class DraftInline(DraftOnly, SoundFields):
    extra = 0

    def has_add_permission(self, request, obj):
        return super().has_add_permission(request, obj) and _is_draft(obj)


class DraftAdmin(DraftOnly, HistoryAdmin):
    """Asks for permission when a page opens, and the stored edition again when a row is written.

    ``fixed_fields`` can be chosen for a new row and stay as they are afterwards: what a row belongs to,
    and its key, which is how later editions know it again.
    """

    fixed_fields: tuple[str, ...] = ()
    list_per_page = 50
    show_full_result_count = False

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *(self.fixed_fields if obj else ())]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        drafts = Edition.objects.filter(status=Edition.Status.DRAFT)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is None:
            return field
        if db_field.name == "edition":
            field.queryset = drafts
        elif db_field.remote_field.model in (Phase, Process, Step, Requirement):
            _offer(field, _of_page(request, self.get_object, field.queryset, drafts))
        return field

    def lock(self, object_id: str) -> None:
        """The edition first: a row is edited on its own page and on the page that it stands on."""
        row = self.model._base_manager.filter(pk=object_id).first() if is_key(self.opts.pk, object_id) else None
        if row:
            Edition.objects.select_for_update().get(pk=edition_of(row).pk)
        super().lock(object_id)

    def query_of_related(self, obj):
        """The lists of rows show one edition at a time."""
        return {"edition": edition_of(obj).pk}

    def save_model(self, request, obj, form, change):
        ensure_draft(edition_of(obj))
        super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        ensure_draft(edition_of(form.instance))
        super().save_formset(request, form, formset, change)

    def delete_model(self, request, obj):
        ensure_draft(edition_of(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for edition in {edition_of(row) for row in queryset}:
            ensure_draft(edition)
        super().delete_queryset(request, queryset)


def _is_draft(row) -> bool:
    return row is None or not edition_of(row).is_frozen


def _of_page(request, get_object, rows, drafts):
    """The rows of the edition that the page shows; of every draft on a page for a new row."""
    path = "edition" if hasattr(rows.model, "edition_id") else "process__edition"
    rows = rows.select_related(path)
    object_id = request.resolver_match.kwargs.get("object_id")
    if object_id is None:
        return rows.filter(**{f"{path}__in": drafts})
    shown = get_object(request, object_id)
    rows = rows.filter(**{path: edition_of(shown)}) if shown else rows.none()
    if rows.model in (Step, Requirement):
        rows = rows.filter(process=shown if isinstance(shown, Process) else shown.process)
    if rows.model is Requirement:
        rows = rows.filter(step=shown if isinstance(shown, Step) else getattr(shown, "step", None))
    return rows


def _offer(field: forms.ModelChoiceField, rows) -> None:
    """Reads the choices once for all forms of a page, and says of which edition they are."""
    field.queryset = rows
    field.choices = [("", "–"), *((row.pk, f"{str(row)[:90]} ({edition_of(row)})") for row in rows)]
