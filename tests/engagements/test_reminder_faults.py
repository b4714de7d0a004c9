"""Reminders reach everybody once while workers, both beats and Redis are killed at random and started again.

Real processes, a real Redis and a real SMTP server on loopback. A mail comes twice only where a process died
between the server's acceptance and the mark, and then with the same Message-ID.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from engagements.models import NextAction, Reminder
from tests import factories as make
from tests.processes import ROOT, environment, free_port, until

PEOPLE, EACH = 50, 20
CHAOS = 25  # seconds

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="Several workers write at once"),
    pytest.mark.timeout(400),
]


class Postbox:
    """An SMTP server that counts what it accepted."""

    def __init__(self):
        self.accepted = Counter()

    async def handle_DATA(self, server, session, envelope):
        head = envelope.content.split(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").decode()
        (identity,) = [line.partition(":")[2].strip() for line in head.splitlines() if line.startswith("Message-ID:")]
        self.accepted[identity] += 1
        return "250 OK"


class Crew:
    """Processes that can be killed and started again."""

    def __init__(self, env: dict, folder: Path):
        self.env, self.folder = env, folder
        self.commands: dict[str, list[str]] = {}
        self.running: dict[str, subprocess.Popen] = {}
        self.kills = Counter()

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.commands[name], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        self.kills[name.rstrip("12")] += 1
        os.killpg(self.running[name].pid, signal.SIGKILL)
        self.running[name].wait()

    def end(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def postbox():
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    box.url = f"smtp://127.0.0.1:{server.port}"
    yield box
    server.stop()


@pytest.fixture
def crew(tmp_path, postbox):
    redis_port, database = free_port(), connection.settings_dict
    env = environment(
        DATABASE_URL=f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}",
        REDIS_URL=f"redis://127.0.0.1:{redis_port}/0",
        EMAIL_URL=postbox.url,
        VAR_DIR=tmp_path / "var",
        REMINDER_EVERY=1,
        REMINDER_LEASE=4,
        DJANGO_SETTINGS_MODULE="fasttrack.settings",
    )
    found = Crew(env, tmp_path)
    found.commands["redis"] = [
        *("redis-server", "--bind", "127.0.0.1", "--port", str(redis_port)),
        *("--appendonly", "yes", "--save", "", "--dir", str(tmp_path)),
    ]
    for number in "12":
        found.commands[f"worker{number}"] = [
            *("celery", "-A", "fasttrack", "worker", "--concurrency", "1", "--hostname", f"w{number}@%h"),
        ]
        found.commands[f"beat{number}"] = [
            *("celery", "-A", "fasttrack", "beat", "--schedule", str(tmp_path / f"beat{number}")),
            *("--pidfile", ""),
        ]
    yield found
    found.end()


def test_every_reminder_goes_out_whatever_is_killed(crew, postbox, groups, record_property):
    engagement = make.EngagementFactory()
    today = timezone.localdate()
    for _ in range(PEOPLE):
        user = make.UserFactory(quiet_from="00:00", quiet_until="00:00", morning_at="00:00")
        make.AssignmentFactory(user=user, tenant=engagement.tenant)
        user.groups.add(Group.objects.get(name="FastTrack Manager"))
        make.ReminderChoiceFactory(user=user, kind="action-due", how="at-once")
        actions = make.NextActionFactory.build_batch(EACH, engagement=engagement, owner=user, due_on=today)
        NextAction.objects.bulk_create(actions)
    dice = random.Random(20260521)
    for name in crew.commands:
        crew.start(name)
    log = crew.folder / "worker1.log"
    until(lambda: postbox.accepted, what="the first reminder to go out", log=log)

    began = time.monotonic()
    while time.monotonic() - began < CHAOS:
        name = dice.choice([*crew.commands, "worker1", "worker2"])
        crew.kill(name)
        time.sleep(dice.uniform(0.1, 0.8))
        crew.start(name)
        time.sleep(dice.uniform(0.5, 1.5))

    due = Reminder.objects.filter(kind="action-due")
    until(
        lambda: due.filter(state="sent").count() == PEOPLE * EACH,
        seconds=180,
        what=f"{PEOPLE * EACH} reminders are sent: {Counter(due.values_list('state', 'reason'))}",
        log=log,
    )
    promised = {row.message_id for row in due}
    assert promised <= postbox.accepted.keys(), "marked as sent, and the server never had it"
    twice = {identity: times for identity, times in postbox.accepted.items() if times > 1}
    record_property("kills", dict(crew.kills))
    record_property("mails that came twice", len(twice))
    assert sum(times - 1 for times in twice.values()) <= crew.kills["worker"]
