"""Loads the words every part speaks in, and the groups of people. Safe to run at every start."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from engagements.groups import ensure_groups
from engagements.services.audit import rights_recorded
from engagements.services.cadences import ensure_cadences
from engagements.services.note_guides import ensure_guides
from engagements.services.referrals import ensure_template
from tasks.loading import BUNDLED, CannotLoad, load_taxonomies
from tasks.products import load_products


class Command(BaseCommand):
    help = (
        "Loads roles, services, motions, engagement models and task guidance from a TOML file, and creates the "
        "licence products, the groups, the mail of a referral, the rules of reviews, and the guide and templates of "
        "notes. Creates what is missing and fills empty fields; never overwrites what an administrator changed."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="?", type=Path, default=BUNDLED, help="Default: fixtures/catalogue.toml")

    def handle(self, *, path, **options):
        try:
            loaded = load_taxonomies(path)
            # The bundled products bring services of the bundled catalogue; another file may have others.
            products = load_products() if path == BUNDLED else 0
        except CannotLoad as error:
            raise CommandError(str(error)) from None
        with rights_recorded(by=None, groups=None):
            ensure_groups()
        ensure_template()
        try:
            reviews = ensure_cadences()
        except CannotLoad as error:
            raise CommandError(str(error)) from None
        created = loaded.created + products + reviews + ensure_guides()
        self.stdout.write(
            f"Catalogue: {created} created, {loaded.filled} completed; what administrators changed was kept."
            if created or loaded
            else "Catalogue: everything is there; nothing was changed."
        )
