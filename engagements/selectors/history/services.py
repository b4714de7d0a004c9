"""Sentences about the services of a tenant: DIBS and SSAT, entitlements, enabling, the scope."""

from collections.abc import Mapping
from typing import Any

from engagements.models import AdoptionRecord, Event
from engagements.selectors.history.told import Sentence, Told, day, field_word, number


def adoption(event: Event, pk: str, told: Told) -> Sentence:
    name, url = _service(pk, told)
    if event.verb == "confirmed":
        return Sentence(f"confirmed the DIBS of {name} with the customer", url)
    before, after = (_adoption_values(values, told) for values in (event.before, event.after))
    return Sentence(f"recorded DIBS and SSAT of {name}", url, before, after)


def slices(event: Event, pk: str, told: Told) -> Sentence:
    name, url = _service(pk, told)
    before, after = (values.get("words", "") for values in (event.before, event.after))
    return Sentence(f"placed the entitlements of {name}", url, before, after)


def service(event: Event, pk: str, told: Told) -> Sentence:
    name, url = _service(pk, told)
    if event.verb == "enabled":
        return Sentence(f"enabled {name} as of {day(event.after.get('enabled_on'))}", url)
    if event.verb in ("took into scope", "took out of scope"):
        where = event.verb.removeprefix("took ")
        return Sentence(f"took {name} {where}", url, after=event.after.get("why", ""))
    if event.verb in ("added", "changed"):
        before, after = (_entitlements(values) for values in (event.before, event.after))
        return Sentence(f"{event.verb} {name}", url, before, after)
    return Sentence(f"took back that {name} is enabled", url, day(event.before.get("enabled_on")))


def _service(pk: str, told: Told) -> tuple[str, str]:
    return told.name("service", number(pk), "a service"), told.page("engagement_services", at=f"service-{pk}")


def _adoption_values(values: Mapping[str, Any], told: Told) -> str:
    """ "due date 30 Jun 2026, success owner Priya Raman": the values of an adoption record in words."""
    return ", ".join(f"{field_word(name)} {_value(name, value, told)}" for name, value in values.items())


def _value(name: str, value: Any, told: Told) -> str:
    if name == "success_owner":
        return told.contact(value)
    if name in ("due_on", "confirmed_on"):
        return day(value)
    choices = getattr(AdoptionRecord._meta.get_field(name), "choices", None)
    said = dict(choices or ()).get(value, value)
    return str(said).lower() if said and choices else str(said or "empty")


def _entitlements(values: Mapping[str, Any]) -> str:
    return f"{values['entitlements']:,} entitlements" if "entitlements" in values else ""
