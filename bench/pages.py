"""Makes a demo of some size and measures each page against its bare page, a round of each in turn."""

import gc
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, override_settings  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench.bare import keeping  # noqa: E402
from engagements.models import Engagement, Receipt, User  # noqa: E402
from engagements.selectors.places import place_url  # noqa: E402

WARM = 5


def make(tenants: int) -> dict:
    call_command("migrate", verbosity=0)
    with open("/dev/null", "w") as quiet:
        call_command("load_catalogue", stdout=quiet)
        playbook = settings.BASE_DIR / "fixtures" / "playbook"
        call_command("import_playbook", str(playbook), publish=True, stdout=quiet)
        started = time.perf_counter()
        call_command("seed_demo", tenants=tenants, stdout=quiet)
    seconds = time.perf_counter() - started
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # what autovacuum does on a database that lives
    return {"seconds": seconds, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def pages() -> Iterator[tuple[str, str, str]]:
    """(name, user, address): the same engagement at every size, one that has come far."""
    mine = Engagement.objects.assigned_to(User.objects.get(username="fm")).filter(status="open")
    engagement = (
        mine.select_related("summary").order_by("-summary__steps_done", "pk").exclude(summary__next_step_key="")[0]
    )
    receipt = Receipt.objects.filter(engagement=engagement, reopened_at=None).order_by("pk")[0]
    listing = reverse("engagement_list")
    yield "Today", "fm", reverse("today")
    yield "Today of a team manager", "tm", reverse("today")
    yield "Engagement list, mine", "fm", listing
    yield "Engagement list, all I may see", "leader", f"{listing}?scope=all&status=any"
    yield "Engagement list, all by customer, page 4", "leader", f"{listing}?scope=all&status=any&sort=customer&page=4"
    yield "Engagement list, found by text", "leader", f"{listing}?q=logistics"
    yield "Workspace", "fm", reverse("engagement_detail", args=[engagement.pk])
    yield "Step, open", "fm", place_url(engagement.pk, engagement.summary.next_step_key)
    yield "Step, receipt", "fm", place_url(engagement.pk, receipt.step_key)


def measure(name: str, client: Client, url: str, rounds: int) -> dict:
    bare = reverse("bare_page", args=[name], urlconf="bench.bare")
    with keeping(name):
        _get(client, url)
    queries = _queries(client, url)
    bare_queries = _queries(client, bare)
    if bare_queries > 2:
        raise AssertionError(f"The bare page of {name} asks {bare_queries} queries; it may read session and user.")
    for _ in range(WARM):
        _get(client, url), _get(client, bare)
    gc.collect()
    times = [(_timed(client, url), _timed(client, bare)) for _ in range(rounds)]
    ms, bare_ms = (1000 * median(column) for column in zip(*times, strict=True))
    return {"queries": queries, "ms": ms, "bare_ms": bare_ms}


def _get(client: Client, url: str) -> None:
    answer = client.get(url)
    if answer.status_code != 200:
        raise AssertionError(f"{url} answered {answer.status_code}.")


def _timed(client: Client, url: str) -> float:
    started = time.perf_counter()
    client.get(url)
    return time.perf_counter() - started


def _queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        _get(client, url)
    return len(captured)


def main(tenants: int, rounds: int, answer: Path) -> None:
    found = make(tenants)
    found["pages"] = {}
    with override_settings(ROOT_URLCONF="bench.bare"):
        for name, username, url in list(pages()):
            client = Client(HTTP_HOST="localhost")
            client.force_login(User.objects.get(username=username), settings.AUTHENTICATION_BACKENDS[-1])
            found["pages"][name] = measure(name, client, url, rounds)
    answer.write_text(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
