"""Celery's doors to the services: a job is a shell, and running it twice does no harm."""

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from engagements.services import imports, reminders, summaries

# A round ends before the next but one begins; what is left is due in the next.
ROUND = timedelta(seconds=90)
ROUNDS_KEPT = timedelta(days=14)
UPLOADS_KEPT = timedelta(days=2)


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
    """Forgets the sessions of people who signed in long ago."""
    call_command("clearsessions")


@shared_task(name="engagements.jobs.forget_old_rounds")
def forget_old_rounds() -> None:
    """Forgets the rounds of reminders of some time ago; the reminders themselves stay."""
    reminders.forget_rounds(before=timezone.now() - ROUNDS_KEPT)


@shared_task(name="engagements.jobs.forget_old_uploads")
def forget_old_uploads() -> None:
    """Forgets spreadsheets that were uploaded to be imported: they hold customers, and have had their time."""
    imports.forget_batches(before=timezone.now() - UPLOADS_KEPT)
