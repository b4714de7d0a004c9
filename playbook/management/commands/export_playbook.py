"""Prints a whole edition as JSON, in the shape that `import_playbook --json` prints (DESIGN §9)."""

import json

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from playbook.document import of_edition
from playbook.models import Edition


class Command(BaseCommand):
    help = "Prints a whole edition as JSON on standard output."

    def add_arguments(self, parser):
        parser.add_argument("edition", metavar="EDITION", help="Its name")

    def handle(self, *, edition, **options):
        try:
            found = Edition.objects.filter(name=edition).first()
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"The database says: {error}. Run `manage.py migrate`.") from None
        if found is None:
            names = ", ".join(f"“{name}”" for name in Edition.objects.values_list("name", flat=True)[:20])
            raise CommandError(
                f"There is no edition “{edition}”. " + (f"There are {names}." if names else "Import one.")
            )
        self.stdout.write(json.dumps(of_edition(found), ensure_ascii=False, indent=2))
