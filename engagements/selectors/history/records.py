"""Sentences about the record of a customer and of a tenant: health, winner, competitors, partners and the rest."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import reverse

from engagements.models import CompeteSignal, Customer, EnterpriseStatus, Event, HealthRating, Partner, Tenant
from engagements.selectors.history.told import Sentence, Told, day, listed, number


def customer(event: Event, _: str, told: Told) -> Sentence:
    kept = set() if told.internal else {"mindset"}
    before, after = (
        _words(Customer, {name: value for name, value in values.items() if name not in kept}, told)
        for values in (event.before, event.after)
    )
    return Sentence(f"{event.verb} the customer", _customer_page(told), before, after)


def winner(event: Event, _: str, told: Told) -> Sentence:
    """A tenant that the reader may not see is not named."""
    words = {told.walk.engagement.tenant_id: "this tenant", None: "not decided"}
    before, after = (words.get(values.get("winner"), "another tenant") for values in (event.before, event.after))
    return Sentence("chose the winner tenant", _customer_page(told), before, after)


def health(event: Event, about: str, told: Told) -> Sentence:
    colours = dict(HealthRating.Colour.choices)
    before, after = (colours.get(values.get("colour"), "Not rated") for values in (event.before, event.after))
    group = number(about.rpartition(":")[2])
    what = "the health" if group == HealthRating.Group.OVERALL else f"the health of {HealthRating.Group(group).label}"
    url = _customer_page(told, "h-health")
    if event.verb == "took back":
        return Sentence(f"took back a rating of {what}", url, before, after)
    why = told.name("rating", event.after.get("rating"), "")
    if before == after:
        return Sentence(f"confirmed {what}", url, after=f"{after}: {why}" if why else after)
    return Sentence(f"rated {what}", url, before, f"{after}: {why}" if why else after)


def enterprise_status(event: Event, _: str, told: Told) -> Sentence:
    """What leadership reads is not for partners."""
    if not told.internal:
        return Sentence("wrote the enterprise status")
    named = dict(EnterpriseStatus.Status.choices)
    before = named.get(event.before.get("status"), "")
    after = f"{named.get(event.after.get('status'), '')}, next update {day(event.after.get('next'))}"
    url = reverse("enterprise_status", args=[told.walk.engagement.tenant.customer_id]) if told.walk else ""
    return Sentence("wrote the enterprise status", url, before, after)


def compete(event: Event, _: str, told: Told) -> Sentence:
    if not told.internal:
        return Sentence(f"{event.verb} a product that competes")
    before, after = (_words(CompeteSignal, values, told) for values in (event.before, event.after))
    return Sentence(f"{event.verb} a product that competes", _customer_page(told, "compete"), before, after)


def tenant(event: Event, _: str, told: Told) -> Sentence:
    if event.verb == "added":
        return Sentence("added the tenant", after=", ".join(event.after.get("services", [])))
    before, after = (_words(Tenant, values, told) for values in (event.before, event.after))
    return Sentence(f"{event.verb} the tenant", told.page("engagement_tenant"), before, after)


def partner(event: Event, _: str, told: Told) -> Sentence:
    before, after = (_words(Partner, values, told) for values in (event.before, event.after))
    return Sentence(f"{event.verb} a partner company", told.page("engagement_tenant", at="partners"), before, after)


def _customer_page(told: Told, at: str = "") -> str:
    address = reverse("customer_detail", args=[told.walk.engagement.tenant.customer_id])
    return f"{address}#{at}" if at else address


def _words(model: type[models.Model], values: Mapping[str, Any], told: Told) -> str:
    """ "region EMEA, expected progress due 30 Jun 2026": the values of a record as its page calls them."""
    return listed(_word(model, name, value, told) for name, value in values.items())


def _word(model: type[models.Model], name: str, value: Any, told: Told) -> str:
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:  # a name of another version, or of the admin
        return f"{name.replace('_', ' ')} {value}"
    label = str(getattr(field, "verbose_name", name))
    if name == "success_owner":
        said = told.contact(value)
    elif isinstance(value, list):
        said = ", ".join(value) or "none"
    elif isinstance(value, bool):
        said = "yes" if value else "no"
    elif isinstance(field, models.DateField) and isinstance(value, str) and value:
        said = day(value) if _is_day(value) else value
    else:
        said = str(dict(getattr(field, "flatchoices", None) or ()).get(value, value))
    return f"{label} {'empty' if said in ('', 'None') else said}"


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
