"""Asks the rules about every receipt again (DESIGN §3)."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from engagements.selectors.verification import judged_receipts, shaken_steps


class Command(BaseCommand):
    help = (
        "Re-evaluates every receipt on what it keeps, and says how many completed steps live data would no longer "
        "let pass. Ends with status 1 if a receipt fails. Changes nothing."
    )

    def handle(self, **options):
        checked, failed = 0, []
        for receipt, why in judged_receipts():
            checked += 1
            if why:
                failed.append(receipt.pk)
                self.stderr.write(
                    f"Receipt {receipt.pk} for {receipt.step_key} in engagement {receipt.engagement_id}: {why}."
                )
        self.stdout.write(f"{checked} receipts checked, {checked - len(failed)} pass.")
        self.stdout.write(f"{shaken_steps(timezone.localdate())} completed steps no longer hold on live data.")
        if failed:
            raise CommandError(f"{len(failed)} of {checked} receipts fail: {', '.join(map(str, failed))}.")
