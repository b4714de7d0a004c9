"""What somebody confirms before a contact is erased: the basis, and the new text of every note."""

from collections.abc import Iterable

from django import forms

from engagements.models import Note
from engagements.redacting import Person


class EraseForm(forms.Form):
    """One field for each note that names or may name the person, with the text proposed for it."""

    basis = forms.CharField(
        label="On what basis",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Who asked for it and when, and who confirmed it. Kept with every redacted note.",
        error_messages={"required": "Say on what basis: who asked for it, when, and who confirmed it."},
    )

    def __init__(self, *args, notes: Iterable[Note], person: Person, **kw):
        super().__init__(*args, **kw)
        self.notes = list(notes)
        for note in self.notes:
            self.fields[f"note-{note.pk}"] = forms.CharField(
                label="Its text from now on",
                initial=person.proposed(note.body),
                widget=forms.Textarea(attrs={"rows": min(12, 3 + note.body.count("\n"))}),
                error_messages={"required": "A note cannot be empty. Leave what it is evidence for."},
            )
        self.order_fields([*(f"note-{note.pk}" for note in self.notes), "basis"])

    @property
    def rows(self) -> list[tuple[Note, forms.BoundField]]:
        return [(note, self[f"note-{note.pk}"]) for note in self.notes]

    def texts(self) -> dict[int, str]:
        """Note → its text from now on."""
        return {note.pk: self.cleaned_data[f"note-{note.pk}"] for note in self.notes}
