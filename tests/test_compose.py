"""docker-compose.yml: what it promises on paper, and its very commands run against real services."""

import json
import re
import shlex
import sys
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import psycopg2
import pytest
import yaml

from fasttrack import settings as desk_settings
from tests.processes import ROOT, environment, free_port, run, started, until
from tests.real_services import own_database, own_redis

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
SECRETS = {
    "SECRET_KEY": "a-key-for-one-run-of-this-test-and-for-nothing-else",
    "ALLOWED_HOSTS": "desk.example,www.desk.example",
    "EMAIL_URL": "dummymail://",
    "POSTGRES_PASSWORD": "letters1",
}


class Missing(Exception):
    """What compose stops with when a variable has no value."""


def interpolated(value, given: dict[str, str]):
    """``${NAME}``, ``${NAME:-default}``, ``${NAME:?sentence}`` and ``$$``, as compose reads them."""
    if isinstance(value, dict):
        return {key: interpolated(item, given) for key, item in value.items()}
    if isinstance(value, list):
        return [interpolated(item, given) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match) -> str:
        name, operator, text = match["name"], match["operator"], match["text"]
        if match[0] == "$$":
            return "$"
        if operator == ":?" and not given.get(name):
            raise Missing(f"{name}: {text}")
        return given.get(name) or (text if operator == ":-" else "")

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?:(?P<operator>:[-?])(?P<text>[^}]*))?\}", replace, value)


def environment_of(service: dict, given: dict[str, str]) -> dict[str, str]:
    """A variable without a value is passed on from outside, where it is set there."""
    passed_on = {k: v if v is not None else given.get(k) for k, v in service["environment"].items()}
    return {k: interpolated(v, given) for k, v in passed_on.items() if v is not None}


def argv(command: str | list[str]) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else command


# On paper ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_stops_compose_with_a_sentence_that_names_it(name):
    with pytest.raises(Missing, match=rf"^{name}: Set {name} to .+\.$"):
        interpolated(COMPOSE, {key: value for key, value in SECRETS.items() if key != name})


def test_every_process_gets_all_that_production_requires():
    for name, service in OURS.items():
        given = environment_of(service, SECRETS)
        assert given["PRODUCTION"] == "1", name
        assert desk_settings.REQUIRED_IN_PRODUCTION.keys() <= given.keys(), name


def test_there_is_one_beat_and_no_worker_is_another():
    beats = [name for name, service in OURS.items() if "beat" in argv(service["command"])]
    assert beats == ["beat"]
    assert "deploy" not in OURS["beat"]
    assert not any({"-B", "--beat"} & set(argv(service["command"])) for service in OURS.values())


def test_everything_waits_until_the_database_is_set_up():
    for name in OURS.keys() - {"setup"}:
        assert OURS[name]["depends_on"]["setup"]["condition"] == "service_completed_successfully", name


def test_web_listens_on_the_port_that_is_published():
    web = interpolated(OURS["web"], SECRETS)
    assert "0.0.0.0:8000" in argv(web["command"])  # noqa: S104
    assert web["ports"] == ["127.0.0.1:8000:8000"]


def test_links_in_mails_have_the_port_that_is_published_where_no_proxy_stands_in_front():
    for name, service in OURS.items():
        assert environment_of(service, SECRETS | {"PORT": "9000"})["PORT"] == "9000", name


def test_the_image_runs_as_a_user_without_rights_and_from_the_lock():
    image = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements.lock" in image
    assert re.search(r"^USER (?!root)\w+", image, re.MULTILINE)
    assert image.rindex("USER ") > image.rindex("RUN ")


# In life ----------------------------------------------------------------------------------------------


class Site:
    """The site as compose would start it, with the addresses of this machine's services."""

    def __init__(self, *, database: str, redis: str, folder: Path):
        self.given = SECRETS | {"PORT": str(free_port())}
        self.folder, self.database = folder, database
        self.here = {"DATABASE_URL": database, "REDIS_URL": redis, "VAR_DIR": folder, "STATIC_ROOT": folder / "static"}

    def env(self, name: str) -> dict[str, str]:
        return environment(**environment_of(OURS[name], self.given) | self.here)

    def command(self, name: str) -> list[str]:
        return argv(interpolated(OURS[name]["command"], self.given))

    def run_to_its_end(self, name: str):
        return run(self.command(name), self.env(name))

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def started(self, name: str):
        return started(self.command(name), self.env(name), self.log(name))

    def is_healthy(self, name: str) -> bool:
        kind, *test = interpolated(OURS[name]["healthcheck"]["test"], self.given)
        return run(test if kind == "CMD" else ["sh", "-c", *test], self.env(name)).returncode == 0

    def get(self, path: str) -> tuple[int, str, str]:
        """As the proxy in front would ask; status 0 where nobody listens yet."""
        with closing(HTTPConnection("127.0.0.1", int(self.given["PORT"]), timeout=10)) as connection:
            try:
                connection.request("GET", path, headers={"Host": "desk.example", "X-Forwarded-Proto": "https"})
                answer = connection.getresponse()
                return answer.status, answer.headers.get_content_type(), answer.read().decode()
            except OSError as error:
                return 0, "", str(error)

    def ask(self, statement: str):
        with closing(psycopg2.connect(self.database)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Set up twice, for a restart of the whole does that; then web, worker and beat, all running."""
    with ExitStack() as stack:
        site = Site(
            database=stack.enter_context(own_database()),
            redis=stack.enter_context(own_redis()),
            folder=tmp_path_factory.mktemp("compose"),
        )
        collected = run([sys.executable, "manage.py", "collectstatic", "--noinput"], site.env("web"))
        assert collected.returncode == 0, collected.stderr
        for _ in range(2):
            setup = site.run_to_its_end("setup")
            assert setup.returncode == 0, setup.stdout + setup.stderr
        site.processes = {name: stack.enter_context(site.started(name)) for name in ("web", "worker", "beat")}
        until(lambda: site.get("/readyz")[0] == 200, what="/readyz answers 200", log=site.log("web"))
        yield site


@pytest.mark.services
@pytest.mark.timeout(600)
@pytest.mark.xdist_group("compose")
class TestStarted:
    def test_setup_leaves_one_published_edition_however_often_it_runs(self, site):
        assert site.ask("SELECT status, count(*) FROM playbook_edition GROUP BY status") == [("published", 1)]
        assert site.ask("SELECT count(*) FROM playbook_step")[0][0] > 0
        assert site.ask("SELECT count(*) FROM tasks_ftoptask")[0][0] > 0

    def test_the_site_is_ready_and_its_own_health_check_says_so(self, site):
        assert json.loads(site.get("/readyz")[2]) == {"status": "ready"}
        assert site.is_healthy("web")

    def test_the_sign_in_page_comes_with_its_style_sheets(self, site):
        status, _, page = site.get("/accounts/login/")
        assert status == 200
        assert 'type="password"' in page
        sheets = re.findall(r'href="(/static/[^"]+\.css)"', page)
        assert sheets
        for sheet in sheets:
            assert re.search(r"\.[0-9a-f]{12}\.css$", sheet), "not a hashed name"
            status, kind, _ = site.get(sheet)
            assert (status, kind) == (200, "text/css"), sheet

    def test_the_worker_answers_and_runs_a_job(self, site):
        until(lambda: site.is_healthy("worker"), what="the worker answers", log=site.log("worker"))
        site.ask("INSERT INTO django_session VALUES ('old', '', '2001-01-01')")
        send = "from engagements.jobs import clear_expired_sessions as job; job.delay()"
        sent = run([sys.executable, "manage.py", "shell", "-c", send], site.env("web"))
        assert sent.returncode == 0, sent.stderr
        until(
            lambda: site.ask("SELECT count(*) FROM django_session WHERE session_key = 'old'") == [(0,)],
            what="the job has run",
            log=site.log("worker"),
        )

    def test_beat_is_up_and_remembers_its_schedule(self, site):
        until(lambda: "beat: Starting" in site.log("beat").read_text(), what="beat starts", log=site.log("beat"))
        until(
            lambda: list(site.folder.glob("beat-schedule*")), what="beat remembers its schedule", log=site.log("beat")
        )
        assert site.processes["beat"].poll() is None
