"""Plans the reminders of many series and engagements, in turn with the same statements on a bare cursor.

Every round is taken back, so that each plans as if it were the first of the day; then once more where everything
is planned already, as it is in nearly every minute.
"""

import json
import resource
import sys
import time
import tracemalloc
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from statistics import median

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from engagements.models import (  # noqa: E402
    CadenceRule,
    Customer,
    Engagement,
    NextAction,
    Reminder,
    Review,
    ReviewSeries,
    Tenant,
    User,
)
from engagements.reminding import mornings, planning  # noqa: E402
from playbook.models import Edition  # noqa: E402
from tasks.folding import fold  # noqa: E402
from tasks.models import EngagementModel, Role  # noqa: E402

NOW = datetime(2026, 5, 21, 9, tzinfo=UTC)
TODAY = NOW.date()
PEOPLE, KINDS, SPREAD, CHUNK = 1_000, 4, 28, 5_000
DAY = timedelta(days=1)


def make(series: int) -> dict:
    """For ten series three engagements, each with a next action; what falls due is spread over four weeks."""
    call_command("migrate", verbosity=0)
    with open("/dev/null", "w") as quiet:
        call_command("load_catalogue", stdout=quiet)
    engagements = 3 * series // 10
    role, model = Role.objects.get(name="FastTrack Manager"), EngagementModel.objects.first()
    edition = Edition.objects.create(name="Bench")
    users = _bulk(User, (User(username=f"u{n}", email=f"u{n}@example.com") for n in range(PEOPLE)))
    names = [f"Customer {n}" for n in range(engagements)]
    customers = _bulk(Customer, (Customer(tpid=n + 1, name=t, name_folded=fold(t)) for n, t in enumerate(names)))
    tenants = _bulk(
        Tenant,
        (Tenant(customer=one, name=one.name, name_folded=one.name_folded, guid=uuid.uuid4()) for one in customers),
    )
    runs = _bulk(
        Engagement, (Engagement(tenant=one, edition=edition, model=model, started_on=TODAY) for one in tenants)
    )
    owners = [users[n % PEOPLE] for n in range(max(series, engagements))]
    promised = (
        NextAction(engagement=run, owner=owners[n], text="Call", due_on=_on(n, TODAY)) for n, run in enumerate(runs)
    )
    _bulk(NextAction, promised)
    rules = [
        CadenceRule.objects.create(kind=f"bench-{n}", name=f"Review {n}", purpose="Bench", owner_role=role)
        for n in range(KINDS)
    ]
    agreed = (
        ReviewSeries(
            rule=rules[n // engagements],
            tenant=tenants[n % engagements],
            owner=owners[n],
            anchor_on=TODAY,
            at=clock(10),
            agreed_on=TODAY,
        )
        for n in range(series)
    )
    _bulk(Review, (_review(one, _on(n, TODAY)) for n, one in enumerate(_bulk(ReviewSeries, agreed))))
    mornings.extend(TODAY)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what autovacuum does on a database that lives
    return {"series": series, "engagements": engagements}


def _bulk(model, rows) -> list:
    return model.objects.bulk_create(rows, batch_size=CHUNK)


def _on(n: int, today: date) -> date:
    return today + (n % SPREAD - 7) * DAY


def _review(series: ReviewSeries, on: date) -> Review:
    days = {
        "on": on,
        "first_on": on,
        "beat_on": on,
        "remind_on": on - DAY,
        "late_on": on + DAY,
        "escalate_on": on + 3 * DAY,
    }
    at = datetime.combine(on, clock(10), UTC)
    return Review(series=series, at=clock(10), starts_at=at, changed_at=NOW, **days)


def main(series: int, rounds: int, answer: Path) -> None:
    found = make(series)
    statements = [source.sql(TODAY, NOW) for source in planning.SOURCES]

    def ours() -> int:
        return planning.plan(NOW)

    def bare() -> int:
        table = connection.ops.quote_name(Reminder._meta.db_table)
        columns = ", ".join(map(connection.ops.quote_name, planning.COLUMNS))
        done = 0
        with connection.cursor() as cursor:
            for select, parameters in statements:
                cursor.execute(f"INSERT INTO {table} ({columns}) {select} ON CONFLICT DO NOTHING", parameters)  # noqa: S608
                done += cursor.rowcount
        return done

    rounds = max(3, min(rounds, 7))
    first = [(_taken_back(ours), _taken_back(bare)) for _ in range(rounds + 1)][1:]
    assert {row for pair in first for row in (pair[0][1], pair[1][1])} == {first[0][0][1]}, "They plan the same"
    found |= _medians("first", first) | {"planned": first[0][0][1]}
    planning.plan(NOW)
    again = [(_timed(ours), _timed(bare)) for _ in range(rounds)]
    found |= _medians("again", again)
    tracemalloc.start()
    _taken_back(ours)
    found["kilobytes"] = tracemalloc.get_traced_memory()[1] // 1024
    tracemalloc.stop()
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    found["statements"] = len(statements)
    answer.write_text(json.dumps(found))


def _timed(do: Callable[[], int]) -> tuple[float, int]:
    started = time.perf_counter()
    rows = do()
    return time.perf_counter() - started, rows


def _taken_back(do: Callable[[], int]) -> tuple[float, int]:
    with transaction.atomic():
        Reminder.objects.all().delete()
        found = _timed(do)
        transaction.set_rollback(True)
    return found


def _medians(name: str, pairs: list) -> dict[str, float]:
    ours, bare = ([1000 * seconds for seconds, _ in column] for column in zip(*pairs, strict=True))
    return {f"{name}_ms": median(ours), f"{name}_bare_ms": median(bare)}


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
