"""The audit log in sentences; names are looked up when somebody reads, for the rows hold ids."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.utils.text import get_text_list

from engagements.models import AuditEntry, Contact, User

Action = AuditEntry.Action
FLAGS = {"staff": "staff status", "superuser": "superuser status"}
FILES = {
    "engagement_export": "the portfolio",
    "note_export": "notes",
    "engagement_history_export": "the history of an engagement",
    "review_ics": "a review as a calendar file",
    "contact_export": "everything kept about a contact",
    "import_refused": "the refused rows of an import",
    "import_template": "the empty template of an import",
    "usage_template": "the empty template of a usage import",
}


@dataclass(frozen=True)
class Names:
    """The names that the sentences of some rows need, by id."""

    users: Mapping[int, str]
    groups: Mapping[int, str]
    contacts: Mapping[int, str]
    permissions: Mapping[str, str]

    def user(self, pk: int | None) -> str:
        return self.users.get(pk, f"user {pk} (deleted)") if pk else "A command"

    def group(self, pk: int) -> str:
        return f"“{self.groups[pk]}”" if pk in self.groups else f"group {pk} (deleted)"

    def contact(self, pk: int) -> str:
        return self.contacts.get(pk, f"contact {pk} (deleted)")

    def permission(self, code: str) -> str:
        return f"“{self.permissions.get(code, code)}”"


def sentences(entries: Collection[AuditEntry]) -> dict[int, str]:
    """The id of each row → what it tells; four queries, however many rows."""
    names = names_for(entries)
    return {entry.pk: sentence(entry, names) for entry in entries}


def names_for(entries: Iterable[AuditEntry]) -> Names:
    users: set[int] = set()
    groups: set[int] = set()
    contacts: set[int] = set()
    for entry in entries:
        kind, pk = _object(entry)
        users |= {entry.actor_id} if entry.actor_id else set()
        {"user": users, "group": groups, "contact": contacts}.get(kind, set()).add(pk)
        contacts |= {entry.after["contact"]} if "contact" in entry.after else set()
        for values in (entry.before, entry.after):
            groups |= set(values.get("groups", ()))
    codes = Permission.objects.order_by().values_list("content_type__app_label", "codename", "name")
    return Names(
        {user.pk: str(user) for user in User.objects.filter(pk__in=users)},
        dict(Group.objects.filter(pk__in=groups).values_list("pk", "name")),
        dict(Contact.objects.filter(pk__in=contacts).values_list("pk", "name")),
        {f"{app}.{codename}": name for app, codename, name in codes},
    )


def sentence(entry: AuditEntry, names: Names) -> str:
    """What one row tells, without its moment and its actor, who stand beside it."""
    kind, pk = _object(entry)
    whom = names.user(pk) if kind == "user" else names.group(pk) if kind == "group" else ""
    match entry.action:
        case Action.USER_CREATED:
            return f"Created {whom}. {_rights(entry.before, entry.after, names)}".rstrip()
        case Action.USER_DEACTIVATED:
            return f"Deactivated {whom}."
        case Action.USER_REACTIVATED:
            return f"Reactivated {whom}."
        case Action.PASSWORD_SET:
            return f"Set a new password for {whom}."
        case Action.RIGHTS_CHANGED:
            return f"Changed the rights of {whom}. {_rights(entry.before, entry.after, names)}"
        case Action.GROUP_CREATED:
            return f"Created the group {whom}. {_rights({}, entry.after, names)}".rstrip()
        case Action.GROUP_CHANGED:
            return f"Changed the group {whom}. {_rights(entry.before, entry.after, names)}"
        case Action.GROUP_DELETED:
            return f"Deleted the group “{entry.before.get('name', pk)}”."
        case Action.ERASED:
            return f"Erased the personal data of contact {pk}."
        case Action.CALENDAR_SHARED:
            return "Created a private address for their calendar."
        case Action.CALENDAR_CLOSED:
            return f"Removed the private address of the calendar of {whom}."
        case _:
            return _file(entry, names)


def _object(entry: AuditEntry) -> tuple[str, int | None]:
    kind, _, pk = entry.object.partition(":")
    return kind, int(pk) if pk.isdecimal() else None


def _rights(before: Mapping, after: Mapping, names: Names) -> str:
    said = []
    for name, label in FLAGS.items():
        if name in after and (before or after[name]):
            said.append(f"{label}: {_yes(before[name])} → {_yes(after[name])}" if before else f"{label}: yes")
    if "name" in after and "name" in before:
        said.append(f"name: “{before['name']}” → “{after['name']}”")
    for name, word in (("groups", names.group), ("permissions", names.permission)):
        added, removed = ([word(item) for item in values.get(name, ())] for values in (after, before))
        if added:
            said.append(f"{name} added: {get_text_list(added, 'and')}")
        if removed:
            said.append(f"{name} removed: {get_text_list(removed, 'and')}")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _file(entry: AuditEntry, names: Names) -> str:
    what = FILES.get(entry.object, f"a file from {entry.object}")
    kind = f" as {entry.after['format'].upper()}" if "format" in entry.after else ""
    where = [f"{name} {entry.after[name]}" for name in ("engagement", "review", "upload") if name in entry.after]
    if "contact" in entry.after:
        what = f"everything kept about {names.contact(entry.after['contact'])}"
    filters = entry.after.get("filters")
    by = f", filtered by {get_text_list(filters, 'and')}" if filters else ""
    at = f" ({', '.join(where)})" if where else ""
    return f"Downloaded {what}{kind}{at}{by}."


def _yes(value: bool) -> str:
    return "yes" if value else "no"
