"""Log lines: each says which request or job it belongs to, and none holds a name, an address or a token.

Production writes JSON, a line per event; elsewhere the same is written for people to read. A request gets an id,
which its answer carries as ``X-Request-ID``; a job that it starts carries the same id beside its own.
"""

import logging.config
import re
import time
import uuid
from typing import Any

import structlog
from celery import signals
from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

HEADER = "X-Request-ID"
QUIET = ("healthz", "readyz")  # asked every few seconds; who asks sees the answer
# The tokens of calendars and of reset mails are keys, and servers of others put mail addresses into what they
# complain about.
SECRETS = (
    (re.compile(r"(/calendar/)(?!<)[^\s/\"'?]+"), r"\1…"),
    (re.compile(r"(/password/reset/key/)(?!done/)[^\s/\"'?(]+"), r"\1…"),
    (re.compile(r"(?<![\w.+-])(?!celery@)[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "…@…"),
)


def masked(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Takes out of every text what must not stand in a log."""
    for name, value in event.items():
        if isinstance(value, str):
            for pattern, instead in SECRETS:
                value = pattern.sub(instead, value)
            event[name] = value
    return event


SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
requests = structlog.get_logger("desk.requests")
jobs = structlog.get_logger("desk.jobs")


def formatter(*, as_json: bool) -> structlog.stdlib.ProcessorFormatter:
    """Draws our lines and those of Django, Celery and every other library alike."""
    drawn = structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            masked,
            drawn if as_json else structlog.dev.ConsoleRenderer(colors=False),
        ],
    )


LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def configuration(*, as_json: bool, level: str) -> dict[str, Any]:
    """For LOGGING: ``level`` for libraries; what requests and jobs do is always told."""
    told = {name: {"level": "INFO"} for name in ("desk", "celery")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter, "as_json": as_json}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": told | {"celery.app.trace": {"level": "WARNING"}, "celery.worker.strategy": {"level": "WARNING"}},
    }


class RequestLogMiddleware:
    """One line per request: which address by its pattern, not by what was asked; who by number; how long it took."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        clear_contextvars()
        request_id = uuid.uuid4().hex
        bind_contextvars(request_id=request_id)
        began = time.monotonic()
        answer = self.get_response(request)
        bind_contextvars(request_id=request_id)  # again, should a job have run within the request, as in tests
        answer[HEADER] = request_id
        self._tell(request, answer, began)
        return answer

    def _tell(self, request: HttpRequest, answer: HttpResponse, began: float) -> None:
        match = request.resolver_match
        if match and match.url_name in QUIET and answer.status_code < 400:
            return
        # Only who is known by now: to ask for the user would read the session, and with it the database.
        user = getattr(request, "_cached_user", None)
        requests.info(
            "request",
            method=request.method,
            route=f"/{match.route}" if match else "none",
            status=answer.status_code,
            ms=_since(began),
            user=user.pk if user else None,
        )


@receiver(request_finished)
def end_request(**given) -> None:
    """Not before: what Django itself says of an answer comes after all middleware."""
    clear_contextvars()


@signals.setup_logging.connect
def log_as_everywhere(**given) -> None:
    """Celery would set up lines of its own."""
    logging.config.dictConfig(settings.LOGGING)


@signals.before_task_publish.connect
def pass_request_on(headers: dict[str, Any] | None = None, **given) -> None:
    if headers is not None and (request_id := get_contextvars().get("request_id")):
        headers["request_id"] = request_id


@signals.task_prerun.connect
def begin_job(task_id: str, task: Any, **given) -> None:
    clear_contextvars()
    bind_contextvars(job_id=task_id, job=task.name)
    if request_id := getattr(task.request, "request_id", None):
        bind_contextvars(request_id=request_id)
    task.request.began = time.monotonic()


@signals.task_postrun.connect
def end_job(task: Any, state: str | None = None, **given) -> None:
    jobs.info("job", state=state or "ended", ms=_since(getattr(task.request, "began", time.monotonic())))
    clear_contextvars()


def _since(began: float) -> int:
    return round(1000 * (time.monotonic() - began))
