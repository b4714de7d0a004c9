"""Admin of editions: copy the published one to a draft, review what a draft changes, publish it."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.views.decorators.http import require_POST

from playbook.diff import compare, grouped
from playbook.editing import (
    CannotPublish,
    EditionFrozen,
    copy_to_draft,
    discard,
    ensure_draft,
    publish,
)
from playbook.models import Edition
from playbook.selectors import published_edition
from playbook.snapshot import snapshot
from playbook.validation import problems
from tasks.desk_admin import DeskAdmin


class CopyForm(forms.ModelForm):
    class Meta:
        model = Edition
        fields = ["name"]
        help_texts = {"name": "How people will know the draft, for example by its month."}


class EditionAdmin(DeskAdmin):
    list_display = ["name", "status", "language", "based_on", "created_at", "published_at", "published_by"]
    list_filter = ["status", "language"]
    list_select_related = ["based_on", "published_by"]
    search_fields = ["name"]
    fields = ["name", "language", "status", "based_on", "created_at", "published_at", "published_by", "import_warnings"]
    readonly_fields = ["status", "based_on", "created_at", "published_at", "published_by", "import_warnings"]
    actions = None

    def has_add_permission(self, request):
        """Editions come from a copy or from an import."""
        return False

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not (obj and obj.is_frozen)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.is_frozen)

    def save_model(self, request, obj, form, change):
        ensure_draft(obj)
        super().save_model(request, obj, form, change)

    def get_deleted_objects(self, objs, request):
        """What a draft holds goes with it; listing its thousands of rows would help nobody."""
        denied = {str(self.opts.verbose_name) for edition in objs if not self.has_delete_permission(request, edition)}
        return [f"{edition}, with its processes, steps and tasks" for edition in objs], {}, denied, []

    def delete_model(self, request, obj):
        discard(obj)

    @admin.display(description="warnings of the import")
    def import_warnings(self, edition: Edition) -> str:
        rows = ((w.get("file", ""), w.get("line", ""), w.get("message", "")) for w in edition.warnings)
        return format_html_join("\n", "<p>{}:{} {}</p>", rows) or "None"

    # Copy, review, publish ------------------------------------------------------------------------

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/copy/", wrap(self.copy_view), name="playbook_edition_copy"),
            path("<int:pk>/review/", wrap(self.review_view), name="playbook_edition_review"),
            path("<int:pk>/publish/", wrap(require_POST(self.publish_view)), name="playbook_edition_publish"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        may_copy = self.has_change_permission(request)
        extra = {"published": published_edition() if may_copy else None}
        return super().changelist_view(request, extra | (extra_context or {}))

    def copy_view(self, request, pk):
        edition = get_object_or_404(Edition, pk=pk)
        if not self.has_change_permission(request):
            raise PermissionDenied
        wish = f"{edition.name}, draft of {timezone.localdate():%d %B %Y}"[:120]
        form = CopyForm(request.POST or None, initial={"name": wish})
        if request.method == "POST" and form.is_valid():
            draft = copy_to_draft(edition, by=request.user, name=form.cleaned_data["name"])
            self.message_user(request, f"“{draft}” is a copy of “{edition}”. Nobody works on it until it is published.")
            return redirect("admin:playbook_edition_change", draft.pk)
        return self._page(request, "copy", edition, title=f"Edit the catalogue: copy “{edition}”", form=form)

    def review_view(self, request, pk):
        edition = get_object_or_404(Edition.objects.select_related("based_on"), pk=pk)
        if not self.has_view_permission(request, edition):
            raise PermissionDenied
        base = edition.based_on or published_edition()
        rows = snapshot(edition)
        changes = compare(snapshot(base), rows) if base and base != edition else []
        return self._page(
            request,
            "review",
            edition,
            title=f"What “{edition}” changes",
            base=base if base != edition else None,
            groups=grouped(changes),
            count=len(changes),
            problems=[] if edition.is_frozen else problems(rows),
            may_publish=not edition.is_frozen and request.user.has_perm("playbook.publish_edition"),
        )

    def publish_view(self, request, pk):
        edition = get_object_or_404(Edition, pk=pk)
        try:
            publish(edition, by=request.user)
        except CannotPublish as refused:
            say = f"Not published: {len(refused.problems)} to repair first. They are listed below."
            self.message_user(request, say, messages.ERROR)
            return redirect("admin:playbook_edition_review", pk)
        except EditionFrozen as refused:
            self.message_user(request, f"Not published: {refused}", messages.ERROR)
            return redirect("admin:playbook_edition_change", pk)
        self.message_user(request, f"“{edition}” is published. Engagements opened from now on follow it.")
        return redirect("admin:playbook_edition_change", pk)

    def _page(self, request, name: str, edition: Edition, **context) -> TemplateResponse:
        context |= self.admin_site.each_context(request) | {"edition": edition, "opts": self.opts}
        context["back"] = reverse("admin:playbook_edition_change", args=[edition.pk])
        return TemplateResponse(request, f"admin/playbook/edition/{name}.html", context)
