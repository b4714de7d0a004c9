from datetime import UTC, date, datetime, time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from engagements.services import reminders


class Command(BaseCommand):
    help = "Plans the reminders around a day and sends what is due by its end; without a day, what is due now."

    def add_arguments(self, parser):
        parser.add_argument("--on", metavar="YYYY-MM-DD", help="The day; everything due by its end (UTC) is sent.")

    def handle(self, *args, on=None, **options):
        done = reminders.sweep(self._end_of(on) if on else timezone.now())
        self.stdout.write(
            f"{done.planned} planned, {done.sent} sent, {done.dropped} not sent for a reason, "
            f"{done.failed} to be tried again."
        )
        if done.error:
            raise CommandError(done.error)

    def _end_of(self, text: str) -> datetime:
        try:
            return datetime.combine(date.fromisoformat(text), time.max, tzinfo=UTC)
        except ValueError:
            raise CommandError(f"“{text}” is not a day. Give one such as 2026-05-27.") from None
