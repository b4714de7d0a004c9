"""What admins say about notes: who writes which category, and the templates; each with its history."""

from django import forms
from django.contrib import admin

from engagements.models import NoteGuide, NoteTemplate
from tasks.history import HistoryAdmin


@admin.register(NoteGuide)
class NoteGuideAdmin(HistoryAdmin):
    list_display = ["__str__", "text", "writers", "position"]
    list_editable = ["position"]
    filter_horizontal = ["roles"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("roles")

    @admin.display(description="written first by")
    def writers(self, guide: NoteGuide) -> str:
        return ", ".join(role.abbreviation or role.name for role in guide.roles.all()) or "everybody"


class NoteTemplateForm(forms.ModelForm):
    class Meta:
        model = NoteTemplate
        fields = ["category", "name", "body", "position", "in_use"]
        widgets = {"body": forms.Textarea({"rows": 20, "cols": 90})}

    def clean_body(self) -> str:
        """Templates meet typed text by their headings (R53), so one without any would stand there twice."""
        body = self.cleaned_data["body"].replace("\r\n", "\n").strip()
        if not any(line.startswith("#") for line in body.splitlines()):
            raise forms.ValidationError("Give it at least one heading, such as “## Participants”.")
        return body


@admin.register(NoteTemplate)
class NoteTemplateAdmin(HistoryAdmin):
    form = NoteTemplateForm
    list_display = ["name", "category", "position", "in_use"]
    list_filter = ["category", "in_use"]
    list_editable = ["position", "in_use"]
