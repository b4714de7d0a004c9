"""Django's command, told to the audit log."""

import getpass

from django.contrib.auth.management.commands import changepassword

from engagements.models import User
from engagements.services import audit
from engagements.services.locking import hold, writing


class Command(changepassword.Command):
    def handle(self, *args, **options):
        name = options["username"] or getpass.getuser()
        with writing():
            before = {user.pk: user.password for user in hold(User.objects.filter(username=name))}
            done = super().handle(*args, **options)
            for pk, password in User.objects.filter(pk__in=before).values_list("pk", "password"):
                if before[pk] != password:
                    audit.record(audit.Action.PASSWORD_SET, f"user:{pk}", by=None)
        return done
