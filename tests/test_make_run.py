"""What `make run` starts: the three processes of the Procfile, without PostgreSQL and Redis, as one."""

import email
import os
import re
import signal
import subprocess
import sys
from email.policy import default as policy
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from aiosmtpd.controller import Controller
from honcho.environ import expand_processes, parse_procfile

from tests.processes import ROOT, environment, free_port, run, started, until

NAMES = ["web", "worker", "beat"]


def test_make_run_starts_the_three_processes_of_the_procfile_and_none_leaves_a_shell_behind():
    lines = (ROOT / "Procfile").read_text().splitlines()
    assert [line.partition(":")[0] for line in lines] == NAMES
    # Without exec, honcho would stop the shell and leave the process.
    assert all(re.match(r"\w+: exec ", line) for line in lines)
    assert re.search(r"^run: .*(\n\t.+)*honcho start$", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_every_process_of_the_procfile_knows_the_port_of_web(tmp_path):
    """The runner gives the second process PORT + 100 and the third PORT + 200; links in mails need that of web."""
    for program in ("gunicorn", "celery"):
        (tmp_path / program).write_text('#!/bin/sh\necho "$PORT"\n')
        (tmp_path / program).chmod(0o755)
    env = {"PORT": "9000", "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    lines = parse_procfile((ROOT / "Procfile").read_text()).processes
    for process in expand_processes(lines, env=env):
        done = subprocess.run(["sh", "-c", process.cmd], env=process.env, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "9000", process.name


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family_of(pid: int) -> set[int]:
    """Children, grandchildren and so on."""
    found = children_of(pid)
    for child in found:
        try:
            found.extend(children_of(child))
        except FileNotFoundError:
            continue
    return set(found)


def is_running(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def links_of(mail: bytes) -> set[str]:
    """Every address that a mail leads to, of its text and of its HTML."""
    message = email.message_from_bytes(mail, policy=policy)
    text = message.get_body(("plain",)).get_content()
    page = message.get_body(("html",)).get_content()
    hrefs = {unescape(link) for link in re.findall(r'href="([^"]+)"', page)}
    assert hrefs, "the HTML of the mail has no links"
    return hrefs | set(re.findall(r"https?://[^\s<>]+", text))


def status_of(url: str, session: str) -> int | str:
    """What somebody who is signed in gets there; why not, where nobody answers."""
    try:
        request = Request(url, headers={"Cookie": f"sessionid={session}"})  # noqa: S310
        with urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status if answer.url == url else f"sent on to {answer.url}"
    except HTTPError as error:
        return error.code
    except OSError as error:
        return str(error)


DUE = """
from datetime import time
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from engagements.groups import ensure_groups
from tests import factories as make
ensure_groups()
day_and_night = {"morning_at": time(0), "quiet_from": time(0), "quiet_until": time(0)}
user = make.UserFactory(username="ana", email="ana@example.com", **day_and_night)
user.groups.add(Group.objects.get(name="FastTrack Manager"))
engagement = make.EngagementFactory()
make.AssignmentFactory(user=user, tenant=engagement.tenant)
make.NextActionFactory(engagement=engagement, owner=user, due_on=timezone.localdate(), text="Call Priya")
client = Client()
client.force_login(user)
print("session", client.cookies["sessionid"].value)
"""


@pytest.mark.services
@pytest.mark.timeout(600)
def test_a_reminder_arrives_within_a_minute_of_being_due_without_redis_and_its_links_open(tmp_path):
    """The processes of the Procfile, SQLite and the broker of folders; a real SMTP server on loopback."""
    mails: list[bytes] = []

    class Postbox:
        async def handle_DATA(self, server, session, envelope):
            mails.append(envelope.content)
            return "250 OK"

    postbox = Controller(Postbox(), hostname="127.0.0.1", port=free_port())
    postbox.start()
    port, log = free_port(), tmp_path / "log"
    env = environment(
        VAR_DIR=tmp_path / "var",
        PORT=port,
        PYTHONUNBUFFERED="1",
        EMAIL_URL=f"smtp://127.0.0.1:{postbox.port}",
        REMINDER_EVERY=10,
    )
    try:
        assert run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env).returncode == 0
        with started(["honcho", "start"], env, log):
            until(lambda: is_ready(port), what="the site answers", log=log)
            made = run([sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", DUE], env)
            assert made.returncode == 0, made.stderr
            until(lambda: mails, seconds=60, what="the reminder arrives", log=log)
            until(lambda: re.search(r"round .*job_id=", log.read_text()), what="the round is in the log", log=log)
            session = re.search(r"^session (\w+)$", made.stdout, re.MULTILINE)[1]
            followed = {link: status_of(link, session) for link in links_of(mails[0])}
    finally:
        postbox.stop()
    assert b"Call Priya" in mails[0]
    assert len(mails) == 1
    assert len(followed) > 1
    assert set(followed.values()) == {200}, followed
    said = log.read_text()
    assert "ana@example.com" not in said
    assert "Traceback" not in said


@pytest.mark.services
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", NAMES)
def test_when_one_process_dies_all_stop(name, tmp_path):
    port, log = free_port(), tmp_path / "log"
    env = environment(VAR_DIR=tmp_path / "var", PORT=str(port), PYTHONUNBUFFERED="1")
    migrated = run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env)
    assert migrated.returncode == 0, migrated.stderr

    with started(["honcho", "start"], env, log) as honcho:
        until(lambda: is_ready(port), what="the site answers", log=log)
        for sentence in (r"celery@\S+ ready", r"beat: Starting"):
            until(lambda sentence=sentence: re.search(sentence, log.read_text()), what=sentence, log=log)
        family = family_of(honcho.pid)
        pid = int(re.search(rf"{name}\.1 +\| .*pid=(\d+)|{name}\.1 started \(pid=(\d+)\)", log.read_text())[2])
        assert pid in family

        os.kill(pid, signal.SIGKILL)
        honcho.wait(60)
        until(lambda: not any(map(is_running, family)), seconds=60, what="all processes end", log=log)
    assert not is_ready(port)
