"""Gives admins the bundled guide to notes and its templates, to word anew (DOMAIN §8)."""

import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings

from engagements.models import Note, NoteGuide, NoteTemplate
from engagements.services.locking import write
from tasks.models import Role

BUNDLED = settings.BASE_DIR / "fixtures" / "notes.toml"


@write
def ensure_guides(path: Path = BUNDLED) -> int:
    """Brings what is missing and returns how much; what was ever there stays as admins left it, be it gone."""
    data = tomllib.loads(path.read_text())
    return sum([_guide(row, place) for place, row in enumerate(data["guide"], 1)]) + sum(
        [_template(row, place) for place, row in enumerate(data["template"], 1)]
    )


def _guide(row: dict[str, Any], place: int) -> bool:
    category = Note.Category(row["category"]).value
    if NoteGuide.history.filter(category=category).exists():
        return False
    guide = NoteGuide.objects.create(category=category, text=row["text"], position=10 * place)
    guide.roles.set(Role.objects.filter(name__in=row["roles"]))
    return True


def _template(row: dict[str, Any], place: int) -> bool:
    named = {"category": Note.Category(row["category"]).value, "name": row["name"]}
    if NoteTemplate.history.filter(**named).exists():
        return False
    NoteTemplate.objects.create(**named, body=row["body"].strip(), position=10 * place)
    return True
