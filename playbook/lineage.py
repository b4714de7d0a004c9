"""Which edition says what: imports know their content by a digest, copies by the edition they were copied from."""

from playbook.models import Edition

DRAFT, PUBLISHED, RETIRED = Edition.Status.DRAFT, Edition.Status.PUBLISHED, Edition.Status.RETIRED


def editions() -> list[Edition]:
    """All editions, newest first."""
    return list(Edition.objects.order_by("-created_at", "-pk").defer("warnings"))


def same_content(found: list[Edition], digest: str, name: str | None) -> Edition | None:
    """The edition that an import of this content would only repeat.

    The published one, also after edits by hand; else a draft of another import; else the edition of this
    very name, although it is retired: whoever wants it back gives it another name.
    """
    by_id = {edition.pk: edition for edition in found}
    for edition in found:
        imported = import_of(edition, by_id)
        if edition.status == PUBLISHED and imported is not None and imported.digest == digest:
            return edition
    imports = [edition for edition in found if edition.digest == digest]
    drafts = [edition for edition in imports if edition.status == DRAFT]
    named = [edition for edition in imports if edition.name == name]
    return next(iter((*drafts, *named)), None)


def import_of(edition: Edition, by_id: dict[int, Edition]) -> Edition | None:
    """The edition itself where an import made it, else the import that it was copied from, copy by copy."""
    seen: set[int] = set()
    found = edition
    while found is not None and not found.digest and found.pk not in seen:
        seen.add(found.pk)
        found = by_id.get(found.based_on_id)
    return found if found is not None and found.digest else None


def current(found: list[Edition]) -> tuple[Edition | None, Edition | None]:
    """(the newest edition that is not retired, the published one)."""
    newest = next((edition for edition in found if edition.status != RETIRED), None)
    in_force = [edition for edition in found if edition.status == PUBLISHED]
    return newest, max(in_force, key=lambda edition: edition.published_at or edition.created_at, default=None)


def free_name(name: str, found: list[Edition]) -> str:
    """The name, or the name with a number, because editions are told apart by their names."""
    most = Edition._meta.get_field("name").max_length
    taken = {edition.name for edition in found}
    free, number = name[:most], 1
    while free in taken:
        number += 1
        free = f"{name[: most - 8]} ({number})"
    return free
