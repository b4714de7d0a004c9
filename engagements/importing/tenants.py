"""The tenants that rows name, by ID, domain or name, or the one that a whole file is about."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import QuerySet
from django.db.models.functions import Lower

from engagements.importing import values
from engagements.importing.options import ImportOptions
from engagements.importing.plan import ASK_TENANT, PlannedRow
from engagements.importing.reading import Row
from engagements.models import Tenant, User
from engagements.services.locking import lock_tenants
from tasks.folding import fold


class NamedTenants:
    """Read in a constant number of queries; ``lock`` holds them until the transaction ends.

    ``only`` are the tenants to hold and to read more of, where not all that are named matter.
    """

    def __init__(
        self,
        rows: list[PlannedRow],
        by: User,
        options: ImportOptions,
        *,
        lock: bool = False,
        only: Collection[int] | None = None,
    ):
        self._texts = {row.row.values["tenant"] for row in rows if "tenant" in row.row.values}
        self._tenants: dict[str, dict[int, Tenant]] = defaultdict(dict)
        self.is_chosen = bool(options.tenant_id)
        self.chosen: Tenant | None = None  # also None where the person sees the chosen one no longer
        self._read(by, options.tenant_id, lock, only)
        named = {pk for found in self._tenants.values() for pk in found}
        if self.chosen:
            named.add(self.chosen.pk)
        self.pks = named if only is None else named & set(only)
        self.may_change = set(Tenant.objects.editable_by(by).values_list("pk", flat=True)) & named

    @property
    def about(self) -> str:
        """The name of the tenant that the whole file is about, where it names none itself."""
        return self.chosen.name if self.chosen else ""

    def questions(self) -> list[tuple[str, str]]:
        """Which tenant is meant, where neither a row nor a person says so."""
        return [] if self.is_chosen or self._texts else [(ASK_TENANT, "")]

    def named(self, text: str) -> list[Tenant]:
        """The tenants of that ID, domain or name, among those that the uploader sees."""
        return list(self._tenants.get(_key(text), {}).values())

    def of(self, row: PlannedRow) -> Tenant | None:
        """The tenant of a row; where there is none that may be changed, the row gets the reason."""
        text = row.row.values.get("tenant")
        found = self.named(text) if text else [self.chosen] if self.chosen else []
        if self.chosen in found:
            found = [self.chosen]
        if len(found) > 1:
            row.reasons.append(f"Several tenants are called “{values.short(text)}”. Give the tenant ID or the domain.")
        elif text and not found:
            row.reasons.append(f"No tenant of yours has the ID, domain or name “{values.short(text)}”.")
        elif found and found[0].pk not in self.may_change:
            row.reasons.append(f"You may read {found[0].name}, not change it.")
        elif not text and self.is_chosen and not self.chosen:
            row.reasons.append("You can no longer change the tenant that this file is about. Ask to be assigned to it.")
        elif found:
            row.group = found[0].pk
            return found[0]
        return None

    def _read(self, by: User, chosen: int | None, lock: bool, only: Collection[int] | None) -> None:
        seen = Tenant.objects.visible_to(by).annotate(domain_lower=Lower("domain")).order_by("pk")
        ids = [found for text in self._texts if (found := _guid(text))]
        names = {fold(text) for text in self._texts}
        domains = {text.lower() for text in self._texts if "." in text}
        ways = (
            ("guid__in", ids, lambda tenant: str(tenant.guid)),
            ("domain_lower__in", domains, lambda tenant: fold(tenant.domain_lower)),
            ("name_folded__in", names, lambda tenant: tenant.name_folded),
        )
        if lock:
            found = {pk for lookup, wanted, _ in ways for pk in _ids(seen.filter(**{lookup: wanted}))}
            found |= {chosen} if chosen else set()
            lock_tenants(found if only is None else found & set(only))
        if chosen:
            self.chosen = seen.filter(pk=chosen).first()
        for lookup, wanted, key in ways:
            for tenant in seen.filter(**{lookup: wanted}):
                self._tenants[key(tenant)][tenant.pk] = tenant


def tenants_called(text: str, by: User) -> list[Tenant]:
    """The tenants of that ID, domain or name that a person may change; for the one who types it."""
    row = PlannedRow(Row(0, {"tenant": text}))
    found = NamedTenants([row], by, ImportOptions())
    return [tenant for tenant in found.named(text) if tenant.pk in found.may_change]


def other_tenants(rows: Iterable[Row], tenant: Tenant) -> list[str]:
    """What rows call tenants that are not this one, each once, as it is written."""
    spellings = {str(tenant.guid), fold(tenant.domain), fold(tenant.name)}
    named = dict.fromkeys(row.values["tenant"] for row in rows if "tenant" in row.values)
    return [text for text in named if _key(text) not in spellings]


def _ids(tenants: QuerySet[Tenant]) -> Iterable[int]:
    return tenants.order_by().values_list("pk", flat=True)


def _key(text: str) -> str:
    """How a tenant is found again by what a row calls it."""
    guid = _guid(text)
    return str(guid) if guid else fold(text)


def _guid(text: str):
    try:
        return values.guid(text)
    except values.Unclear:
        return None
