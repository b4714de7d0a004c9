"""Every environment variable of settings.py × values that cannot be used: a sentence that names the variable."""

import re
import runpy
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fasttrack.environment import Unusable
from tests.processes import ROOT, SETTINGS, environment, run
from tests.test_settings import PRODUCTION

LOCAL: dict[str, str] = {}
FLAGS = ["maybe", "2", "oui", "1 0", "production"]
NUMBERS = ["soon", "0", "-1", "1.5", "1e3", "999999999999999999999", "٣x"]
GARBAGE = {
    "PRODUCTION": FLAGS,
    "DEBUG": FLAGS,
    "DEMO_DATA": FLAGS,
    "INSECURE_HTTP": FLAGS,
    "ALLOW_SQLITE": FLAGS,
    "SECRET_KEY": ["", "   ", "x", "changeme", "a" * 80, "changeme" * 10],
    "ALLOWED_HOSTS": [
        "*",
        "desk.example,*",
        ",",
        "https://desk.example",
        "desk.example/",
        "two words",
        "desk..example",
    ],
    "CSRF_TRUSTED_ORIGINS": [
        "desk.example",
        "https://",
        "https://desk.example,ftp://desk.example",
        "https://a b.example",
    ],
    "SITE_URL": [
        "desk.example",
        "https://",
        "javascript:alert(1)",
        "https://desk.example:port",
        "https://[desk",
        "https://x@desk.example",
    ],
    "DATABASE_URL": [
        "garbage",
        "postgres://",
        "postgres://host",
        "postgres://user:secret-word@host:port/name",
        "postgres://[host/name",
        "mysql://host/name",
        "oracle://host/name",
        "sqlite://host/name",
        "postgres://host/name?sslmod=require",
        "postgres://host/name?connect_timeout=soon",
    ],
    "REDIS_URL": [
        "garbage",
        "redis://",
        "http://host",
        "redis://host:port/0",
        "redis://host/zero",
        "redis://host?socket_timeout=soon",
    ],
    "EMAIL_URL": ["garbage", "smtp://", "pop3://host", "smtp://host:port", "smtp://user:secret-word@host:99999"],
    "DEFAULT_FROM_EMAIL": ["nobody", "Desk <desk>", "@", "desk@desk.example\nBcc: all@desk.example"],
    "PORT": [*NUMBERS, "65536"],
    "SESSION_IDLE_MINUTES": [value for value in NUMBERS if value != "0"],
    "TRUSTED_PROXIES": [*(value for value in NUMBERS if value != "0"), "21"],
    "SIGN_IN_FAILURES_PER_ADDRESS": [value for value in NUMBERS if value != "0"],
    "IMPORT_LEASE": NUMBERS,
    "IMPORTS_KEPT_DAYS": NUMBERS,
    "COLLEAGUES_SHOWN_AS": ["nobody", "1"],
    "REMINDER_EVERY": NUMBERS,
    "REMINDER_LEASE": NUMBERS,
    "REFERRAL_PARTNERS": NUMBERS,
    "INTERNAL_HOSTS": ["https://intranet.example", "*", "a b", ","],
    "LOG_LEVEL": ["loud", "1"],
    "VAR_DIR": [str(ROOT / "manage.py"), str(ROOT / "manage.py" / "below")],
    "STATIC_ROOT": [str(ROOT / "manage.py"), str(ROOT / "manage.py" / "below")],
}
# Only there where the mode asks for more: a local desk may answer every host, and makes its own key.
IN_PRODUCTION_ONLY = {("SECRET_KEY", value) for value in GARBAGE["SECRET_KEY"]} | {
    ("ALLOWED_HOSTS", "*"),
    ("ALLOWED_HOSTS", "desk.example,*"),
}


@pytest.fixture
def read(monkeypatch, tmp_path):
    """The settings as these variables make them."""

    def read_with(**given: str) -> dict:
        with monkeypatch.context() as patch:
            for name in SETTINGS:
                patch.delenv(name, raising=False)
            places = {"VAR_DIR": tmp_path / "var", "STATIC_ROOT": tmp_path / "static"}
            for name, value in (places | given).items():
                patch.setenv(name, str(value))
            return runpy.run_path(str(ROOT / "fasttrack" / "settings.py"))

    return read_with


def test_the_table_names_every_variable_that_settings_read(read):
    assert read()["env"].names == set(GARBAGE) == SETTINGS
    assert read(**PRODUCTION)["env"].names == set(GARBAGE)


def test_nothing_else_reads_the_environment():
    """What reads it elsewhere would answer garbage in words of its own."""
    ours = [path for part in ("fasttrack", "tasks", "playbook", "engagements") for path in (ROOT / part).rglob("*.py")]
    readers = {path.name for path in ours if re.search(r"os\.(environ\b(?!\.setdefault)|getenv)", path.read_text())}
    assert readers == {"environment.py"}


@pytest.mark.parametrize("mode", [LOCAL, PRODUCTION], ids=["local", "production"])
@pytest.mark.parametrize("name, value", [(name, value) for name, values in GARBAGE.items() for value in values])
def test_a_value_that_cannot_be_used_is_refused_by_name(read, mode, name, value):
    if mode is LOCAL and (name, value) in IN_PRODUCTION_ONLY:
        assert read(**{name: value})["SECRET_KEY"]
        return
    with pytest.raises(ImproperlyConfigured) as refusal:
        read(**mode | {name: value})
    sentence = str(refusal.value)
    assert sentence.startswith("FastTrack Desk cannot start")
    assert re.search(rf"\b{name}\b", sentence)
    assert "secret-word" not in sentence
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
SHAPES = st.one_of(
    TEXTS,
    st.builds("{}://{}".format, st.sampled_from(["postgres", "redis", "smtp", "https", "sqlite"]), TEXTS),
    st.builds("{}://{}:{}/{}?{}".format, st.sampled_from(["postgres", "redis", "smtp"]), TEXTS, TEXTS, TEXTS, TEXTS),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(SETTINGS - {"VAR_DIR", "STATIC_ROOT"})), value=SHAPES, production=st.booleans())
def test_whatever_a_variable_holds_the_desk_starts_or_names_it(read, name, value, production):
    try:
        read(**(PRODUCTION if production else LOCAL) | {name: value})
    except ImproperlyConfigured as refusal:
        assert re.search(rf"\b{name}\b", str(refusal))  # noqa: PT017


def test_sqlite_in_production_wants_to_be_allowed(read, tmp_path):
    there = {"DATABASE_URL": f"sqlite:///{tmp_path}/desk.sqlite3"}
    with pytest.raises(Unusable, match="set DATABASE_URL to a PostgreSQL .* ALLOW_SQLITE=1"):
        read(**PRODUCTION | there)
    allowed = read(**PRODUCTION | there, ALLOW_SQLITE="1")
    assert allowed["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"


@pytest.mark.parametrize("value", ["1", "true", "YES", " on "])
def test_production_by_any_word_for_yes_has_secure_cookies(read, value):
    assert read(**PRODUCTION | {"PRODUCTION": value})["SESSION_COOKIE_SECURE"] is True


@pytest.mark.parametrize("value", ["0", "false", "No", "off", ""])
def test_no_word_for_no_is_production(read, value):
    assert read(PRODUCTION=value)["PRODUCTION"] is False


def test_good_values_arrive_as_they_are(read):
    made = read(
        **PRODUCTION
        | {
            "ALLOWED_HOSTS": ".desk.example, 10.0.0.1,[::1]",
            "CSRF_TRUSTED_ORIGINS": "https://desk.example,https://*.desk.example:8443",
            "DATABASE_URL": "postgres://u:p%40ss@host:5433/name?sslmode=require&disable_server_side_cursors=True",
            "REDIS_URL": "rediss://:word@host:6380/4",
            "EMAIL_URL": "smtp+tls://user:word@host:587",
            "LOG_LEVEL": "info",
            "REMINDER_EVERY": "30",
        }
    )
    database = made["DATABASES"]["default"]
    assert made["ALLOWED_HOSTS"] == [".desk.example", "10.0.0.1", "[::1]"]
    assert made["CSRF_TRUSTED_ORIGINS"] == ["https://desk.example", "https://*.desk.example:8443"]
    assert (database["PASSWORD"], database["PORT"], database["OPTIONS"]["sslmode"]) == ("p@ss", 5433, "require")
    assert database["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert made["CELERY_BROKER_URL"] == "rediss://:word@host:6380/4"
    assert (made["EMAIL_HOST"], made["EMAIL_USE_TLS"]) == ("host", True)
    assert made["SITE_URL"] == "https://10.0.0.1"  # the first whole name
    assert made["LOGGING"]["root"]["level"] == "INFO"
    assert made["REMINDER_EVERY"].total_seconds() == 30


def test_a_process_that_cannot_start_ends_with_the_sentence_alone(tmp_path):
    given = environment(VAR_DIR=tmp_path, PRODUCTION="maybe", DJANGO_SETTINGS_MODULE="fasttrack.settings")
    done = run([sys.executable, "manage.py", "check"], given)
    assert done.returncode != 0
    assert done.stderr.strip().splitlines() == ["FastTrack Desk cannot start: set PRODUCTION to 1 or 0, not “maybe”."]
