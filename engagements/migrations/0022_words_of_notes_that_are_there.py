"""Notes that were written before the library existed are found like those that follow."""

from django.db import migrations

from engagements.searching.words import words_of

CHUNK = 500


def write_words(apps, schema_editor):
    notes, words = (apps.get_model("engagements", name) for name in ("Note", "NoteWords"))
    last = 0
    while rows := list(
        notes.objects.filter(pk__gt=last)
        .select_related("engagement", "task", "next_action")
        .order_by("pk")[:CHUNK]
    ):
        words.objects.bulk_create(_words(words, note) for note in rows)
        last = rows[-1].pk


def _words(model, note):
    action = getattr(note, "next_action", None)
    return model(
        note_id=note.pk,
        tenant_id=note.engagement.tenant_id,
        engagement_id=note.engagement_id,
        author_id=note.author_id,
        category=note.category,
        escalated=note.escalated,
        created_at=note.created_at,
        words=words_of(note.body, action.text if action else "", note.task.number if note.task else None),
    )


class Migration(migrations.Migration):
    dependencies = [("engagements", "0021_words_of_notes")]

    operations = [migrations.RunPython(write_words, migrations.RunPython.noop)]
