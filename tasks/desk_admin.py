"""What every page of the admin has in common; the site gives it to pages of other packages too."""

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db import DataError, connection, models

from tasks.edit_conflicts import ConflictAwareAdmin
from tasks.related_links import RelatedLinksAdmin


class SoundChangeList(ChangeList):
    """A list whose address holds values that no row can have is answered like one with an unknown filter."""

    def get_results(self, request):
        try:
            super().get_results(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters(error) from None


class _SoundSelect:
    """Shows a field whose value no row can have as it shows one with an unknown row: empty, with the error."""

    def optgroups(self, name, value, attr=None):
        key = self.field.remote_field.model._meta.pk
        return super().optgroups(name, [text for text in value if not text or is_key(key, text)], attr)


class SoundAutocomplete(_SoundSelect, AutocompleteSelect):
    """One row, chosen from suggestions."""


class SoundAutocompleteMultiple(_SoundSelect, AutocompleteSelectMultiple):
    """Several rows, chosen from suggestions."""


class SoundFields(admin.options.BaseModelAdmin):
    """For pages and for the rows below them: fields with suggestions bear values that no row can have."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SoundAutocomplete(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", SoundAutocompleteMultiple(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class SoundInputAdmin(SoundFields, admin.ModelAdmin):
    """Drops keys that no row can have from what was selected on a list, and refuses them in its address."""

    def get_changelist(self, request, **kwargs):
        found = super().get_changelist(request, **kwargs)
        return SoundChangeList if found is ChangeList else found

    def changelist_view(self, request, extra_context=None):
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        sound = [key for key in selected if is_key(self.opts.pk, key)]
        if len(sound) < len(selected):
            request.POST = request.POST.copy()
            request.POST.setlist(ACTION_CHECKBOX_NAME, sound)
        return super().changelist_view(request, extra_context)


class DeskAdmin(ConflictAwareAdmin, RelatedLinksAdmin, SoundInputAdmin):
    """Refuses the second of two saves with what the first changed, stays small however much belongs to a row, and has
    an answer for nonsense.
    """


def is_key(field: models.Field, text: str) -> bool:
    """Whether a row could have this key."""
    field = getattr(field, "target_field", field)
    try:
        key = field.to_python(text)
    except ValidationError:
        return False
    if isinstance(field, models.IntegerField):
        lowest, highest = connection.ops.integer_field_range(field.get_internal_type())
        return (lowest is None or lowest <= key) and (highest is None or key <= highest)
    return True
