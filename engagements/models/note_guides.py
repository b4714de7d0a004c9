"""What admins say about notes: who writes which category, and the templates that help (DOMAIN §8)."""

from django.db import models
from simple_history.models import HistoricalRecords

from engagements.models.notes import Note
from tasks.models import Role


class NoteGuide(models.Model):
    """A category of notes: what it is for, and the roles that write it."""

    category = models.CharField(max_length=24, choices=Note.Category.choices, unique=True)
    text = models.CharField("what it is for", max_length=500)
    roles = models.ManyToManyField(Role, blank=True, related_name="+", help_text="Who writes it; empty is everybody.")
    position = models.PositiveSmallIntegerField(default=100)
    history = HistoricalRecords(m2m_fields=[roles])

    class Meta:
        ordering = ["position", "category"]

    def __str__(self) -> str:
        return self.get_category_display()


class NoteTemplate(models.Model):
    """Headings to begin a note with. Inserting one never destroys what is typed (R53)."""

    category = models.CharField(max_length=24, choices=Note.Category.choices)
    name = models.CharField(max_length=80)
    body = models.TextField(help_text="Markdown, such as “## Participants” and an empty list.")
    position = models.PositiveSmallIntegerField(default=100)
    in_use = models.BooleanField(default=True, help_text="Whether the composer offers it.")
    history = HistoricalRecords()

    class Meta:
        ordering = ["category", "position", "name"]
        constraints = [models.UniqueConstraint(fields=["category", "name"], name="one_template_of_a_name_per_category")]

    def __str__(self) -> str:
        return f"{self.get_category_display()}: {self.name}"
