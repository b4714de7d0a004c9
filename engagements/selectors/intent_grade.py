"""The grade of a Service Intent note while it is typed, and the status that its text speaks of (docs/intent.md)."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.urls import reverse

from engagements.intent_grading import Context, Finding, Grade, Graded, Proposal, grade, meeting_hints
from engagements.models import Engagement, EntitlementSlice, Note, User
from tasks.consumption import Consumption
from tasks.models import Service, StatusReason

LOOKS = {
    Grade.POOR: {"kind": "blocked", "word": "Poor", "tone": "red", "so": "It cannot be saved as intent."},
    Grade.MARGINAL: {"kind": "warning", "word": "Marginal", "tone": "amber", "so": ""},
    Grade.GREAT: {"kind": "done", "word": "Great", "tone": "green", "so": ""},
}
MOST_COMPARED = 100  # the newest notes of one author here; H7 looks for what was copied, not for history


def drawn_grade(
    engagement: Engagement, *, category: str, body: str, services: Iterable[Service], author: User, promises: bool
) -> dict[str, Any] | None:
    """What stands below the text: a grade for intent, a quiet hint for a meeting (H11), else nothing.

    ``promises`` says whether the note sets a next action.
    """
    if not body.strip():
        return None
    if category == Note.Category.ENGAGEMENT_MANAGEMENT:
        hints = meeting_hints(body, has_next_action=promises)
        return _signed({"look": None, "hints": _texts(hints)}) if hints else None
    if category != Note.Category.SERVICE_INTENT:
        return None
    services = list(services)
    context = intent_context(engagement, services, author)
    graded = grade(body, context)
    drawn = {
        "look": LOOKS[graded.grade],
        "said": graded.said,
        "findings": _texts(graded.findings),
        "hints": _texts(graded.hints),
        "clear": _clear(graded),
        "proposal": _proposal(graded.proposal, context, engagement, services) if graded.proposal else None,
    }
    return _signed(drawn)


def intent_context(engagement: Engagement, services: Iterable[Service], author: User) -> Context:
    """What grading knows beside the text, in three queries."""
    services = list(services)
    ids = {service.pk for service in services}
    slices = EntitlementSlice.objects.filter(
        tenant_service__tenant=engagement.tenant_id, tenant_service__service__in=ids, count__gt=0
    )
    return Context(
        services=tuple(service.label for service in services),
        standing=tuple(Consumption(l1) for l1 in sorted(set(slices.values_list("l1", flat=True)))),
        elsewhere=tuple(_elsewhere(engagement, ids, author)),
        managed=engagement.tenant.customer.account_managed,
        reasons=tuple(StatusReason.objects.values_list("key", "name")),
    )


def _elsewhere(engagement: Engagement, ids: set[int], author: User) -> Iterable[tuple[str, str]]:
    """What the author wrote as intent of other services of this tenant, the newest first."""
    notes = Note.objects.filter(
        engagement__tenant=engagement.tenant_id, category=Note.Category.SERVICE_INTENT, author=author
    ).prefetch_related("services")
    for note in notes.order_by("-pk")[:MOST_COMPARED]:
        about = list(note.services.all())
        if about and not ids & {service.pk for service in about}:
            yield about[0].label, note.body


def _proposal(proposal: Proposal, context: Context, engagement: Engagement, services: list[Service]) -> dict[str, Any]:
    page = reverse("engagement_services", args=[engagement.pk])
    names = dict(context.reasons)
    standing = ", ".join(l1.label for l1 in context.standing)
    return {
        "l1": proposal.l1.label,
        "l2": names.get(proposal.reason, ""),
        "why": proposal.why,
        "differs": f"The record says {standing}." if proposal.differs else "",
        "links": [
            {"label": service.label, "url": f"{page}?edit={service.pk}#service-{service.pk}"} for service in services
        ],
    }


def _clear(graded: Graded) -> str:
    return ", ".join(f"“{word}”" for word in graded.clear)


def _texts(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [{"rule": one.rule, "text": one.text} for one in findings]


def _signed(drawn: dict[str, Any]) -> dict[str, Any]:
    """With a mark of what it says: the same is not read out twice."""
    return drawn | {"mark": sha256(repr(sorted(drawn.items(), key=str)).encode()).hexdigest()[:12]}
