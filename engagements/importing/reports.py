"""Usage reports of Microsoft 365: one line per day, one column per service, one tenant per file.

The reports of one family differ in their columns: active users per service and day; active and inactive users per
service over the period; users per app. Those of the three dates tell a report, the spellings of services its columns.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from engagements.importing.columns import Column, Columns, squeezed
from tasks.models import Service

# The sum over all services is nobody's reading; nor are those who were not active.
TOTALS = ("Office 365", "Microsoft 365")
ACTIVE = ("", "active", "activeusers")
INACTIVE = ("inactive", "inactiveusers")
PRODUCT = "service:"  # begins the key of a column that counts the users of one service


@dataclass(frozen=True)
class UsageReport(Columns):
    """``services`` is squeezed spelling → name of every service that a column may count.

    ``long`` is the other form of the same numbers, with one row per service and day: what has its columns is no report.
    """

    long: Columns | None = None
    services: Mapping[str, str] = field(default_factory=dict)

    is_report: ClassVar[bool] = True

    @cached_property
    def _uncounted(self) -> set[str]:
        totals = {squeezed(name) for name in TOTALS}
        return {f"{name}{suffix}" for name in totals for suffix in (*ACTIVE, *INACTIVE)} | {
            f"{name}{suffix}" for name in self.services for suffix in INACTIVE
        }

    def key_of(self, header: str) -> str | None:
        """The key of a column; that of a service begins with ``PRODUCT``."""
        return super().key_of(header) or self._service(squeezed(header))

    def _service(self, text: str) -> str | None:
        for suffix in ACTIVE:
            if text.endswith(suffix) and (name := self.services.get(text.removesuffix(suffix))):
                return f"{PRODUCT}{name}"
        return None

    def name_of(self, key: str) -> str:
        return key.removeprefix(PRODUCT) if key.startswith(PRODUCT) else super().name_of(key)

    def is_silent(self, header: str) -> bool:
        return squeezed(header) in self._uncounted or super().is_silent(header)

    def understood(self, cells: Iterable[str]) -> int:
        """As for any table; nothing where there is no day, or where each row names its service."""
        cells = list(cells)
        keys = {key for cell in cells if (key := self.key_of(cell))}
        if not keys & {"on", "refreshed"} or (self.long and {"service", "users"} & set(map(self.long.key_of, cells))):
            return 0
        counted = any(key.startswith(PRODUCT) for key in keys)
        return len(keys) if counted or {"refreshed", "period"} <= keys else 0

    def objection(self, header: list[str]) -> str:
        if any((self.key_of(cell) or "").startswith(PRODUCT) for cell in header):
            return ""
        unknown = [f"“{cell[:60]}”" for cell in header if cell and not self.key_of(cell) and not self.is_silent(cell)]
        named = f" ({', '.join(unknown[:6])}{' …' if len(unknown) > 6 else ''})" if unknown else ""
        return (
            f"None of the columns{named} is a service. Upload a report that counts active users per service, or ask an "
            "administrator to add the name of the column to the aliases of its service."
        )

    def rows_of(self, values: dict[str, str]) -> Iterator[dict[str, str]]:
        """One row per service that was counted; an empty cell counts nobody."""
        about = {"tenant": values["tenant"]} if "tenant" in values else {}
        if on := values.get("on") or values.get("refreshed"):
            about["on"] = on
        for key, text in values.items():
            if key.startswith(PRODUCT):
                yield about | {"service": key.removeprefix(PRODUCT), "users": text}


def usage_report(services: Iterable[Service], long: Columns) -> UsageReport:
    """The form of a report, by the services and their aliases that administrators keep."""
    workloads = [service for service in services if service.kind == Service.Kind.WORKLOAD]
    spellings: dict[str, str] = {}
    for service in workloads:
        for spelling in filter(None, (service.short, *service.aliases)):
            spellings.setdefault(squeezed(spelling), service.name)
    return UsageReport(
        columns=(
            long.by_key["tenant"],
            long.by_key["on"],
            Column("refreshed", "Report Refresh Date", "The day of the count where no other is given.", "2026-05-12"),
            Column("period", "Report Period", "The number of days that the report covers; not read.", "7"),
        ),
        needed=(),
        long=long,
        services=spellings | {squeezed(service.name): service.name for service in workloads},
    )
