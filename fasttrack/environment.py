"""Reads environment variables, and refuses a value that cannot be used with a sentence that names the variable.

``env = Environment()`` in settings.py; then ``env.boolean("DEBUG")``, ``env.number("PORT", default=8000)``. An empty
variable counts as one that is not set. Values of secrets and of addresses, which hold passwords, are not repeated in
the sentence.
"""

import email.utils
import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import environ
import psycopg2
import psycopg2.extensions
import redis.connection
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
SHORTEST_KEY, FEWEST_CHARACTERS = 32, 10
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
_KEY = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
_OF_DJANGO = {"assume_role", "isolation_level", "pool", "server_side_binding"}  # options that libpq does not know


class CannotStart(ImproperlyConfigured):
    """The settings do not fit together; the message says which variable to set."""


class Unusable(CannotStart):
    """A variable that is missing or cannot be used; the message says which, and what to set it to."""

    def __init__(self, name: str, what: str):
        self.name = name
        super().__init__(f"FastTrack Desk cannot start: set {name} to {what}")


class Environment:
    """The environment variables of this process, typed. Every reader raises ``Unusable`` for a value it cannot use.

    ``names`` holds the variables that were read.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()

    def read_env(self, path: Path) -> None:
        """Takes what the environment does not give from a file of ``NAME=value`` lines."""
        try:
            environ.Env.read_env(path)
        except UnicodeDecodeError:
            raise CannotStart(f"FastTrack Desk cannot start: save {path.name} as text in UTF-8.") from None

    def text(self, name: str, default: str = "") -> str:
        """The value without surrounding white space, or ``default`` where there is none."""
        self.names.add(name)
        return os.environ.get(name, "").strip() or default

    def boolean(self, name: str, default: bool = False) -> bool:
        value = self.text(name).lower()
        if value and value not in (*YES, *NO):
            raise Unusable(name, f"1 or 0, not {_quoted(value)}.")
        return value in YES if value else default

    def number(self, name: str, default: int, *, at_least: int = 1, at_most: int = 1_000_000) -> int:
        value = self.text(name)
        if not value:
            return default
        if not re.fullmatch(r"-?[0-9]{1,12}", value) or not at_least <= int(value) <= at_most:
            raise Unusable(name, f"a whole number from {at_least} to {at_most}, not {_quoted(value)}.")
        return int(value)

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        """One of some words in capitals, however it was capitalised."""
        value = self.text(name, default).upper()
        if value not in choices:
            raise Unusable(name, f"one of {', '.join(choices)}, not {_quoted(value)}.")
        return value

    def words(self, name: str, default: Collection[str] = ()) -> list[str]:
        """Words separated by commas."""
        given = self.text(name)
        return [word.strip() for word in given.split(",") if word.strip()] if given else list(default)

    def hosts(self, name: str, default: Collection[str] = (), *, wildcards: str = "") -> list[str]:
        """Host names separated by commas. ``wildcards`` are those marks among ``*`` and ``.`` that may be used:
        ``*`` for every host, ``.`` before a name for the hosts below it.
        """
        found = self.words(name, default)
        what = "host names separated by commas, such as desk.example.org"
        for host in found:
            if host == "*" and "*" in wildcards:
                continue
            if host == "*":
                raise Unusable(name, f"{what}. * lets anyone choose the host name that links in mail lead to.")
            if not _HOST.fullmatch(host.removeprefix("." if "." in wildcards else "")):
                raise Unusable(name, f"{what}, not {_quoted(host)}.")
        if not found:
            raise Unusable(name, f"{what}.")
        return found

    def web_address(self, name: str, default: str = "") -> str:
        """The ``https://host`` or ``http://host:port`` of a site, without a slash at the end."""
        value = self.text(name, default)
        if value:
            self._origin(name, value)
        return value.rstrip("/")

    def web_addresses(self, name: str) -> list[str]:
        """Addresses of sites separated by commas; a host may begin with ``*.``"""
        found = self.words(name)
        for value in found:
            self._origin(name, value.replace("://*.", "://", 1))
        return [value.rstrip("/") for value in found]

    def mail_address(self, name: str, default: str) -> str:
        """An address with or without a name, such as ``Desk <desk@example.org>``."""
        value = self.text(name, default)
        try:
            validate_email(email.utils.parseaddr(value)[1])
            if "\n" in value or "\r" in value:
                raise ValidationError("lines")
        except ValidationError:
            what = f"an email address, such as FastTrack Desk <desk@example.org>, not {_quoted(value)}."
            raise Unusable(name, what) from None
        return value

    def folder(self, name: str, default: Path, *, make: bool = True) -> Path:
        """A folder by its absolute path, made where it is not there unless ``make`` is False."""
        path = Path(self.text(name) or default).resolve()
        try:
            if not next(place for place in (path, *path.parents) if place.exists()).is_dir():
                raise NotADirectoryError
            if make:
                path.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise Unusable(name, f"a folder that this process can create and write; {path} is none.") from None
        return path

    def secret_key(self, name: str, *, may_be_weak: bool) -> str:
        """A key that signs sessions; one that could be guessed is refused unless it may be weak."""
        value = self.text(name)
        if value and not may_be_weak and (len(value) < SHORTEST_KEY or len(set(value)) < FEWEST_CHARACTERS):
            raise Unusable(name, f"at least {SHORTEST_KEY} random characters; this one could be guessed. {_KEY}")
        return value

    # Addresses of services -----------------------------------------------------------------------------

    def database(self, name: str) -> dict[str, Any]:
        """A PostgreSQL or SQLite database as Django's settings want it, empty where no address is given."""
        value = self.text(name)
        if not value:
            return {}
        what = "the address of a database, such as postgres://user:password@host:5432/name or sqlite:////path/to/file"
        parts = _split(name, value, ("postgres", "postgresql", "psql", "pgsql", "sqlite"), what)
        if parts.scheme == "sqlite" and parts.netloc:
            raise Unusable(name, f"{what}; the path of a file follows three slashes.")
        try:
            config = environ.Env.db_url_config(value)
        except (ValueError, TypeError):
            raise Unusable(name, f"{what}.") from None
        if not config["NAME"]:
            raise Unusable(name, f"{what}; the name of the database is missing.")
        if parts.scheme != "sqlite":
            options = config.get("OPTIONS", {})
            try:
                psycopg2.extensions.make_dsn(**{key: options[key] for key in options.keys() - _OF_DJANGO})
            except (psycopg2.Error, TypeError):
                raise Unusable(name, f"{what}; an option behind its ? is not known to PostgreSQL.") from None
            if not str(options.get("connect_timeout", 0)).isdecimal():
                raise Unusable(name, f"{what}; connect_timeout behind its ? is a number of seconds.")
        return config

    def redis(self, name: str) -> str:
        """The address of a Redis, or nothing where none is given."""
        value = self.text(name)
        if not value:
            return ""
        what = "the address of a Redis, such as redis://host:6379/0"
        parts = _split(name, value, ("redis", "rediss"), what)
        database = parts.path.strip("/")
        if not parts.hostname or (database and not database.isdecimal()):
            raise Unusable(name, f"{what}; host and a number of the database are wanted.")
        try:
            redis.connection.parse_url(value)
        except (ValueError, TypeError):
            raise Unusable(name, f"{what}.") from None
        return value

    def mail_server(self, name: str) -> dict[str, Any]:
        """Django's settings of a mail server by its address, empty where none is given."""
        value = self.text(name)
        if not value:
            return {}
        what = "the address of a mail server, such as smtp+tls://user:password@host:587"
        parts = _split(name, value, tuple(environ.Env.EMAIL_SCHEMES), what)
        if parts.scheme.startswith("smtp") and not parts.hostname:
            raise Unusable(name, f"{what}; the host is missing.")
        try:
            return environ.Env.email_url_config(value)
        except (ValueError, TypeError):
            raise Unusable(name, f"{what}.") from None

    def _origin(self, name: str, value: str) -> None:
        what = "the address of a site, such as https://desk.example.org"
        parts = _split(name, value, ("http", "https"), what)
        if not _HOST.fullmatch(_bracketed(parts.hostname or "")) or parts.path.strip("/") or parts.query:
            raise Unusable(name, f"{what}, not {_quoted(value)}.")
        if parts.fragment or "@" in parts.netloc:
            raise Unusable(name, f"{what}, without a user name and without #.")


def _split(name: str, value: str, schemes: Collection[str], what: str) -> SplitResult:
    """The parts of an address, whose scheme and port were looked at."""
    try:
        parts = urlsplit(value)
        fits = parts.scheme in schemes and "://" in value and not re.search(r"\s", value)
        fits = fits and parts.port != 0  # reading the port raises ValueError where it is no number
    except ValueError:
        fits = False
    if not fits:
        raise Unusable(name, f"{what}.")
    return parts


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _quoted(value: str) -> str:
    return f"“{value if len(value) <= 60 else value[:57] + '…'}”"
