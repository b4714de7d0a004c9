"""Entering a customer by hand, by the rules of the spreadsheet import: one row of it."""

from django.db import IntegrityError

from engagements.importing.planning import plan
from engagements.importing.reading import Row
from engagements.models import Tenant, User
from engagements.services.locking import writing
from engagements.services.record_imports import write_records
from engagements.services.refusals import Refused

TAKEN = "Somebody entered the same TPID or tenant ID just now. Look for the customer in the portfolio."


def enter_customer(*, row: Row, by: User) -> Tenant:
    """A new tenant with its services, and its customer where that is new; it becomes one's own (DOMAIN §2.2)."""
    try:
        with writing():
            todo = plan([row], by, lock=True)
            if todo.refused:
                raise Refused(" ".join(todo.refused[0].reasons))
            if not todo.tenants:
                raise Refused("A tenant with this ID is kept already. Find it in the portfolio.", "guid")
            write_records(todo, by)
            return todo.tenants[0].record
    except IntegrityError:
        raise Refused(TAKEN) from None
