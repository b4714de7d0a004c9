"""Doing several things at the same moment, each in a thread and on a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection

from engagements.gate import GateClosed
from engagements.models import Evidence
from engagements.services.refusals import AlreadyCompleted, Refused

TOLD = (AlreadyCompleted, Refused, GateClosed, Evidence.DoesNotExist)


def at_once(*doings: Callable[[], object]) -> list[object]:
    """What each returned or was told, in their order; anything else that is raised fails the test."""
    gate, answers = threading.Barrier(len(doings)), [None] * len(doings)

    def run(at: int, do: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=10)
            answers[at] = do()
        except TOLD as told:
            answers[at] = told
        except Exception as error:  # noqa: BLE001 (handed to the test's own thread)
            answers[at] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for answer in answers:
        if isinstance(answer, Exception) and not isinstance(answer, TOLD):
            raise answer
    return answers
