"""Admin of the L2 and L3 reasons, and the page on which long lists of L3 come in as CSV."""

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from tasks import reason_import
from tasks.history import HistoryAdmin
from tasks.models import EngineeringReason, StatusReason
from tasks.reasons import reason_key


class KeyedForm(forms.ModelForm):
    """Gives a new row its key, below which nothing else may stand."""

    above = ""

    def clean(self):
        cleaned = super().clean()
        above = cleaned.get(self.above)
        if self.instance.pk or not above or not cleaned.get("name"):
            return cleaned
        key = reason_key(getattr(above, "pk", above), cleaned["name"])
        if key.endswith("/"):
            self.add_error("name", "Use at least one letter or digit.")
        elif len(key) > self._meta.model._meta.pk.max_length:
            self.add_error("name", "The name is too long.")
        elif self._meta.model.objects.filter(pk=key).exists():
            self.add_error("name", "There is one of that name already, or of one that differs in punctuation only.")
        else:
            self.instance.pk = key
        return cleaned


class StatusReasonForm(KeyedForm):
    above = "l1"


class EngineeringReasonForm(KeyedForm):
    above = "reason"


@admin.register(StatusReason)
class StatusReasonAdmin(HistoryAdmin):
    form = StatusReasonForm
    list_display = ["name", "l1", "text", "position"]
    list_filter = ["l1"]
    search_fields = ["name", "text"]
    fields = ["l1", "name", "text", "position"]

    def get_readonly_fields(self, request, obj=None):
        """An L2 belongs to its L1 for good: its key, which slices name, begins with it."""
        return ["l1"] if obj else []


class UploadForm(forms.Form):
    """A file at first; then the text of it, which stands on the page until somebody agrees."""

    file = forms.FileField(required=False, label="CSV file")
    text = forms.CharField(
        required=False, max_length=reason_import.MAX_BYTES, strip=False, widget=forms.HiddenInput, label="Rows"
    )

    def clean(self):
        cleaned = super().clean()
        try:
            if cleaned.get("file"):
                cleaned["text"] = reason_import.decoded(cleaned["file"].read(reason_import.MAX_BYTES + 1))
            if not cleaned.get("text"):
                raise reason_import.Unreadable("Choose a CSV file.")
            self.rows = reason_import.plan(cleaned["text"])
        except reason_import.Unreadable as error:
            raise forms.ValidationError(str(error)) from None
        return cleaned


@admin.register(EngineeringReason)
class EngineeringReasonAdmin(HistoryAdmin):
    form = EngineeringReasonForm
    list_display = ["name", "reason", "l1", "whom", "position"]
    list_filter = ["reason__l1", "reason", "services"]
    list_select_related = ["reason"]
    search_fields = ["name", "reason__name"]
    fields = ["reason", "name", "services", "position"]
    filter_horizontal = ["services"]
    change_list_template = "admin/tasks/engineeringreason/change_list.html"

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("services")

    def get_readonly_fields(self, request, obj=None):
        """An L3 belongs to its L2 for good: its key, which slices name, begins with it."""
        return ["reason"] if obj else []

    @admin.display(description="L1", ordering="reason__l1")
    def l1(self, detail: EngineeringReason) -> str:
        return detail.reason.get_l1_display()

    @admin.display(description="for")
    def whom(self, detail: EngineeringReason) -> str:
        return ", ".join(service.label for service in detail.services.all()) or "Every service"

    # Lists from CSV

    def get_urls(self):
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="tasks_engineeringreason_import"), *super().get_urls()]

    def import_view(self, request):
        """Shows what each row would do; brings the good ones once somebody has looked."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        rows = form.rows if request.method == "POST" and form.is_valid() else []
        if rows and "apply" in request.POST:
            count = reason_import.apply(rows)
            self.message_user(request, f"{count} L3 {'reason is' if count == 1 else 'reasons are'} there now.")
            return redirect("admin:tasks_engineeringreason_changelist")
        refused = [row for row in rows if row.state == reason_import.REFUSED]
        context = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": "Import L3 reasons",
            "form": form,
            "rows": rows,
            "refused": refused,
            "good": [row for row in rows if row.state in (reason_import.NEW, reason_import.MORE)],
            "same": sum(row.state == reason_import.SAME for row in rows),
            "text": form.cleaned_data["text"] if rows else "",
            "example": reason_import.EXAMPLE,
            "back": reverse("admin:tasks_engineeringreason_changelist"),
        }
        return TemplateResponse(request, "admin/tasks/engineeringreason/import.html", context)
