"""What the records themselves ask for: a CSM was assigned or a service enabled, so a step has to be done (R11, R12).

The playbook says it as data: a task that becomes mandatory by a condition which records answer. For the services
of that condition the other way of the playbook falls away, and the page says so in words.
"""

from dataclasses import dataclass

from engagements.applicability import YES, answer, parse
from engagements.walk import Place, Walk
from playbook.spec import ConditionSpec, ListingSpec, ServiceRef


@dataclass(frozen=True)
class Handshake:
    """A step that is due, its tasks that became mandatory, for which services, and what falls away for them."""

    place: Place
    tasks: tuple[ListingSpec, ...]
    services: tuple[ServiceRef, ...]
    because: str
    falls_away: tuple[str, ...]

    @property
    def numbers(self) -> str:
        """ "task 3731", "tasks 3731 and 3732"."""
        *others, last = [str(row.number) for row in self.tasks]
        return f"tasks {', '.join(others)} and {last}" if others else f"task {last}"

    @property
    def names(self) -> str:
        """ "Teams and Yammer"; "the tenant" where it is about none of them."""
        *others, last = [service.name for service in self.services] or ["the tenant"]
        return f"{', '.join(others)} and {last}" if others else last

    @property
    def instead(self) -> str:
        """What is not done for these services any more, as a sentence."""
        if not self.falls_away:
            return ""
        *others, last = [f"“{title}”" for title in self.falls_away]
        said = f"{', '.join(others)} and {last}" if others else last
        return f"{said} {'fall' if others else 'falls'} away for {self.names} instead."


def handshakes(walk: Walk) -> list[Handshake]:
    """Every open step that the records ask for; finished ones are gone."""
    return [found for place in walk.open_places if (found := _asked_for(place))]


def _asked_for(place: Place) -> Handshake | None:
    rows = [row for row, decided in place.tasks if decided.mandatory and decided.reason and not row.mandatory]
    asked = [(row, condition) for row in rows if (condition := _by_records(row, place.walk))]
    if not asked:
        return None
    condition = asked[0][1]
    services = tuple(one for one in place.walk.facts.services if _says_yes(condition, place.walk, one))
    tasks = tuple(row for row, mine in asked if mine is condition)
    away = tuple(_falls_away(place.walk, condition, services))
    return Handshake(place, tasks, services if condition.scope == "service" else (), condition.yes, away)


def _by_records(row: ListingSpec, walk: Walk) -> ConditionSpec | None:
    """The condition that makes the task mandatory, where records answer it."""
    for wanted, key in parse(row.mandatory_when):
        condition = walk.facts.conditions.get(key)
        if wanted and condition and condition.computed:
            return condition
    return None


def _says_yes(condition: ConditionSpec, walk: Walk, service: ServiceRef) -> bool:
    return answer(condition, walk.facts, service).value == YES


def _falls_away(walk: Walk, condition: ConditionSpec, services: tuple[ServiceRef, ...]):
    """Steps that are for when the condition does not hold, and so leave these services out."""
    for key, (_, _, step) in walk.edition.places.items():
        if (False, condition.key) in parse(step.when):
            decided = walk.places_of(key)[0].applicability
            if not decided.applies or {service for service, _ in decided.excluded} & set(services):
                yield step.title
