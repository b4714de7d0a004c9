"""Tells the audit log of a file that leaves the desk."""

from collections.abc import Mapping

from django.urls import ResolverMatch

from engagements.models import AuditEntry, User
from engagements.services import audit

PERSONAL = {"contact_export"}
# What the numbers in an address are called in the log; "pk" is what the address is about.
OF_A_REVIEW = {"review_ics"}


def record_download(match: ResolverMatch, query: Mapping[str, str], *, by: User | None) -> AuditEntry:
    """By the name of the address, the ids in it, the format, and by which filters; never what was searched for, which
    may be a name.
    """
    ids = {
        "review" if match.url_name in OF_A_REVIEW else "engagement" if name == "pk" else name: value
        for name, value in match.kwargs.items()
    }
    after = {("upload" if name == "token" else name): _plain(value) for name, value in ids.items()}
    after |= {"format": query["format"]} if query.get("format") in ("csv", "xlsx") else {}
    if filters := sorted(name for name, value in query.items() if value and name not in ("format", "page", "sort")):
        after["filters"] = [name for name in filters if name.isidentifier() and len(name) < 30]
    action = AuditEntry.Action.PERSONAL_DATA if match.url_name in PERSONAL else AuditEntry.Action.EXPORTED
    return audit.record(action, match.url_name, by=by, after=after)


def _plain(value: object) -> object:
    return value if isinstance(value, int) else str(value)
