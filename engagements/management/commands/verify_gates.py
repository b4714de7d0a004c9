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
        passed, shaken = checked - len(failed), shaken_steps(timezone.localdate())
        self.stdout.write(
            f"{checked} {_one(checked, 'receipt')} checked, {passed} {'passes' if passed == 1 else 'pass'}."
        )
        verb = "holds" if shaken == 1 else "hold"
        self.stdout.write(f"{shaken} completed {_one(shaken, 'step')} no longer {verb} on live data.")
        if failed:
            verb = "fails" if len(failed) == 1 else "fail"
            raise CommandError(f"{len(failed)} of {checked} receipts {verb}: {', '.join(map(str, failed))}.")


def _one(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
