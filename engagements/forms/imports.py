"""Uploading a spreadsheet, and choosing what the file does not say."""

from dataclasses import replace

from django import forms
from django.core.files.uploadedfile import UploadedFile

from engagements.importing.bounds import MAX_BYTES, Unreadable
from engagements.importing.columns import Columns
from engagements.importing.options import ME, NO_ONE, ImportOptions
from engagements.importing.reading import Sheet, is_slow, read


class UploadForm(forms.Form):
    """Cleans a file to the rows in it; where reading them takes long, to its bytes, and ``sheet`` is None."""

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

    def __init__(self, *args, columns: Columns, **kw):
        super().__init__(*args, **kw)
        self.columns = columns

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB. Divide it and upload the parts in turn.")
        self.data = file.read()
        try:
            self.sheet = None if is_slow(self.data, file.name) else read(self.data, file.name, self.columns)
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
