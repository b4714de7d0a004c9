"""The questions that a step depends on and that a person answers, as the ask component draws them."""

from collections.abc import Iterable, Iterator, Mapping

from django.urls import reverse

from engagements.applicability import UNKNOWN, Facts, answer, parse
from engagements.models import ConditionAnswer
from engagements.walk import Place
from playbook.spec import ConditionSpec, RequirementSpec, ServiceRef


def asks(place: Place, names: Mapping[int, str], *, may_answer: bool) -> list[dict]:
    """Open questions first; ``names`` are of the people who answered."""
    engagement = place.walk.engagement
    latest = {(row.key, row.service_id): row for row in engagement.answers.all()}
    asked = []
    for condition, service in _questions(place):
        row: ConditionAnswer | None = latest.get((condition.key, service.id if service else None))
        answered = row is not None and row.answer != UNKNOWN
        asked.append(
            {
                "id": ask_id(condition.key, service.id if service else None),
                "text": f"{service.name}: {condition.question}" if service else condition.question,
                "hint": "" if answered else "Until somebody answers, everything that depends on it applies.",
                "answer": row.answer if row else "",
                "by": _said(row, names) if row else "",
                "why": "",
                "url": _url(place, condition, service) if may_answer else "",
                "target": "#step-body",
                "settled": answered,
            }
        )
    return sorted(asked, key=lambda ask: ask["settled"])


def ask_id(key: str, service_id: int | None) -> str:
    """The id of a question's box on the step page."""
    return f"ask-{key}" + (f"-{service_id}" if service_id else "")


def _questions(place: Place) -> Iterator[tuple[ConditionSpec, ServiceRef | None]]:
    """Each condition that something here depends on and no record answers, per service where it is asked so."""
    step, facts = place.step, place.walk.facts
    expressions = [step.when, *_whens(step.inputs + step.outputs)]
    expressions += [part for row in step.listings for part in (row.when, row.mandatory_when)]
    keys = dict.fromkeys(key for text in expressions for _, key in parse(text))
    for condition in (facts.conditions[key] for key in keys if key in facts.conditions):
        about: Iterable[ServiceRef | None] = [None]
        if condition.scope == "service":
            about = [s for s in facts.services if not condition.services or s.id in condition.services]
        for service in about:
            if not _records_answer(condition, service, facts):
                yield condition, service


def _whens(specs: Iterable[RequirementSpec]) -> Iterator[str]:
    for spec in specs:
        yield spec.when
        yield from _whens(spec.children)


def _records_answer(condition: ConditionSpec, service: ServiceRef | None, facts: Facts) -> bool:
    bare = Facts(motions=facts.motions, services=facts.services, computed=facts.computed)
    return answer(condition, bare, service).value != UNKNOWN


def _said(row: ConditionAnswer, names: Mapping[int, str]) -> str:
    why = f": “{row.why}”" if row.why else ""
    return f"{row.get_answer_display()}, {names.get(row.by_id, 'somebody')}, {row.at:%-d %b}{why}"


def _url(place: Place, condition: ConditionSpec, service: ServiceRef | None) -> str:
    address = reverse("condition_answer", args=[place.walk.engagement.pk, condition.key])
    query = f"?step={place.process.slug}/{place.step.slug}" + (f"&about={service.id}" if service else "")
    return address + query + (f"&service={place.service.id}" if place.service else "")
