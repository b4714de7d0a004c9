"""What an upload is read and planned by, besides its rows; kept with the upload."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

ME, NO_ONE = "me", "no-one"


@dataclass(frozen=True)
class ImportOptions:
    """The choices of one upload, each with a value that leaves the decision to the plan, and how its file was read.

    ``unowned`` says who becomes FastTrack Manager of new tenants for which no row names one: ``ME``, ``NO_ONE``,
    or "" until the plan has decided. ``tenant_id`` is the tenant that a file without a tenant column is about.
    ``engagement_id`` is the engagement from whose tab the file was uploaded. ``date_order`` is what the dates of the
    file decide, or what the person answered where they don't. ``is_report`` marks a report with one column per
    service. ``ignored`` are the headers of the columns that were not read.
    """

    unowned: str = ""
    tenant_id: int | None = None
    engagement_id: int | None = None
    date_order: str = ""
    is_report: bool = False
    ignored: tuple[str, ...] = ()

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "ImportOptions":
        """The options out of the JSON of an upload; leaves out what an earlier or later version kept there."""
        names = {field.name for field in fields(cls)}
        known = {name: value for name, value in stored.items() if name in names}
        return cls(**{**known, "ignored": tuple(known.get("ignored", ()))})

    def to_stored(self) -> dict[str, Any]:
        """The options as JSON."""
        return asdict(self) | {"ignored": list(self.ignored)}


NO_OPTIONS = ImportOptions()
