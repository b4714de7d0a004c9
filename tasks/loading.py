"""The reference taxonomies and what holds for FTOP numbers, from a TOML file (`fixtures/catalogue.toml`).

Loading again is safe: what is missing is created, fields that are empty are filled, and nothing that has
a value is overwritten, because an administrator may have put it there.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import models, transaction

from tasks.consumption import Consumption
from tasks.folding import fold
from tasks.models import EngagementModel, EngineeringReason, FtopTask, Motion, Role, Service, StatusReason
from tasks.reasons import reason_key

BUNDLED = settings.BASE_DIR / "fixtures" / "catalogue.toml"
# The fields that a file may give for each kind of row, besides those that identify it.
FIELDS = {
    "role": (Role, ("abbreviation", "function", "aliases")),
    "service": (Service, ("short", "family", "prefix", "kind", "aliases", "health_group")),
    "motion": (Motion, ("slug", "text", "aliases")),
    "model": (EngagementModel, ("slug", "text", "phases_left_out")),
    "l2": (StatusReason, ("l1", "text")),
    "task": (FtopTask, ("guidance", "link", "retired_on")),
}
LINKS = {"motion": ("excludes",), "task": ("replaced_by",), "l2": ("details", "more")}


class CannotLoad(Exception):
    """The file cannot be used; the message says what is wrong and where."""


@dataclass(slots=True)
class Loaded:
    """How many rows were created, and how many others had empty fields that were filled."""

    new: set[models.Model] = field(default_factory=set)
    completed: set[models.Model] = field(default_factory=set)

    @property
    def created(self) -> int:
        return len(self.new)

    @property
    def filled(self) -> int:
        return len(self.completed - self.new)

    def __bool__(self) -> bool:
        return bool(self.created or self.filled)


def load_taxonomies(path: Path | str = BUNDLED) -> Loaded:
    """Creates what the file names and the database lacks, in one transaction."""
    data = _read(Path(path))
    loaded = Loaded()
    with transaction.atomic():
        for kind in ("role", "service", "motion", "model"):
            _load_named(kind, data.get(kind, []), loaded)
        _exclude(data.get("motion", []), loaded)
        _load_reasons(data.get("l2", []), loaded)
        _load_tasks(data.get("task", []), loaded)
    return loaded


def taxonomies_missing() -> bool:
    """Whether nobody has loaded roles and services yet."""
    return not (Role.objects.exists() and Service.objects.exists())


def read_toml(path: Path) -> dict:
    """What a TOML file says. Raises CannotLoad."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotLoad(f"{path}: the file cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise CannotLoad(f"{path}: the file is not in UTF-8; save it again as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise CannotLoad(f"{path}: the file cannot be read as TOML: {error}.") from None


def _read(path: Path) -> dict:
    data = read_toml(path)
    for kind, rows in data.items():
        if kind not in FIELDS or not isinstance(rows, list):
            raise CannotLoad(f"{path}: `{kind}` is not known; use {', '.join(f'[[{known}]]' for known in FIELDS)}.")
        needed = "number" if kind == "task" else "name"
        allowed = {"name", needed, *FIELDS[kind][1], *LINKS.get(kind, ())}
        for row in rows:
            if not row.get(needed):
                raise CannotLoad(f"{path}: a [[{kind}]] has no `{needed}`.")
            if kind == "task" and not isinstance(row["number"], int):
                raise CannotLoad(f"{path}: [[task]] {row['number']} needs a number.")
            if kind == "l2" and row.get("l1") not in list(Consumption):
                raise CannotLoad(f"{path}: [[l2]] {row['name']} needs `l1`, one of {', '.join(Consumption)}.")
            if "slug" in allowed and not row.get("slug"):
                raise CannotLoad(f"{path}: [[{kind}]] {row['name']} has no `slug`.")
            if unknown := set(row) - allowed:
                raise CannotLoad(f"{path}: [[{kind}]] {row[needed]} has the unknown key `{min(unknown)}`.")
    return data


def _load_named(kind: str, rows: list[dict], loaded: Loaded) -> None:
    """Rows known by any of their spellings count as there, so that a corrected name is not doubled."""
    model, fields = FIELDS[kind]
    existing = list(model.objects.all())
    known = {row.slug: row for row in existing} if "slug" in fields else model.objects.by_spelling()
    for position, row in enumerate(rows, 1):
        found = known.get(row["slug"] if "slug" in fields else fold(row["name"]))
        values = {name: row[name] for name in fields if name in row}
        if found is None:
            made = model.objects.create(name=row["name"], position=position, **values)
            known[values.get("slug", fold(row["name"]))] = made
            loaded.new.add(made)
        else:
            _fill(found, values, loaded)


def _fill(row: models.Model, values: dict, loaded: Loaded) -> None:
    empty = {name: value for name, value in values.items() if value and not getattr(row, name)}
    for name, value in empty.items():
        setattr(row, name, value)
    if empty:
        row.save(update_fields=list(empty))
        loaded.completed.add(row)


def _exclude(rows: list[dict], loaded: Loaded) -> None:
    """R33: motions that cannot run side by side; a motion that excludes something already is left alone."""
    motions = {row.slug: row for row in Motion.objects.prefetch_related("excludes")}
    for row in rows:
        wanted = [motions[slug] for slug in row.get("excludes", []) if slug in motions]
        if wanted and not motions[row["slug"]].excludes.all():
            motions[row["slug"]].excludes.add(*wanted)
            loaded.completed.add(motions[row["slug"]])


def _load_reasons(rows: list[dict], loaded: Loaded) -> None:
    """L2 with their L3; an L3 that stands there already keeps the services it is for."""
    reasons, details = StatusReason.objects.in_bulk(), EngineeringReason.objects.in_bulk()
    services = Service.objects.by_spelling()
    for position, row in enumerate(rows, 1):
        key = reason_key(row["l1"], row["name"])
        if key in reasons:
            _fill(reasons[key], {"text": row.get("text", "")}, loaded)
        else:
            values = {name: row.get(name, "") for name in ("l1", "name", "text")}
            reasons[key] = StatusReason.objects.create(key=key, position=position, **values)
            loaded.new.add(reasons[key])
        named = [(name, ()) for name in row.get("details", ())]
        named += [(name, part.get("services", ())) for part in row.get("more", ()) for name in part["details"]]
        for place, (name, wanted) in enumerate(named, 1):
            detail = reason_key(key, name)
            if detail in details:
                continue
            unknown = [service for service in wanted if fold(service) not in services]
            if unknown:
                raise CannotLoad(f"[[l2]] {row['name']}: `{name}` names the unknown service `{unknown[0]}`.")
            made = EngineeringReason.objects.create(key=detail, reason=reasons[key], name=name, position=place)
            made.services.set(services[fold(service)] for service in wanted)
            details[detail] = made
            loaded.new.add(made)


def _load_tasks(rows: list[dict], loaded: Loaded) -> None:
    known = FtopTask.objects.select_related("replaced_by").in_bulk(field_name="number")
    for row in rows:
        values = {name: row[name] for name in FIELDS["task"][1] if name in row}
        values |= {"guidance": values.get("guidance", "").strip()}
        if row["number"] in known:
            _fill(known[row["number"]], values, loaded)
        else:
            name = row.get("name") or f"Task {row['number']}"
            task = FtopTask.objects.create(number=row["number"], name=name, name_folded=fold(name), **values)
            known[task.number] = task
            loaded.new.add(task)
    for row in rows:
        _fill(known[row["number"]], {"replaced_by": known.get(row.get("replaced_by"))}, loaded)
