"""What would open a line or a step that an answer closes: the page of the record behind it, or the question."""

from collections.abc import Iterable, Iterator

from engagements.applicability import NO, of_line
from engagements.facts import FACT_SOURCES
from engagements.selectors.places import fact_url
from engagements.selectors.questions import ask_id
from engagements.walk import Place
from playbook.spec import RequirementSpec


def way_to_open(place: Place, line_id: int | None = None) -> dict[str, str] | None:
    """The link behind "No account team is recorded": to where one is added. Without a line it is the step's own.

    None where no page keeps the fact.
    """
    lines = _flat(place.step.inputs + place.step.outputs)
    when = place.step.when if line_id is None else next(spec.when for spec in lines if spec.id == line_id)
    source = of_line(when, place.services, place.walk.facts).source
    if source and not source.fact:
        return {"label": "Change the answer", "url": f"#{ask_id(source.condition, source.service)}"}
    if source and (kept := FACT_SOURCES.get(source.fact)):
        label = kept.no if source.said == NO else kept.yes
        return {"label": label, "url": fact_url(kept.edited_at(source.service), place.walk.engagement.pk)}
    return None


def _flat(specs: Iterable[RequirementSpec]) -> Iterator[RequirementSpec]:
    for spec in specs:
        yield spec
        yield from _flat(spec.children)
