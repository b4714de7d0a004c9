"""What ``customer_safe`` has to know from settings and records: hosts, colleagues, and what a text comes from."""

from collections.abc import Collection, Iterable, Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q

from engagements.customer_safe import NAMES, NEVER, Disclosure, Origin, internal_parts_of
from engagements.internal_parts import internal_hosts
from engagements.models import Assignment, CadenceRule, Contact, Customer, Review, User
from engagements.services.refusals import Refused
from playbook.models import Requirement, Step

REVIEW = "review:"


def hosts() -> tuple[str, ...]:
    """What customers do not reach: what the settings name, and the desk itself."""
    own = urlsplit(settings.SITE_URL).hostname or ""
    return internal_hosts(settings.INTERNAL_HOSTS, (own, *settings.ALLOWED_HOSTS))


def disclosure(
    customer: Customer,
    *,
    sender: User | None = None,
    users: Iterable[User] = (),
    mentioned: Mapping[str, str] | None = None,
    numbers: Collection[int] = (),
) -> Disclosure:
    """The rules for texts that go to ``customer``. Whoever sends a mail signs it, so ``sender`` keeps the name.

    Two queries where colleagues are not shown by name, none otherwise. ``users`` are people who may be named
    without an assignment, such as the author of a note.
    """
    shown_as = settings.COLLEAGUES_SHOWN_AS
    known = {} if shown_as == NAMES else _colleagues(customer, users)
    if sender:
        known = {name: role for name, role in known.items() if name not in (str(sender), sender.email)}
    return Disclosure(hosts(), shown_as, known, dict(mentioned or {}), frozenset(numbers))


def refuse_internal(texts: Mapping[str, str], rules: Disclosure) -> None:
    """Raises Refused where a mail to a customer holds what customers cannot open or should not read; by field."""
    for field, text in texts.items():
        if found := internal_parts_of(text, rules):
            named = ", ".join(f"“{one}”" for one in found[:3])
            raise Refused(f"Customers cannot open or should not read {named}. Remove it or reword it.", field)


def is_for_customers(review: Review) -> bool:
    """Whether customers may attend the review, and so may get what comes out of it."""
    return review.series.rule.customer != NEVER


def origins_of_steps(steps: Collection[Step]) -> dict[int, Origin]:
    """Step id → where its title comes from: the audience of its page, and the reviews that it sets up.

    Two queries, however many steps; each step needs its ``process`` at hand.
    """
    rows = Requirement.objects.filter(step__in=[step.pk for step in steps])
    kinds: dict[int, set[str]] = {}
    for step_id, checks in rows.values_list("step", "checks"):
        found = {check.removeprefix(REVIEW) for check in checks if check.startswith(REVIEW)}
        kinds.setdefault(step_id, set()).update(found)
    asked = {kind for found in kinds.values() for kind in found}
    attends = dict(CadenceRule.objects.filter(kind__in=asked).values_list("kind", "customer")) if asked else {}
    return {
        step.pk: Origin(
            audience=step.process.audience,
            reviews=tuple(attends[kind] for kind in sorted(kinds.get(step.pk, ())) if kind in attends),
        )
        for step in steps
    }


def _colleagues(customer: Customer, users: Iterable[User]) -> dict[str, str]:
    """Name and e-mail address of everyone on our side → role: who is assigned, and contacts at Microsoft."""
    found: dict[str, str] = {}
    people = [(str(user), user.email, "") for user in users]
    at = Q(customer=customer) | Q(tenant__customer=customer)
    rows = Assignment.objects.filter(at).select_related("user", "role").order_by("role__position", "pk")
    people += [(str(row.user), row.user.email, row.role.name) for row in rows]
    contacts = Contact.objects.known().filter(customer=customer, kind=Contact.Kind.MICROSOFT)
    people += [(one.name, one.email, one.get_ms_role_display()) for one in contacts]
    for name, email, role in people:
        for key in filter(None, (name, email)):
            found[key] = found.get(key) or role
    return found
