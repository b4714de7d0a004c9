"""Draws the summary row of every engagement anew; lists filter and sort by these rows."""

from django.core.management.base import BaseCommand

from engagements.services.summaries import rebuild_all


class Command(BaseCommand):
    help = "Draws the summary row of every engagement anew. Safe at any time."

    def handle(self, **options):
        count = rebuild_all()
        self.stdout.write(f"{count} {'summary' if count == 1 else 'summaries'} redrawn.")
