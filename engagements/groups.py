"""The groups of people and what each may do: the levels of DOMAIN §2.2 as Django permissions.

*Assigned* reads and writes where assigned; *Assigned and Assignment* reads all, writes where assigned,
assigns users; *Privileged* reads all and writes nothing. Somebody in several groups has what they allow
together. ``load_catalogue`` creates the groups; admins may change them.
"""

from django.contrib.auth.models import Group, Permission

READ_ALL = "engagements.view_all_engagements"
WORK = "engagements.work_where_assigned"
WAIVE = "engagements.grant_waiver"
ASSIGN = "engagements.assign_users"
PUBLISH = "playbook.publish_edition"
INTERNAL = "playbook.read_internal_guidance"
IMPORT = "engagements.import_records"

GROUPS = {
    "FastTrack Manager": (WORK, INTERNAL, IMPORT),
    "FastTrack Engineer": (WORK, INTERNAL),
    "FastTrack Architect": (READ_ALL, WORK, ASSIGN, INTERNAL),
    "Team Manager": (READ_ALL, WORK, ASSIGN, WAIVE, INTERNAL, IMPORT),
    "Partner": (WORK,),
    "Privileged Reader": (READ_ALL, INTERNAL),
}


def ensure_groups() -> None:
    """Creates what is missing and leaves what an admin changed."""
    for name, codes in GROUPS.items():
        group, new = Group.objects.get_or_create(name=name)
        if new:
            group.permissions.set([_permission(code) for code in codes])


def _permission(code: str) -> Permission:
    app, codename = code.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)
