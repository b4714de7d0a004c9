"""Tags of customers and tenants: strategic lists, waves, programmes. One spelling each, however it is capitalised."""

from collections.abc import Iterable

from engagements.models import Customer, Tag, Tenant
from engagements.services.refusals import Refused
from tasks.folding import fold

LONGEST = Tag._meta.get_field("name").max_length


def put_tags(
    record: Customer | Tenant, names: Iterable[str], seen: Iterable[str] | None = None
) -> tuple[list[str], list[str]]:
    """Changes the tags of a locked customer or tenant; returns their names before and after.

    What somebody else put on or took off since ``seen`` was shown stays as it is: two people who tag do not clash.
    """
    wanted: dict[str, str] = {}
    for name in filter(None, (" ".join(one.split()) for one in names)):
        wanted.setdefault(fold(name), name)
    if long := [name for name in wanted.values() if len(name) > LONGEST]:
        raise Refused(f"A tag has at most {LONGEST} characters; “{long[0][:40]}…” is longer.", "tags")
    now = {tag.name_folded: tag for tag in record.tags.all()}
    shown = now.keys() if seen is None else {fold(name) for name in seen}
    gone = (shown - wanted.keys()) & now.keys()
    come = wanted.keys() - shown - now.keys()
    record.tags.remove(*(now[key] for key in gone))
    # In one order: two people who bring the same new tags would wait for each other at the unique index.
    new = [Tag.objects.get_or_create(name_folded=key, defaults={"name": wanted[key]})[0] for key in sorted(come)]
    record.tags.add(*new)
    after = record.tags.all()
    return [tag.name for tag in now.values()], [tag.name for tag in after]
