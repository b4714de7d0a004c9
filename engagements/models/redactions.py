"""What replaced the text of a note when the personal data of a contact was erased (DESIGN §5)."""

from django.conf import settings
from django.db import models

from engagements.models.notes import Note


class Redaction(models.Model):
    """The one lawful change of a saved note. The old text is not kept."""

    note = models.ForeignKey(Note, on_delete=models.CASCADE, related_name="redactions")
    body = models.TextField(help_text="The text of the note from then on.")
    basis = models.CharField(max_length=300, help_text="Why: the request, its date, who confirmed it.")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Redaction of note {self.note_id}"
