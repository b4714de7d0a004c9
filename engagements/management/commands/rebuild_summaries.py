"""Draws the summary row of every engagement anew; lists filter and sort by these rows."""

from django.core.management.base import BaseCommand

from engagements.services.summaries import rebuild_all


class Command(BaseCommand):
    help = "Draws the summary row of every engagement anew. Safe at any time."

    def handle(self, **options):
        self.stdout.write(f"{rebuild_all()} summaries rebuilt.")
