"""Fills the library with very many notes and measures searches in it, each with every filter."""

import gc
import itertools
import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench.pages import make, measure  # noqa: E402
from bench.playbook import WORDS  # noqa: E402
from engagements import guards  # noqa: E402
from engagements.models import Customer, Engagement, EngagementSummary, Note, Tenant, User  # noqa: E402
from engagements.searching.words import words_of  # noqa: E402
from tasks.models import Service  # noqa: E402

DEMO = 100  # demo tenants, whose notes are of the usual kind
TENANTS = 10_000
TEXTS = 5_000
RARE, MIDDLING, OFTEN, HALF = "zanzibar", "firewall", "mailbox", "customer"
RARE_NOTES = 10

PLACES = "CREATE TEMP TABLE bench_places (at integer PRIMARY KEY, engagement bigint, tenant bigint)"
STAFF = "CREATE TEMP TABLE bench_authors (at integer PRIMARY KEY, author bigint)"
FILLING = "CREATE TEMP TABLE bench_texts (at integer PRIMARY KEY, body text, words text)"
NEW = "CREATE TEMP TABLE bench_notes AS {select}"
# One row for each number; the same arithmetic on both databases, so that both hold the same notes.
NOTES = """
WITH RECURSIVE n(i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < {count})
SELECT {first} + i AS id, place.engagement, place.tenant, author.author, text.body || extra.said AS body,
  text.words || extra.tokens AS words, i,
  CASE i % 12 WHEN 1 THEN 'service-intent' WHEN 2 THEN 'technical-enablement' WHEN 3 THEN 'environment'
    WHEN 4 THEN 'enterprise-status' WHEN 5 THEN 'migration' ELSE 'engagement-management' END AS category,
  {escalated} AS escalated, {created} AS created_at
FROM n
JOIN bench_places AS place ON place.at = (i * 7919) % {places}
JOIN bench_authors AS author ON author.at = (i * 31) % {authors}
JOIN bench_texts AS text ON text.at = (i * 4799) % {texts}
JOIN bench_extras AS extra ON extra.at = CASE WHEN i % {every_rare} = 0 THEN 3 WHEN i % 1000 = 7 THEN 2
  WHEN i % 100 = 9 THEN 1 ELSE 0 END + CASE WHEN (i / 3) % 2 = 0 THEN 4 ELSE 0 END
"""
WRITE = (
    """INSERT INTO engagements_note (id, engagement_id, category, body, escalated, author_id, created_at, token)
    SELECT id, engagement, category, body, escalated, author, created_at, {token} FROM bench_notes""",
    """INSERT INTO engagements_note_services (note_id, service_id)
    SELECT note.id, service.id FROM bench_notes AS note JOIN bench_services AS service ON service.at = note.i % 12""",
    """INSERT INTO engagements_nextaction (engagement_id, note_id, text, due_on, owner_id)
    SELECT engagement, id, 'Ask again', {due}, author FROM bench_notes WHERE i % 20 = 3""",
    """INSERT INTO engagements_notewords
      (note_id, tenant_id, engagement_id, author_id, category, escalated, created_at, words)
    SELECT id, tenant, engagement, author, category, escalated, created_at, words FROM bench_notes""",
)
SPELLING = {
    "postgresql": {
        "escalated": "i % 50 = 0",
        "created": "now() - interval '1 second' * (94608000.0 * ({count} - i) / {count})",
        "token": "gen_random_uuid()",
        "due": "CURRENT_DATE + CAST(i % 240 - 60 AS integer)",
    },
    "sqlite": {
        "escalated": "(i % 50 = 0)",
        "created": "strftime('%Y-%m-%d %H:%M:%f', 'now', '-' || (({count} - i) * 94608000.0 / {count}) || ' seconds')",
        "token": "lower(hex(randomblob(16)))",
        "due": "date('now', (i % 240 - 60) || ' days')",
    },
}


def fill(count: int) -> float:
    """Writes so many notes with all that belongs to them; returns the seconds."""
    started = time.perf_counter()
    places = _tenants()
    authors = list(User.objects.order_by("pk").values_list("pk", flat=True))
    first = Note.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    spelling = {name: text.replace("{count}", str(count)) for name, text in SPELLING[connection.vendor].items()}
    guards.remove()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP INDEX note_words_found_by")
        _table(cursor, PLACES, "bench_places", [(at, *place) for at, place in enumerate(places)])
        _table(cursor, STAFF, "bench_authors", list(enumerate(authors)))
        _table(cursor, FILLING, "bench_texts", list(_texts()))
        extras = "CREATE TEMP TABLE bench_extras (at integer PRIMARY KEY, said text, tokens text)"
        _table(cursor, extras, "bench_extras", list(_extras()))
        services = "CREATE TEMP TABLE bench_services (at integer PRIMARY KEY, id bigint)"
        rows = list(enumerate(Service.objects.order_by("pk").values_list("pk", flat=True)[:8]))
        _table(cursor, services, "bench_services", rows)
        numbers = {"count": count, "first": first, "texts": TEXTS, "every_rare": max(count // RARE_NOTES, 1)}
        select = NOTES.format(places=len(places), authors=len(authors), **numbers, **spelling)
        cursor.execute(NEW.format(select=select))
        for statement in WRITE:
            cursor.execute(statement.format(**spelling))
    guards.install()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval('engagements_note_id_seq', %s)", [first + count])
            cursor.execute("VACUUM ANALYZE")  # what autovacuum does on a database that lives
        else:
            cursor.execute("ANALYZE")
    return time.perf_counter() - started


def _tenants() -> list[tuple[int, int]]:
    """(engagement, tenant) of many more customers, each with one engagement and nothing else."""
    like, names = Engagement.objects.first(), random.Random(3)
    called = [f"{names.choice(WORDS)} {names.choice(WORDS)} {n}" for n in range(TENANTS)]
    customers = Customer.objects.bulk_create(
        Customer(name=name.title(), name_folded=name, tpid=90_000_000 + n) for n, name in enumerate(called)
    )
    tenants = Tenant.objects.bulk_create(
        Tenant(customer=row, guid=uuid4(), name=row.name, name_folded=row.name_folded, domain=f"d{row.tpid}.example")
        for row in customers
    )
    engagements = Engagement.objects.bulk_create(
        Engagement(tenant=row, edition=like.edition, model=like.model, started_on=like.started_on) for row in tenants
    )
    EngagementSummary.objects.bulk_create(
        EngagementSummary(engagement=row, found_by=row.tenant.found_by) for row in engagements
    )
    return list(Engagement.objects.order_by("pk").values_list("pk", "tenant"))


def _texts() -> Iterator[tuple[int, str, str]]:
    """Of 30 to 80 words, few of them often and many seldom."""
    dice = random.Random(5)
    seldom = ["".join(dice.choices("abcdefghiklmnoprstuvw", k=dice.randrange(4, 9))) for _ in range(3_000)]
    both = [word for word in WORDS if word not in (RARE, MIDDLING, OFTEN, HALF)] + seldom
    weights = [1 / (place + 8) for place in range(len(both))]
    for at in range(TEXTS):
        body = " ".join(dice.choices(both, weights, k=dice.randrange(30, 80))).capitalize() + "."
        yield at, body, words_of(body)


def _extras() -> Iterator[tuple[int, str, str]]:
    """What is said in one note of so many: a half of the notes name the customer."""
    for at, (half, word) in enumerate(itertools.product(("", HALF), ("", OFTEN, MIDDLING, RARE))):
        said = " ".join(filter(None, (half, word)))
        yield at, f" {said}" if said else "", words_of(said)[1:] if said else ""


def _table(cursor, create: str, name: str, rows: list[tuple]) -> None:
    cursor.execute(create)
    marks = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608 - a name of ours


def searches() -> Iterator[tuple[str, str, dict[str, object], bool]]:
    """(name, user, query, whether it is held to the limit)"""
    today = timezone.localdate()
    yield "Latest notes, all I may see", "leader", {}, True
    yield "Latest notes, mine", "fm", {}, True
    named = Customer.objects.filter(tpid__gte=90_000_000).first()
    filters = {
        "": {},
        "category": {"category": "service-intent"},
        "service": {"service": Service.objects.order_by("pk")[3].pk},
        "author": {"author": User.objects.get(username="fm").pk},
        "mine": {"author": "mine"},
        "my engagements": {"scope": "mine"},
        "name": {"at": "kickoff review" if "kickoff" in WORDS else "agree confirm"},
        "customer": {"customer": named.pk},
        "tenant": {"tenant": named.tenants.first().pk},
        "0-30 days": {"written": "0-30"},
        "60-90 days": {"written": "60-90"},
        "from–to": {"since": today - timedelta(days=400), "until": today - timedelta(days=300)},
        "this week": {"next": "week"},
        "this quarter": {"next": "quarter"},
        "escalated": {"escalated": "on"},
        "not corrected": {"standing": "on"},
        "by date": {"sort": "date"},
        "by customer": {"sort": "tenant"},
    }
    for word, name in ((RARE, "Rare word"), (MIDDLING, "Middling word")):
        for label, query in filters.items():
            yield f"{name}{', ' if label else ''}{label}", "leader", {"q": word, **query}, True
        yield f"{name}, as one of many", "fm", {"q": word}, True
    yield "Phrase of middling words", "leader", {"q": f'"{HALF} {MIDDLING}"'}, True
    yield "Middling word without a frequent one", "leader", {"q": f"{MIDDLING} -{HALF}"}, False
    yield "Beginning of a rare word", "leader", {"q": f"{RARE[:4]}*"}, True
    yield "Word in every 100th note", "leader", {"q": OFTEN}, False
    yield "Word in every second note", "leader", {"q": HALF}, False
    yield "Word in every second note, mine", "fm", {"q": HALF}, False
    yield "Word in every second note, by date", "leader", {"q": HALF, "sort": "date"}, False


def main(count: int, rounds: int, answer: Path) -> None:
    make(DEMO)
    found = {"notes": count, "seconds": fill(count), "searches": {}}
    with override_settings(ROOT_URLCONF="bench.bare"):
        for number, (name, username, query, is_held) in enumerate(list(searches())):
            client = Client(HTTP_HOST="localhost")
            client.force_login(User.objects.get(username=username), settings.AUTHENTICATION_BACKENDS[-1])
            url = f"{reverse('note_library')}?{urlencode(query)}"
            found["searches"][name] = measure(f"notes-{number}", client, url, rounds) | {"held": is_held}
            gc.collect()
    answer.write_text(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
