"""Answering the questions on which parts of the playbook depend. Answering is not waiving."""

from datetime import date

from engagements.applicability import UNKNOWN, answer
from engagements.models import ConditionAnswer, User
from engagements.services import events, summaries
from engagements.services.locking import locked_walk, write
from engagements.services.refusals import Refused


@write
def answer_condition(
    *, engagement_id: int, key: str, said: str, by: User, today: date, why: str = "", service_id: int | None = None
) -> ConditionAnswer:
    """Keeps who answered what and why; refuses a question that the records answer."""
    walk = locked_walk(engagement_id, today)
    condition = walk.edition.conditions.get(key)
    if condition is None:
        raise Refused("This edition does not ask that question.")
    if said not in ConditionAnswer.Answer.values:
        raise Refused("Answer yes, no or not known.", "answer")
    services = {service.id: service for service in walk.facts.services}
    if (condition.scope == "service") != (service_id in services):
        raise Refused("This question is asked of one service in scope." if service_id is None else "Not in scope.")
    known = answer(condition, walk.facts, services.get(service_id))
    if condition.computed and known.value != UNKNOWN and (key, service_id) not in walk.facts.answers:
        raise Refused(f"The records answer this: {known.reason or known.value}.")
    row = ConditionAnswer.objects.create(
        engagement=walk.engagement, key=key, service_id=service_id, answer=said, why=why.strip()[:500], by=by
    )
    events.record(
        "answered",
        f"condition:{key}",
        by=by,
        engagement=walk.engagement,
        before={"answer": walk.facts.answers.get((key, service_id), UNKNOWN)},
        after={"answer": said, "why": row.why, "service": service_id, "question": condition.question},
    )
    summaries.refresh(engagement_id)
    return row
