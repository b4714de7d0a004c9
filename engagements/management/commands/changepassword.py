"""Django's command, told to the audit log."""

from django.contrib.auth.management.commands import changepassword
from django.db import transaction

from engagements.models import User
from engagements.services import audit


class Command(changepassword.Command):
    def handle(self, *args, **options):
        with transaction.atomic():
            before = dict(User.objects.values_list("pk", "password"))
            done = super().handle(*args, **options)
            for pk, password in User.objects.values_list("pk", "password"):
                if before.get(pk) != password:
                    audit.record(audit.Action.PASSWORD_SET, f"user:{pk}", by=None)
        return done
