"""Django's command, told to the audit log: a new superuser is never there without a row."""

from django.contrib.auth.management.commands import createsuperuser

from engagements.services.audit import rights_recorded


class Command(createsuperuser.Command):
    def handle(self, *args, **options):
        with rights_recorded(by=None, users=None):
            return super().handle(*args, **options)
