"""Celery's doors to the services: a job is a shell, and running it twice does no harm."""

import smtplib
from datetime import timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from kombu.exceptions import OperationalError

from engagements.models import ImportBatch
from engagements.services import imports, reminders, summaries
from fasttrack.accounts import mails, sessions

# A round ends before the next but one begins; what is left is due in the next.
ROUND = timedelta(seconds=90)
ROUNDS_KEPT = timedelta(days=14)
# An import that takes longer lets other jobs go first.
IMPORT_TURN = timedelta(minutes=4)
log = structlog.get_logger("desk.jobs")


@shared_task(name="engagements.jobs.send_due_reminders")
def send_due_reminders() -> None:
    """Plans and sends reminders, every minute; several at once send nothing twice (DESIGN §6)."""
    now = timezone.now()
    reminders.sweep(now, until=now + ROUND)


@shared_task(name="engagements.jobs.rebuild_all_summaries")
def rebuild_all_summaries() -> None:
    """Draws the summary rows of lists anew, should one ever differ from the rules (DESIGN §3)."""
    summaries.rebuild_all()


@shared_task(name="engagements.jobs.clear_expired_sessions")
def clear_expired_sessions() -> None:
    """Forgets the sessions of people who signed in long ago, and where and with what they signed in."""
    call_command("clearsessions")
    sessions.forget_ended_sessions()


@shared_task(
    name="engagements.jobs.send_password_reset",
    autoretry_for=(OSError, smtplib.SMTPException),
    retry_backoff=10,
    max_retries=6,
)
def send_password_reset(address: str) -> None:
    """Mails everybody with that address a link to set a new password; nothing where nobody has it."""
    mails.send_password_reset(address)


@shared_task(name="engagements.jobs.forget_old_rounds")
def forget_old_rounds() -> None:
    """Forgets the rounds of reminders of some time ago; the reminders themselves stay."""
    reminders.forget_rounds(before=timezone.now() - ROUNDS_KEPT)


@shared_task(name="engagements.jobs.forget_old_uploads")
def forget_old_uploads() -> None:
    """Forgets spreadsheets that were uploaded to be imported: they hold customers, and have had their time."""
    imports.forget_batches(before=timezone.now() - settings.IMPORTS_KEPT)


@shared_task(name="engagements.jobs.work_on_import")
def work_on_import(batch_id: str) -> None:
    """Plans or applies an upload; of several at once, one works on it."""
    imports.work(batch_id=batch_id, until=timezone.now() + IMPORT_TURN)


@shared_task(name="engagements.jobs.continue_imports")
def continue_imports() -> None:
    """Goes on with the imports whose worker died, or whose message was lost; every minute."""
    for batch_id in imports.waiting():
        work_on_import.delay(str(batch_id))


def start_import(batch: ImportBatch) -> None:
    """Works on an upload: at once where it is small, else in a worker.

    Where the queue does not answer, ``continue_imports`` finds the upload once it does.
    """
    if batch.state != ImportBatch.State.READING and batch.total <= imports.PART:
        imports.work(batch_id=batch.pk)
        return
    try:
        work_on_import.apply_async([str(batch.pk)], retry=False)
    except OperationalError as error:
        log.warning("import waits for the queue", batch=str(batch.pk), error=repr(error))
