"""The groups of people and what each may do: the levels of ``levels.py`` as Django permissions.

*Assigned* reads and writes where assigned; *Assigned and Assignment* reads all, writes where assigned,
assigns users; *Privileged* reads all and writes nothing. Somebody in several groups has what they allow
together. ``load_catalogue`` creates the groups and gives them what a new version brings; admins may change
them. *Catalogue Editor* comes on top of a level, and works in the admin: an administrator also marks the
person as staff.
"""

from django.contrib.auth.models import Group, Permission

from engagements.levels import ASSIGN, INTERNAL, READ_ALL, WORK

WAIVE = "engagements.grant_waiver"
PUBLISH = "playbook.publish_edition"
IMPORT = "engagements.import_records"
ERASE = "engagements.erase_contact"
WINNER = "engagements.set_winner_tenant"


def _changing(app: str, *models: str, verbs: str = "view add change delete") -> tuple[str, ...]:
    return tuple(f"{app}.{verb}_{model}" for model in models for verb in verbs.split())


# A number, role or service that was ever used stays: editors add and change those, and retire numbers.
EDIT_CATALOGUE = (
    *_changing("tasks", "role", "service", "motion", "engagementmodel", "ftoptask", verbs="view add change"),
    *_changing("tasks", "statusreason", "engineeringreason", verbs="view add change"),
    *_changing("engagements", "cadencerule", verbs="view add change"),
    *_changing("engagements", "cadenceinterval", "agendaitem"),
    *_changing("playbook", "edition", verbs="view change delete"),
    *_changing("playbook", "condition", "process", "step", "requirement", "tasklisting"),
)

GROUPS = {
    "FastTrack Manager": (WORK, INTERNAL, IMPORT),
    "FastTrack Engineer": (WORK, INTERNAL),
    "Subject Matter Expert": (WORK, INTERNAL),
    "Migration Velocity Manager": (WORK, INTERNAL),
    "App Assure Manager": (WORK, INTERNAL),
    "FastTrack Architect": (READ_ALL, WORK, ASSIGN, INTERNAL, WINNER),
    "FastTrack Partner Manager": (READ_ALL, WORK, ASSIGN, INTERNAL),
    "RFA Manager": (READ_ALL, WORK, ASSIGN, INTERNAL),
    "Targeting Manager": (READ_ALL, WORK, ASSIGN, INTERNAL),
    "Team Manager": (READ_ALL, WORK, ASSIGN, WAIVE, INTERNAL, IMPORT, ERASE, WINNER),
    "Partner": (WORK,),
    "Privileged Reader": (READ_ALL, INTERNAL),
    "Catalogue Editor": (*EDIT_CATALOGUE, PUBLISH, INTERNAL),
}


def ensure_groups() -> None:
    """Creates what is missing and leaves what an admin changed.

    A permission that no group has yet is new with this version: groups that stand already get it too. One that an
    admin took away from some of the groups stays away from those.
    """
    held = set(Group.permissions.through.objects.values_list("permission", flat=True))
    for name, codes in GROUPS.items():
        group, new = Group.objects.get_or_create(name=name)
        group.permissions.add(*(pk for pk in _permission_ids(codes) if new or pk not in held))


def _permission_ids(codes: tuple[str, ...]) -> list[int]:
    apps, names = ({code.split(".")[part] for code in codes} for part in (0, 1))
    rows = Permission.objects.filter(content_type__app_label__in=apps, codename__in=names)
    known = {f"{app}.{name}": pk for pk, app, name in rows.values_list("pk", "content_type__app_label", "codename")}
    return [known[code] for code in codes]
