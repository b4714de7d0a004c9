"""How an RFA engagement ends: service by service, then once for all (R25 to R27).

The playbook is data, so the way out is found by its numbers: the step that lists task 4058 ends enablement,
the one that lists 4060 ends migration, and beside each stand the completion discussions, one per service.
"""

from dataclasses import dataclass
from datetime import date

from engagements.models import Engagement
from engagements.walk import Place, Walk
from playbook.spec import ServiceRef
from tasks.statuses import TaskStatus

RFA = "rfa"
ENDS = {4058: "enablement", 4060: "migration"}


@dataclass(frozen=True)
class Round:
    """One service on its way out: what ends it, and its completion discussions."""

    service: ServiceRef
    ends_with: str
    discussion: Place


@dataclass(frozen=True)
class End:
    """The last step for enablement or for migration, and its task."""

    number: int
    ends_with: str
    place: Place
    task: str

    @property
    def is_done(self) -> bool:
        return self.place.is_done and self.task in (TaskStatus.COMPLETE, TaskStatus.NOT_REQUIRED)


@dataclass(frozen=True)
class Disengagement:
    rounds: tuple[Round, ...] = ()
    ends: tuple[End, ...] = ()

    @property
    def left(self) -> list[Place]:
        """What is not done yet: discussions first, because the last steps wait for them."""
        held = [one.discussion for one in self.rounds if not one.discussion.is_done]
        return held + [one.place for one in self.ends if not one.is_done]


def disengagement(walk: Walk) -> Disengagement:
    """What of the playbook ends this engagement; empty where its motions or its edition do not know it."""
    if RFA not in walk.facts.motions:
        return Disengagement()
    ends, rounds = [], []
    for number, ends_with in ENDS.items():
        for last in walk.steps_listing(number):
            ends.append(End(number, ends_with, last, walk.task_state(number)[0]))
            for step in last.process.steps:
                for place in walk.places_of(step.key) if step.per_service else ():
                    if place.applies and place.service:
                        rounds.append(Round(place.service, ends_with, place))
    return Disengagement(tuple(rounds), tuple(ends))


def is_rfa(engagement: Engagement) -> bool:
    return any(motion.slug == RFA for motion in engagement.motions.all())


def look_again_on(today: date) -> date:
    """When somebody looks at a customer again after disengaging: the last day of the following year (R27)."""
    return date(today.year + 1, 12, 31)
