"""Uploading a spreadsheet, and what its preview asks about the file as a whole."""

from collections.abc import Iterable
from dataclasses import replace

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse

from engagements.importing.bounds import MAX_BYTES, Unreadable
from engagements.importing.options import ME, NO_ONE, ImportOptions
from engagements.importing.plan import ASK_DATE_ORDER, ASK_TENANT
from engagements.importing.reading import Sheet, is_slow
from engagements.importing.tenants import tenants_called
from engagements.importing.values import DateOrder, day
from engagements.models import ImportBatch, Tenant, User
from engagements.services.imports import read_upload


class UploadForm(forms.Form):
    """Cleans a file to the rows in it; where reading them takes long, to its bytes, and ``sheet`` is None.

    With a ``tenant``, the rows have to be about that one.
    """

    file = forms.FileField(
        label="Spreadsheet",
        help_text="CSV or an Excel workbook (.xlsx), at most 5 MB and 20,000 rows. Nothing is written yet.",
        error_messages={
            "required": "Choose a file first.",
            "missing": "Choose a file first.",
            "empty": "The file is empty. Upload one with a row of column names and rows below it.",
        },
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )

    sheet: Sheet | None
    data: bytes

    def __init__(self, *args, kind: ImportBatch.Kind, tenant: Tenant | None = None, **kw):
        super().__init__(*args, **kw)
        self.kind, self.tenant = kind, tenant

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB. Divide it and upload the parts in turn.")
        self.data = file.read()
        try:
            slow = is_slow(self.data, file.name)
            self.sheet = None if slow else read_upload(self.data, file.name, self.kind, tenant=self.tenant)
        except Unreadable as refused:
            raise forms.ValidationError(str(refused)) from None
        return file


class OptionsForm(forms.Form):
    """What the preview asks about an upload; the plan is then made again."""

    unowned = forms.ChoiceField(
        label="New tenants without a FastTrack Manager",
        choices=[(ME, "Assign them to me"), (NO_ONE, "Leave them unassigned")],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose who these tenants are assigned to.",
            "invalid_choice": "Choose who these tenants are assigned to.",
        },
    )

    def options(self, before: ImportOptions) -> ImportOptions:
        """The options of the upload with what was chosen here."""
        return replace(before, **self.cleaned_data)


class ChoicesForm(forms.Form):
    """What a file leaves open: the tenant that it is about, and which comes first in its dates.

    ``questions`` are those of its plan; fields that they do not ask for are left out.
    """

    tenant = forms.CharField(
        label="Tenant",
        max_length=200,
        help_text="The file doesn't name a tenant. Enter its name, domain or tenant ID.",
        error_messages={"required": "Enter the tenant that the file is about."},
    )
    date_order = forms.ChoiceField(
        label="Order of the dates",
        widget=forms.RadioSelect,
        error_messages={"required": "Select the order in which the dates are written."},
    )

    def __init__(self, *args, questions: Iterable[tuple[str, str]], by: User, **kw):
        super().__init__(*args, **kw)
        self.by = by
        asked = dict(questions)
        if ASK_TENANT in asked:
            self.fields["tenant"].widget.attrs |= {"data-suggest": reverse("import_tenant_find"), "autocomplete": "off"}
        else:
            del self.fields["tenant"]
        if ASK_DATE_ORDER in asked:
            example = asked[ASK_DATE_ORDER]
            field = self.fields["date_order"]
            field.help_text = f"“{example}” can be read both ways, and no other date in the column decides."
            field.choices = [
                (DateOrder.DAY_FIRST, f"Day first: {day(example, DateOrder.DAY_FIRST):%-d %B %Y}"),
                (DateOrder.MONTH_FIRST, f"Month first: {day(example, DateOrder.MONTH_FIRST):%-d %B %Y}"),
            ]
        else:
            del self.fields["date_order"]

    def clean_tenant(self) -> Tenant:
        text = self.cleaned_data["tenant"]
        found = tenants_called(text, self.by)
        if len(found) == 1:
            return found[0]
        raise forms.ValidationError(
            "Several tenants have this name. Enter the domain or the tenant ID."
            if found
            else "You can't change a tenant with this name, domain or ID. Check the spelling, or ask to be assigned."
        )

    def options(self, before: ImportOptions) -> ImportOptions:
        """The options of the upload with what was answered here."""
        tenant = self.cleaned_data.get("tenant")
        return replace(
            before,
            tenant_id=tenant.pk if tenant else before.tenant_id,
            date_order=self.cleaned_data.get("date_order") or before.date_order,
        )
