"""What a manager keeps in the records while doing a step: what its computed checks ask for, where they can be met."""

import datetime as dt
from collections.abc import Callable, Iterable

from engagements.models import AdoptionRecord, Contact, EntitlementSlice, TenantService
from engagements.walk import Place
from playbook.checks import Check
from tasks.consumption import Consumption


class Keeping:
    """The records of one engagement that change with its progress, unsaved."""

    def __init__(self) -> None:
        self.confirmed: dict[int, AdoptionRecord] = {}
        self.placed: dict[int, EntitlementSlice] = {}
        self.eligible: dict[int, Contact] = {}
        self.asked_about: dict[int, list[TenantService]] = {}
        self.agreed: list[str] = []

    def meet(self, checks: Iterable[Check], place: Place, on: dt.date) -> None:
        """Keeps what the checks of a line ask for; a missing success owner or usage stays missing."""
        kinds: dict[str, Callable[[Place, dt.date], None]] = {
            "dibs:confirmed": self._confirm,
            "status": self._place,
            "contact:survey": self._ask,
        }
        for check in checks:
            if check in kinds:
                kinds[check](place, on)
            elif check.kind == "review":
                self.agreed.append(check.argument)

    def _confirm(self, place: Place, on: dt.date) -> None:
        began = place.walk.engagement.started_on
        for row in _services(place):
            record = getattr(row, "adoption", None)
            if record and not (record.confirmed_on and record.confirmed_on >= began):
                record.confirmed_on = min(max(on, began), place.walk.today)
                self.confirmed[record.pk] = record

    def _place(self, place: Place, on: dt.date) -> None:
        """Nobody has an unknown status by then; those who gave no answer have no intent."""
        for row in _services(place):
            for one in row.placed:
                if one.l1 == Consumption.STATUS_UNKNOWN:
                    one.l1, one.reason_id, one.detail_id = Consumption.NO_INTENT.value, None, None
                    self.placed[one.pk] = one

    def _ask(self, place: Place, on: dt.date) -> None:
        people = [one for one in place.walk.engagement.tenant.customer.contacts.all() if one.kind == "customer"]
        for one in people[:1]:
            one.country, one.survey_language, one.survey_eligible = one.country or "US", "en", True
            self.eligible[one.pk] = one
            self.asked_about[one.pk] = _services(place)


def write_kept(keepings: Iterable[Keeping]) -> None:
    """Saves what was kept, in a handful of statements."""
    keepings = list(keepings)
    AdoptionRecord.objects.bulk_update(_all(one.confirmed for one in keepings), ["confirmed_on"], batch_size=200)
    EntitlementSlice.objects.bulk_update(
        _all(one.placed for one in keepings), ["l1", "reason", "detail"], batch_size=200
    )
    Contact.objects.bulk_update(
        _all(one.eligible for one in keepings), ["country", "survey_language", "survey_eligible"], batch_size=200
    )
    through = Contact.survey_services.through
    through.objects.bulk_create(
        (
            through(contact_id=contact, service_id=row.service_id)
            for one in keepings
            for contact, rows in one.asked_about.items()
            for row in rows
        ),
        ignore_conflicts=True,
    )


def _services(place: Place) -> list[TenantService]:
    scope = {service.id for service in place.walk.facts.services}
    return [row for row in place.walk.engagement.tenant.services.all() if row.service_id in scope]


def _all(found: Iterable[dict]) -> list:
    return [row for one in found for row in one.values()]
