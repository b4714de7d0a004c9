"""Writes the words of every note anew; the library finds notes by them."""

from django.core.management.base import BaseCommand

from engagements.services.note_words import rebuild_all


class Command(BaseCommand):
    help = "Writes the words anew by which the library finds notes. Safe at any time."

    def handle(self, **options):
        count = rebuild_all()
        self.stdout.write(f"The words of {count:,} {'note' if count == 1 else 'notes'} written anew.")
