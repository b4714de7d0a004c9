"""What a supervisor asks: is this process alive, and can it work? Both answer without signing in.

``/healthz`` touches nothing, so that a database outage does not get healthy web processes restarted.
``/readyz`` asks the database and the broker, so that a proxy sends people only where pages can be made.
"""

import logging
import os
from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

BROKER_PATIENCE = 2  # seconds


@login_not_required
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "alive"})


@login_not_required
@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when everything answers; otherwise 503 and a sentence that names what does not."""
    down = [name for name, ask in PARTS.items() if not _answers(name, ask)]
    if down:
        names = " and ".join(f"the {name}" for name in down)
        sentence = f"Not ready: {names} {'does' if len(down) == 1 else 'do'} not answer."
        return JsonResponse({"status": "down", "down": down, "message": sentence}, status=503)
    return JsonResponse({"status": "ready"})


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def ask_broker() -> None:
    if settings.REDIS_URL:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=BROKER_PATIENCE, socket_timeout=BROKER_PATIENCE
        ) as client:
            client.ping()
        return
    folder = settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"]
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise OSError(f"The queue folder {folder} cannot be written.")


PARTS: dict[str, Callable[[], None]] = {"database": ask_database, "broker": ask_broker}


def _answers(name: str, ask: Callable[[], None]) -> bool:
    try:
        ask()
    except Exception:
        # The details may name hosts and users, so they go to the log and not to whoever asked.
        logger.exception("The %s does not answer", name)
        return False
    return True
