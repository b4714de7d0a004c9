"""Colleagues whom a note names: who may hear of it, and what waits for them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from engagements import access
from engagements.levels import READ_ALL
from engagements.mentioning import names_in
from engagements.models import Engagement, Mention, User
from engagements.note_markdown import LONGEST, plain, render_once
from engagements.selectors import people
from engagements.selectors.todo import SHOWN, Group, todo_row, within
from tasks.prepared import prepared

FOUND = 8


@dataclass(frozen=True)
class Named:
    """The people that a text names: those who may see the engagement, and those who may not."""

    told: tuple[User, ...] = ()
    untold: tuple[User, ...] = ()

    def said(self) -> str:
        """ "Ben Adler may not see this engagement and is not told." """
        names = [str(user) for user in self.untold]
        if not names:
            return ""
        *others, last = names
        who = f"{', '.join(others)} and {last}" if others else last
        return f"{who} may not see this engagement and {'are' if others else 'is'} not told."


def people_named(engagement: Engagement, text: str) -> Named:
    """Whom a text names, in its order."""
    names = names_in(text)
    if not names:
        return Named()
    here = {row.user_id for row in people.team(engagement)}
    found = {user.username: user for user in User.objects.filter(is_active=True, username__in=names)}
    users = [found[name] for name in names if name in found]
    told = [user for user in users if user.pk in here or user.has_perm(READ_ALL)]
    return Named(tuple(told), tuple(user for user in users if user not in told))


def preview(engagement: Engagement, body: str) -> dict[str, Any]:
    """A note as it will be shown, and whom it will not reach; of one that is too long, that it is."""
    if len(body) > LONGEST:
        return {"html": "", "said": f"A note has at most {LONGEST:,} characters; this one has {len(body):,}."}
    named = people_named(engagement, body)
    html = render_once(body, {user.username: str(user) for user in named.told}) if body.strip() else ""
    return {"html": html, "said": named.said()}


def colleagues(engagement: Engagement, text: str) -> list[dict[str, str]]:
    """Who can be mentioned: the team first, then whoever reads everything; by a part of the name."""
    team = people.team(engagement)
    roles: dict[int, list[str]] = {}
    for row in team:
        roles.setdefault(row.user_id, []).append(row.role.abbreviation or row.role.name)
    here = User.objects.filter(is_active=True, pk__in=roles).matching(text).order_by("first_name", "last_name", "pk")
    found = list(here[:FOUND])
    if text.strip() and len(found) < FOUND:
        rows = User.objects.filter(is_active=True).matching(text).exclude(pk__in=roles)
        found += list(
            rows.filter(_reads_all()).distinct().order_by("first_name", "last_name", "pk")[: FOUND - len(found)]
        )
    return [
        {"value": f"@{user.username}", "label": str(user), "more": ", ".join(roles.get(user.pk, ["reads everything"]))}
        for user in found
    ]


def waiting(user: User, today: date) -> Group:
    """The notes that name somebody, until they say that they have seen them."""
    group = Group("mentions", "Mentions", all_url=reverse("today"))
    rows = _unseen(user=user.pk)
    if not rows:
        return group
    seen = access.visible_ids(user, {row.note.engagement_id for row in rows})
    rows = [row for row in rows if row.note.engagement_id in seen]
    group.count = len(rows)
    for row in rows[:SHOWN]:
        note = row.note
        text = plain(note.body[:600])
        group.rows.append(
            todo_row(note.engagement, f"mention-{row.pk}", "due")
            | {
                "what": f"{note.author} mentions you",
                "why": f"{within(timezone.localdate(note.created_at), today)}: “{_cut(text)}”",
                "lead": f"{note.author} mentions you in a note",
                "url": reverse("note_detail", args=[note.engagement_id, note.pk]),
                "action": "Seen",
                "post_url": reverse("mention_seen", args=[row.pk]),
            }
        )
    return group


def _cut(text: str) -> str:
    return text if len(text) <= 160 else text[:160].rsplit(" ", 1)[0] + "…"


def _reads_all() -> Q:
    codename = READ_ALL.partition(".")[2]
    by_group = Q(groups__permissions__codename=codename)
    return by_group | Q(user_permissions__codename=codename) | Q(is_superuser=True)


@prepared
def _unseen(user) -> QuerySet[Mention]:
    rows = Mention.objects.filter(user=user, seen_at=None)
    rows = rows.select_related("note__author", "note__engagement__tenant__customer", "note__engagement__summary")
    return rows.order_by("-pk")[:100]
