"""History of admin-edited data: who changed what, when, from which value to which (DESIGN §5).

Rows that an import wrote in bulk have no history yet. Their state before the first change is kept as
the first entry, so that even the first change shows a before and an after.
"""

from collections.abc import Iterable

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404
from simple_history.admin import SimpleHistoryAdmin
from simple_history.utils import get_m2m_field_name

from tasks.desk_admin import DeskAdmin, is_key

FIRST_STATE = "As it was before the first change"


@transaction.atomic
def keep_first_state(model: type[models.Model], ids: Iterable[int | str]) -> None:
    """Gives each stored row that has no history an entry of what is in the database now."""
    ids, key = {pk for pk in ids if pk}, model._meta.pk.attname
    known = set(model.history.filter(**{f"{key}__in": ids}).values_list(key, flat=True))
    rows = model.objects.filter(pk__in=ids - known)
    for entry in model.history.bulk_history_create(rows, default_change_reason=FIRST_STATE):
        for field in entry._history_m2m_fields:
            _keep_links(entry, field)


def _keep_links(entry: models.Model, field: models.ManyToManyField) -> None:
    """The many-to-many links of one row, written beside its history entry."""
    through, kept = field.remote_field.through, getattr(type(entry), field.name).model
    names = [f.attname for f in through._meta.fields]
    links = through.objects.filter(**{get_m2m_field_name(field): entry.instance.pk}).values(*names)
    kept.objects.bulk_create(kept(history=entry, **link) for link in links)


class HistoryAdmin(DeskAdmin, SimpleHistoryAdmin):
    """An admin page whose history lists every value before and after, and the person."""

    object_history_list_template = "admin/history_list.html"

    def history_view(self, request, object_id, extra_context=None):
        if not is_key(self.opts.pk, unquote(object_id)):
            raise Http404("There is no such row.")
        return super().history_view(request, object_id, extra_context)

    def history_form_view(self, request, object_id, version_id, extra_context=None):
        object_id = unquote(object_id)  # which the library leaves out, so that keys with a slash are not found
        if not is_key(self.opts.pk, object_id) or not is_key(self.model.history.model._meta.pk, version_id):
            raise Http404("There is no such version of this row.")
        # The library lets whoever may look at an old version also post it back.
        if request.method == "POST":
            row = self.get_object(request, object_id)
            if row is None or not self.has_change_permission(request, row):
                raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)

    def save_model(self, request, obj, form, change):
        if change:
            keep_first_state(type(obj), [obj.pk])
        super().save_model(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        if hasattr(formset.model, "history"):
            keep_first_state(formset.model, [f.instance.pk for f in formset.initial_forms if f.has_changed()])
        super().save_formset(request, form, formset, change)
