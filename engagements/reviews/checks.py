"""The check that the series of reviews of a tenant and its customer answer."""

import re
from typing import TYPE_CHECKING

from engagements.checks import register
from engagements.gate_input import Fact, FactPage
from playbook.checks import CheckKind
from playbook.spec import ServiceRef

if TYPE_CHECKING:
    from engagements.walk import Walk


def _review(kind: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """A series of reviews of a kind is agreed with the tenant or its customer (DOMAIN §7)."""
    series = walk.series_of(kind)
    if series is None:
        return Fact(
            False,
            "No such series of reviews is agreed yet.",
            FactPage("engagement_reviews", f"agree-{kind}", (("agree", kind),)),
        )
    following = f"the next one is on {series.next_on:%-d %b}" if series.next_on else "none is planned at the moment"
    return Fact(True, f"Agreed on {series.agreed_on:%-d %b}; {following}.")


# Admins make kinds of reviews, so any word will do.
register(
    CheckKind(
        "review",
        pattern=re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*"),
        usage="review:<kind>",
        say=lambda kind, step_titles: f"a series of {kind.replace('-', ' ')} reviews is agreed",
    ),
    _review,
)
