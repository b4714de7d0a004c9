"""What notes are found by. Written in the transaction of the note, rebuilt by ``rebuild_note_words``."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from engagements.models.customers import Tenant
from engagements.models.engagements import Engagement
from engagements.models.notes import Note
from engagements.querysets import NoteWordsQuerySet


class NoteWords(models.Model):
    """The words of one note as tokens (``engagements/stemming.py``), and what the library filters and sorts by.

    The full-text index of this table is kept by the database itself: ``engagements/guards/found_words.py``.
    """

    note = models.OneToOneField(Note, primary_key=True, on_delete=models.CASCADE, related_name="words")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+", db_index=False)
    engagement = models.ForeignKey(Engagement, on_delete=models.CASCADE, related_name="+", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.CharField(max_length=24)
    escalated = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    words = models.TextField(editable=False)

    objects = NoteWordsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "words of notes"
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-note"], name="words_newest"),
            models.Index(fields=["tenant", "-created_at", "-note"], name="words_of_a_tenant"),
            models.Index(fields=["engagement", "-created_at", "-note"], name="words_of_an_engagement"),
            models.Index(fields=["author", "-created_at", "-note"], name="words_of_an_author"),
            models.Index(fields=["category", "-created_at", "-note"], name="words_of_a_category"),
            models.Index(fields=["-created_at", "-note"], name="words_escalated", condition=Q(escalated=True)),
        ]

    def __str__(self) -> str:
        return f"Words of note {self.note_id}"
