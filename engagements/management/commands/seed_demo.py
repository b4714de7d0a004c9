"""Makes a believable demo: users, customers, engagements in every phase that has steps."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from engagements.demo.customers import FIRST_TPID, DemoCustomers
from engagements.demo.handovers import offer_one
from engagements.demo.notes import write_some
from engagements.demo.people import DemoTeams, demo_people
from engagements.demo.progress import DemoProgress
from engagements.models import Customer, Engagement
from engagements.services.audit import rights_recorded
from playbook.models import Edition

CHUNK = 200


class Command(BaseCommand):
    help = "Makes demo users (password fasttrack-demo) and demo customers. Never on a production database."

    def add_arguments(self, parser):
        parser.add_argument("--tenants", type=int, default=40, help="How many tenants; 40 by default.")
        parser.add_argument("--seed", type=int, default=1, help="The same seed makes the same demo.")
        parser.add_argument("--if-empty", action="store_true", help="Do nothing when there are customers already.")

    def handle(self, *args, tenants: int, seed: int, if_empty: bool, **options):
        if not (settings.DEBUG or settings.DEMO_DATA):
            raise CommandError("Demo users have a published password. Set DEMO_DATA=1 to make them all the same.")
        if if_empty and Customer.objects.exists():
            self.stdout.write("There are customers already; nothing was made.")
            return
        edition = Edition.objects.filter(status=Edition.Status.PUBLISHED).first()
        if edition is None:
            raise CommandError("No edition is published. Run: manage.py import_playbook fixtures/playbook --publish")
        if Customer.objects.filter(tpid__gte=FIRST_TPID, tpid__lt=FIRST_TPID + tenants).exists():
            raise CommandError("Demo customers are there already. Start from an empty database to make them anew.")
        today = timezone.localdate()
        with rights_recorded(by=None, users=None, groups=None):
            people = demo_people()
        teams = DemoTeams(people, tenants)
        customers = DemoCustomers(edition, teams, today, seed)
        progress = DemoProgress(teams, today, seed, deep=min(tenants, 400))
        for start in range(0, tenants, CHUNK):
            with transaction.atomic():
                made = customers.make(start, min(start + CHUNK, tenants))
                progress.make(made, start)
                if start == 0:
                    first = Engagement.objects.filter(pk__in=[row.pk for row in made]).order_by("pk")
                    offer_one(first, teams.people, today)
                    write_some(first, teams.people, today)
            if tenants > CHUNK:
                self.stdout.write(f"{start + len(made)} of {tenants} tenants", ending="\r")
                self.stdout.flush()
        self.stdout.write(f"{tenants} demo tenants on edition {edition}. Sign in as fm, password fasttrack-demo.")
