"""The handshakes of an engagement that are due, as the notice on its tabs shows them (R11, R12)."""

from engagements.handshake import handshakes
from engagements.walk import Walk


def handshake_notices(walk: Walk) -> list[dict[str, str]]:
    """What to do, why, what falls away, and the link to the step."""
    return [
        {
            "strong": f"{found.place.title} is due for {found.names}.",
            "text": f"{found.because[:1].upper()}{found.because[1:]}: complete {found.numbers}. {found.instead}",
            "url": f"{found.place.url}#task-{found.tasks[0].number}",
            "label": "Open the step",
        }
        for found in handshakes(walk)
    ]
