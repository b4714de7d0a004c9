"""What the person who uploaded a spreadsheet chose about it, kept with the upload."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

ME, NO_ONE = "me", "no-one"


@dataclass(frozen=True)
class ImportOptions:
    """The choices of one upload, each with a value that leaves the decision to the plan.

    ``unowned`` says who becomes FastTrack Manager of new tenants for which no row names one: ``ME``, ``NO_ONE``,
    or "" until the plan has decided.
    """

    unowned: str = ""

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "ImportOptions":
        """The options out of the JSON of an upload; leaves out what an earlier or later version kept there."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def to_stored(self) -> dict[str, Any]:
        """The options as JSON."""
        return asdict(self)
