"""The check that the QuickLeads referral of an engagement answers."""

from typing import TYPE_CHECKING

from engagements.checks import register
from engagements.gate_input import Fact, FactPage
from engagements.selectors.words import count
from playbook.checks import CheckKind
from playbook.spec import ServiceRef

if TYPE_CHECKING:
    from engagements.walk import Walk


def _referral(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """983: a referral was sent, and none is open."""
    referrals = walk.engagement.referral_rows
    page = FactPage("referral_detail")
    current = next((row for row in referrals if row.closed_on is None), None)
    sent = next((row for row in referrals if row.sent_on), None)
    if current and current.sent_on:
        left = f"{current.unheard} of {count(current.proposed, 'partner')} without an outcome"
        return Fact(False, f"The referral sent on {current.sent_on:%-d %b} is open, {left}.", page)
    if current:
        return Fact(False, "A referral is begun and not sent yet.", page)
    if sent:
        return Fact(True, f"A referral was sent on {sent.sent_on:%-d %b}, and none is open.")
    return Fact(False, "No referral was sent yet.", page)


register(CheckKind("referral", says={"": "a QuickLeads referral was sent and none is open"}), _referral)
