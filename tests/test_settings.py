"""The two modes of settings.py, each tried in a process of its own."""

import subprocess
import sys

import pytest

from tests.processes import environment, run

PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "signs-nothing-but-the-cookies-of-this-test",
    "ALLOWED_HOSTS": "desk.example",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
}
SHOW_KEY = "from django.conf import settings; print(settings.SECRET_KEY)"
ASK = """
import django, sys
django.setup()
from django.test import Client
print(Client().get("/healthz", secure=True, headers={"host": sys.argv[1]}).status_code)
"""


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The static files as an image has them; production pages name them by their hashes."""
    folder = tmp_path_factory.mktemp("static")
    settings = {"VAR_DIR": folder / "var", "STATIC_ROOT": folder / "files"} | PRODUCTION
    done = run([sys.executable, "manage.py", "collectstatic", "--noinput"], environment(**settings))
    assert done.returncode == 0, done.stderr
    return str(folder / "files")


@pytest.fixture
def python(tmp_path):
    def ask(code: str, *args: str, **env: str) -> subprocess.CompletedProcess:
        settings = {"VAR_DIR": tmp_path / "var", "DJANGO_SETTINGS_MODULE": "fasttrack.settings"} | env
        return run([sys.executable, "-c", code, *args], environment(**settings))

    return ask


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "PRODUCTION"])
def test_a_missing_production_setting_stops_the_start_with_a_sentence_that_names_it(python, name):
    others = {key: value for key, value in PRODUCTION.items() if key != name}
    start = python(SHOW_KEY, **others)
    sentence = start.stderr.strip().splitlines()[-1]
    assert start.returncode != 0
    assert "FastTrack Desk cannot start in production mode. Set in the environment: " in sentence
    assert [key for key in PRODUCTION if f"{key} (" in sentence] == [name]


def test_all_missing_settings_are_named_at_once(python):
    sentence = python(SHOW_KEY, PRODUCTION="1").stderr.strip().splitlines()[-1]
    assert all(name in sentence for name in PRODUCTION if name != "PRODUCTION")


def test_production_refuses_debug(python):
    start = python(SHOW_KEY, DEBUG="1", **PRODUCTION)
    assert start.returncode != 0
    assert "unset it in production mode" in start.stderr.strip().splitlines()[-1]


def test_production_starts_when_everything_is_given_and_keeps_its_key(python):
    assert python(SHOW_KEY, **PRODUCTION).stdout.strip() == PRODUCTION["SECRET_KEY"]


def test_addresses_are_believed_from_one_proxy_in_production_and_from_nobody_without_one(python):
    show = "from django.conf import settings; print(settings.TRUSTED_PROXIES)"
    given = [{}, PRODUCTION, PRODUCTION | {"INSECURE_HTTP": "1"}, PRODUCTION | {"TRUSTED_PROXIES": "2"}]
    assert [python(show, **env).stdout.strip() for env in given] == ["0", "1", "0", "2"]


def test_settings_that_are_there_and_empty_count_as_none(python):
    ask = "from django.conf import settings; print(settings.DATABASES['default']['ENGINE'], settings.CELERY_BROKER_URL)"
    start = python(ask, **dict.fromkeys(PRODUCTION, ""))
    assert start.stdout.split() == ["django.db.backends.sqlite3", "filesystem://"], start.stderr


def test_local_mode_makes_a_key_of_its_own_and_keeps_it_to_itself(python, tmp_path):
    first, second = python(SHOW_KEY), python(SHOW_KEY)
    assert len(first.stdout.strip()) >= 50
    assert first.stdout == second.stdout
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o077 == 0


def test_two_machines_make_different_keys(python, tmp_path):
    assert python(SHOW_KEY).stdout != python(SHOW_KEY, VAR_DIR=tmp_path / "other").stdout


@pytest.mark.parametrize(
    "host, env, status",
    [
        ("127.0.0.1:8000", {}, "200"),
        ("localhost", {}, "200"),
        ("desk.example", {}, "400"),
        ("desk.example", PRODUCTION, "200"),
        ("elsewhere.example", PRODUCTION, "400"),
        ("localhost", PRODUCTION, "400"),
    ],
)
def test_only_our_own_host_names_are_answered(python, collected, host, env, status):
    assert python(ASK, host, **env, STATIC_ROOT=collected).stdout.strip() == status


SHOW_SITE = "from django.conf import settings; print(settings.SITE_URL, settings.MAIL_ID_DOMAIN)"


@pytest.mark.parametrize(
    "env, site",
    [
        ({}, "http://127.0.0.1:8000"),
        ({"PORT": "9000"}, "http://127.0.0.1:9000"),
        ({"PORT": "", "SITE_URL": ""}, "http://127.0.0.1:8000"),
        ({"SITE_URL": "http://desk.local:81"}, "http://desk.local:81"),
        (PRODUCTION, "https://desk.example"),
        (PRODUCTION | {"SITE_URL": "", "PORT": "9000"}, "https://desk.example"),
        (PRODUCTION | {"ALLOWED_HOSTS": ".desk.example,www.desk.example"}, "https://www.desk.example"),
        (PRODUCTION | {"INSECURE_HTTP": "1", "ALLOWED_HOSTS": "localhost"}, "http://localhost:8000"),
        (
            PRODUCTION | {"ALLOWED_HOSTS": ".desk.example", "SITE_URL": "https://go.desk.example"},
            "https://go.desk.example",
        ),
    ],
)
def test_links_in_mails_start_with_the_address_that_people_type(python, env, site):
    start = python(SHOW_SITE, **env)
    assert start.stdout.split() == [site, site.split("//")[1].split(":")[0]], start.stderr


def test_production_whose_hosts_are_no_whole_name_asks_for_the_address_of_links(python):
    start = python(SHOW_SITE, **PRODUCTION | {"ALLOWED_HOSTS": ".desk.example"})
    assert start.returncode != 0
    assert "so set SITE_URL to the address that people type" in start.stderr.strip().splitlines()[-1]


def test_another_word_for_how_colleagues_are_shown_is_refused_with_those_that_there_are(python):
    start = python(SHOW_KEY, COLLEAGUES_SHOWN_AS="nobody")
    assert start.returncode != 0
    assert (
        "set COLLEAGUES_SHOWN_AS to one of NAMES, ROLES, TEAM, not “NOBODY”." in start.stderr.strip().splitlines()[-1]
    )
