"""Pages of the admin that stay small: rows whose number grows with the data are a link to their list, with a count."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import models
from django.forms.models import _get_foreign_key
from django.urls import reverse
from django.utils.http import urlencode

# Fields of all the rows on one page together. Django takes 1,000 in one form.
MOST_FIELDS = 600
OWN_FIELDS = 3  # of a row beside those that are listed: its key, the key of the page, the mark to delete it


class RelatedLinksAdmin(admin.ModelAdmin):
    """``related`` names the relations to this model, such as ``"assignments"``, whose rows are a link and a count.

    Inlines become such a link too where they have grown beyond what a page can hold.
    """

    related: tuple[str, ...] = ()

    def get_inline_instances(self, request, obj=None):
        inlines = super().get_inline_instances(request, obj)
        if obj is None or obj.pk is None:
            return inlines
        kept, fields = [], 0
        for inline in inlines:
            field, count = self._rows_below(request, inline, obj)
            fields += count * (len(inline.get_fields(request, obj)) + OWN_FIELDS)
            # What was sent back was on the page, and is saved, however many rows there are now.
            was_shown = f"{field.remote_field.get_accessor_name()}-TOTAL_FORMS" in request.POST
            if fields <= MOST_FIELDS or was_shown:
                kept.append(inline)
            else:
                request._desk_linked_inlines = [*getattr(request, "_desk_linked_inlines", ()), (field, count)]
        return kept

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj is not None and obj.pk is not None and not add:
            context = context | {"related_links": self.related_links(request, obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def related_links(self, request, obj: models.Model) -> list[dict[str, Any]]:
        """The name, count and address of each list; one query a list. Without those that the reader may not see."""
        found = [(self.opts.get_field(name).field, None) for name in self.related]
        found += dict(getattr(request, "_desk_linked_inlines", ())).items()
        links = []
        for field, count in found:
            page = self.admin_site._registry.get(field.model)
            if page is None or not page.has_view_permission(request):
                continue
            if count is None:
                count = field.model._base_manager.filter(**{field.name: obj}).count()
            opts = field.model._meta
            names = opts.verbose_name if count == 1 else opts.verbose_name_plural
            query = {f"{field.name}__{field.target_field.name}__exact": quote(obj.pk)} | self.query_of_related(obj)
            url = reverse(f"{self.admin_site.name}:{opts.app_label}_{opts.model_name}_changelist")
            links.append({"name": str(names), "count": count, "url": f"{url}?{urlencode(query)}"})
        return links

    def query_of_related(self, obj: models.Model) -> dict[str, Any]:
        """What else the address of a list of rows of this object needs."""
        return {}

    def _rows_below(self, request, inline, obj: models.Model) -> tuple[models.ForeignKey, int]:
        field = _get_foreign_key(self.model, inline.model, fk_name=inline.fk_name)
        return field, inline.get_queryset(request).filter(**{field.name: obj}).count()
