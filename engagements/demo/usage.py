"""Active users of demo services over the last weeks: most grow, some stand still, some nobody has counted."""

import datetime as dt
import random
from collections.abc import Iterable, Iterator, Sequence

from engagements.models import TenantService, UsageReading, User

DEEP = 400  # tenants that people look at closely
WEEKS, FEW_WEEKS = 8, 2


def readings(n: int, services: Sequence[TenantService], by: User, today: dt.date, seed: int) -> Iterator[UsageReading]:
    """Weekly readings of the services of tenant number ``n``."""
    dice = random.Random(f"usage {seed} {n}")  # noqa: S311
    weeks = WEEKS if n < DEEP else FEW_WEEKS
    for row in services:
        if dice.random() < 0.2:
            continue
        for ago, share in zip(range(weeks - 1, -1, -1), _shares(dice, weeks, bool(row.enabled_on)), strict=True):
            on = today - dt.timedelta(days=7 * ago + 2)
            yield UsageReading(
                tenant_service=row,
                on=on,
                active_users=round(row.available * share),
                at=dt.datetime.combine(on, dt.time(9), dt.UTC),
                by=by,
            )


def _shares(dice: random.Random, weeks: int, is_enabled: bool) -> Iterable[float]:
    """From where it was to where it is, with a little noise; what is enabled is used more."""
    last = dice.betavariate(2, 4) if is_enabled else dice.betavariate(1, 12)
    first = last * dice.uniform(0.2, 1.05)
    for week in range(weeks):
        way = week / (weeks - 1)
        yield max(0.0, first + (last - first) * way + dice.uniform(-0.01, 0.01) * last)
