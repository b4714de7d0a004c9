"""A poor Service Intent note is not saved (H1): what the writer of notes asks before it writes."""

from collections.abc import Iterable

from engagements.intent_grading import Context, Grade, grade
from engagements.models import Note
from engagements.services.refusals import Refused
from tasks.models import Service


def must_say_intent(category: str, body: str, service_ids: Iterable[int]) -> None:
    """Refuses a note of category Service Intent that is graded poor, with the reason and how to mend it."""
    if category != Note.Category.SERVICE_INTENT:
        return
    labels = [service.label for service in Service.objects.filter(pk__in=tuple(service_ids))]
    graded = grade(body, Context(services=tuple(labels)))
    if graded.grade is Grade.POOR:
        raise Refused(f"Poor, so not saved as Service Intent. {graded.findings[0].text}", "body")
