"""What a composer offers beside its fields: who writes what, templates, and the drafts that were begun there."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse

from engagements.models import Engagement, Note, NoteDraft, NoteGuide, NoteTemplate, Review, User
from engagements.note_markdown import plain
from engagements.selectors.notes import moment
from tasks.prepared import prepared

GIST = 90


@dataclass
class Guide:
    """A category: what it is for, and who writes it first. Others may as well."""

    category: str
    label: str
    text: str
    roles: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)

    def is_for(self, roles: Collection[str]) -> bool:
        return not self.roles or bool(set(self.roles) & set(roles))


@dataclass(frozen=True)
class Composer:
    """One composer: ``place`` is the address of its page, and ``roles`` are those of the reader there."""

    engagement: Engagement
    user: User
    roles: frozenset[str]
    place: str
    guides: tuple[Guide, ...]
    templates: tuple[dict[str, Any], ...]
    drafts: tuple[NoteDraft, ...]
    today: date
    asked: str = ""

    @property
    def first(self) -> str:
        """The category that comes up by itself: what the step asks for, else what the reader's roles write first."""
        own = next((guide.category for guide in self.guides if guide.roles and guide.is_for(self.roles)), "")
        return self.asked or own or Note.Category.ENGAGEMENT_MANAGEMENT.value

    def choices(self) -> list[tuple[str, Any]]:
        """The categories, one's own first; of the others it is said who writes them."""
        own = [(one.category, one.label) for one in self.guides if one.is_for(self.roles)]
        others = [
            (one.category, f"{one.label} ({', '.join(one.short)})") for one in self.guides if not one.is_for(self.roles)
        ]
        if not own or not others:
            return [(one.category, one.label) for one in self.guides] or list(Note.Category.choices)
        return [("You write", own), ("Others write, and so may you", others)]

    def said(self) -> dict[str, str]:
        """What each category is for."""
        return {guide.category: guide.text for guide in self.guides}

    def begun(self, chosen: int | None) -> NoteDraft | None:
        """The draft to go on with: the one that was asked for, else the newest."""
        found = [draft for draft in self.drafts if draft.pk == chosen]
        return next(iter(found or self.drafts), None)

    def offers(self, besides: NoteDraft | None = None) -> list[dict[str, str]]:
        """The drafts of this composer that are not in it."""
        return [draft_line(draft, self.today) for draft in self.drafts if draft != besides]

    @property
    def urls(self) -> dict[str, str]:
        at = [self.engagement.pk]
        return {
            "draft": reverse("note_draft", args=at),
            "preview": reverse("note_preview", args=at),
            "colleagues": reverse("colleague_find", args=at),
            "tasks": reverse("task_find"),
        }


def composer_at(
    engagement: Engagement, user: User, roles: Iterable[str], place: str, today: date, asked: str = ""
) -> Composer:
    """In three short queries, whatever was written."""
    return Composer(
        engagement,
        user,
        frozenset(roles),
        place,
        tuple(_guides()),
        tuple(_templates()),
        tuple(_drafts_at(user=user.pk, place=place)),
        today,
        asked,
    )


def templates_by_category(templates: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the select of the composer draws them."""
    groups: dict[str, dict[str, Any]] = {}
    for row in templates:
        label = Note.Category(row["category"]).label
        group = groups.setdefault(row["category"], {"category": row["category"], "label": label, "rows": []})
        group["rows"].append(row)
    return list(groups.values())


def draft_line(draft: NoteDraft, today: date) -> dict[str, str]:
    """ "today 14:19: We met…", and where to go on with it or away with it."""
    mark = "&" if "?" in draft.place else "?"
    text = plain(str(draft.values.get("body") or draft.values.get("next_action") or "")[:1_000])
    return {
        "id": str(draft.pk),
        "when": moment(draft.saved_at, today),
        "gist": text if len(text) <= GIST else text[:GIST].rsplit(" ", 1)[0] + "…",
        "url": f"{draft.place}{mark}draft={draft.pk}#composer",
        "delete_url": f"{reverse('draft_delete', args=[draft.pk])}?{urlencode({'next': draft.place})}",
    }


def about_review(engagement: Engagement, pk: int) -> str:
    """ "About Customer-facing health review, Tue 19 May": said above a note that was opened from a review."""
    customer = engagement.tenant.customer_id
    here = Q(series__tenant=engagement.tenant_id) | Q(series__customer=customer)
    review = Review.objects.filter(here, pk=pk).select_related("series__rule").first()
    return f"About {review}" if review else ""


def initial_of(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a form as they were typed, to begin another one with."""
    return {name: value for name, value in values.items() if not name.startswith("documents")}


def ticks_of(values: dict[str, Any]) -> frozenset[int]:
    """The lines that a draft documents."""
    found: set[int] = set()
    for name, value in values.items():
        if name.startswith("documents"):
            given = value if isinstance(value, list) else [value]
            found |= {int(one) for one in given if str(one).isascii() and str(one).isdecimal() and len(str(one)) < 18}
    return frozenset(found)


def _guides() -> list[Guide]:
    found: dict[str, Guide] = {}
    for category, text, role, short in _written():
        label = Note.Category(category).label if category in Note.Category.values else category
        guide = found.setdefault(category, Guide(category, label, text))
        if role:
            guide.roles.append(role)
            guide.short.append(short or role)
    if not found:
        return []
    missing = [(value, label) for value, label in Note.Category.choices if value not in found]
    return [*found.values(), *(Guide(value, label, "") for value, label in missing)]


@prepared
def _written() -> QuerySet[NoteGuide]:
    rows = NoteGuide.objects.order_by("position", "category", "roles__position", "roles__pk")
    return rows.values_list("category", "text", "roles__name", "roles__abbreviation")


@prepared
def _templates() -> QuerySet[NoteTemplate]:
    return NoteTemplate.objects.filter(in_use=True).values("id", "category", "name", "body")


@prepared
def _drafts_at(user, place) -> QuerySet[NoteDraft]:
    return NoteDraft.objects.filter(user=user, place=place)
