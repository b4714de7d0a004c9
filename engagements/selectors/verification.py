"""Whether what was decided still stands: every receipt by its own evidence, every completed step by live data.

Reads in chunks, so that memory does not grow with the years.
"""

from collections.abc import Iterator
from datetime import date

from engagements import gate
from engagements.gate_input import GateInput
from engagements.models import Engagement, Receipt
from engagements.walk import load_walks
from engagements.walk_rows import walkable

CHUNK = 200


def judged_receipts() -> Iterator[tuple[Receipt, str]]:
    """Every receipt with why it does not pass; nothing where the rules pass it on what it keeps."""
    rows = Receipt.objects.only("step_key", "engagement_id", "rule_version", "gate_input", "decided_on").order_by("pk")
    for receipt in rows.iterator(chunk_size=CHUNK):
        yield receipt, _why_not(receipt)


def _why_not(receipt: Receipt) -> str:
    if receipt.rule_version != gate.RULE_VERSION:
        return f"it was decided by version {receipt.rule_version} of the rules, which is not here"
    try:
        verdict = gate.evaluate(GateInput.from_json(receipt.gate_input), receipt.decided_on)
    except (KeyError, TypeError, ValueError, AttributeError):
        return "what it keeps cannot be read"
    return "; ".join(blocker.text for blocker in verdict.blockers)


def shaken_steps(today: date) -> int:
    """How many completed steps of engagements at work would not pass on what the records say today."""
    with_receipts = Receipt.objects.filter(reopened_at=None).values("engagement")
    at_work = Engagement.objects.exclude(status=Engagement.Status.CLOSED).filter(pk__in=with_receipts)
    ids = at_work.order_by("pk").values_list("pk", flat=True)
    found, last = 0, 0
    while chunk := list(ids.filter(pk__gt=last)[:CHUNK]):
        walks = load_walks(walkable(chunk), today)
        found += sum(place.is_shaken for walk in walks for place in walk.places)
        last = chunk[-1]
    return found
