"""One FTOP number of an engagement as the task row component draws it, outside a step."""

from django.urls import reverse

from engagements.selectors.step_page import task_shape
from engagements.walk import Walk
from tasks.statuses import TaskStatus


def task_row(walk: Walk, number: int, error: str = "") -> dict:
    """Number, name, status and choices; ``error`` is the refusal of the last change."""
    status, _, _ = walk.task_state(number)
    listings = [row for place in walk.steps_listing(number) for row, _ in place.tasks if row.number == number]
    return {
        "number": number,
        "name": listings[0].name if listings else "",
        "url": reverse("task_detail", args=[number]),
        "kind": task_shape(status),
        "status": status,
        "choices": [{"value": s, "label": s, "selected": s == status} for s in TaskStatus],
        "save_url": reverse("task_status", args=[walk.engagement.pk, number]),
        "error": error,
    }
