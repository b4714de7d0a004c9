"""Gives admins the bundled rules of reviews to keep (DOMAIN §7); never overwrites what they changed or took away."""

import tomllib
from pathlib import Path

from django.conf import settings

from engagements.cadence import why_no_interval
from engagements.models import AgendaItem, CadenceInterval, CadenceRule
from engagements.services.locking import write
from tasks.folding import fold
from tasks.loading import CannotLoad
from tasks.models import Motion, Role

BUNDLED = settings.BASE_DIR / "fixtures" / "cadences.toml"
PLAIN = (
    "name purpose level fasttrack account_team customer partner audience segments minutes closes_with lead_days "
    "escalate_days"
).split()
NEEDED = ("kind", "name", "purpose", "owner_role")
KEYS = {*NEEDED, *PLAIN, "owner_role_s500", "motions", "agenda", "intervals"}


@write
def ensure_cadences(path: Path = BUNDLED) -> int:
    """Creates the kinds of reviews that were never there; returns how many. One that was deleted stays deleted."""
    known = set(CadenceRule.history.values_list("kind", flat=True)) | set(
        CadenceRule.objects.values_list("kind", flat=True)
    )
    roles, motions = Role.objects.by_spelling(), {row.slug: row for row in Motion.objects.all()}
    new = [(at, row) for at, row in enumerate(read_cadences(path), 1) if row["kind"] not in known]
    for position, row in new:
        values = {name: row[name] for name in PLAIN if name in row}
        rule = CadenceRule(kind=row["kind"], position=10 * position, **values)
        rule.owner_role = _role(row, "owner_role", roles)
        rule.owner_role_s500 = _role(row, "owner_role_s500", roles) if "owner_role_s500" in row else None
        rule.save()
        rule.motions.set(motions[slug] for slug in row.get("motions", ()) if slug in motions)
        for one in row.get("intervals", ()):
            CadenceInterval.objects.create(rule=rule, **one)
        for at, (title, minutes) in enumerate(row.get("agenda", ()), 1):
            AgendaItem.objects.create(rule=rule, position=10 * at, title=title, minutes=minutes)
    return len(new)


def read_cadences(path: Path = BUNDLED) -> list[dict]:
    """The rows of a file; what it says wrong is refused with its kind."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("review", [])
    except tomllib.TOMLDecodeError as error:
        raise CannotLoad(f"{path}: the file cannot be read as TOML: {error}.") from None
    for row in rows:
        if lacking := [name for name in NEEDED if not row.get(name)]:
            raise CannotLoad(f"{path}: the review {row.get('kind', '?')} has no `{lacking[0]}`.")
        if unknown := set(row) - KEYS:
            raise CannotLoad(f"{path}: the review {row['kind']} has the unknown key `{min(unknown)}`.")
        for one in row.get("intervals", ()):
            if why := why_no_interval(one["every"], one["unit"]):
                raise CannotLoad(f"{path}: the review {row['kind']}: {why}")
    return rows


def _role(row: dict, key: str, roles: dict[str, Role]) -> Role:
    found = roles.get(fold(row[key]))
    if found is None:
        raise CannotLoad(f"The review {row['kind']} names the unknown role `{row[key]}`.")
    return found
