"""The one way to write: enter, lock, read, write (DESIGN §3, docs/decisions/0006).

A service is marked ``@write``, which opens its transaction; its first statement is one of the locks below, which hand
out the rows as they stand now. Row locks on PostgreSQL, the IMMEDIATE transaction on SQLite.

Locks are taken in one order: a person or an upload, the customer, its tenants by id, an engagement, what hangs on
it. What is done in one engagement draws the summaries of the tenant's others, and Core Onboarding is done once for
all of them, so an engagement is never locked without its tenant. Whoever takes a lock out of order gets ``OutOfOrder``
at once, not a deadlock once in a hundred times. ``tests/write_guard.py`` refuses what is written, or read to be
judged by, without a lock.
"""

from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import models, transaction

from engagements.models import BulkChange, Customer, Engagement, ImportBatch, Review, ReviewSeries, Tenant, User
from engagements.services.refusals import Refused
from engagements.walk import Place, Walk, load_walk

P, R = ParamSpec("P"), TypeVar("R")
Row = TypeVar("Row", bound=models.Model)

# A model that is not named comes last: its rows, an engagement's too, are held under the locks of their tenants.
ORDER: dict[type[models.Model], int] = {User: 0, ImportBatch: 0, BulkChange: 0, Customer: 1, Tenant: 2}
LAST = 3


class OutOfOrder(RuntimeError):
    """A lock was asked for after one that comes behind it; two services that do so wait for each other."""


class NotInAWrite(RuntimeError):
    """A lock was asked for outside of a write, where it would be gone at once."""


@dataclass
class Held:
    """What a write holds until its transaction ends: ids by model, and the engagements whose tenant it holds."""

    rows: dict[type[models.Model], set[int]] = field(default_factory=dict)
    covered: set[int] = field(default_factory=set)
    has_locked: bool = False

    def of(self, model: type[models.Model]) -> set[int]:
        return self.rows.get(model, set())

    def take(self, model: type[models.Model], ids: Iterable[int]) -> None:
        """Notes locks, in the order in which they are taken; raises OutOfOrder."""
        self.has_locked = True
        rank = ORDER.get(model, LAST)
        for pk in ids:
            if pk not in self.of(model):
                self._must_come_next(model, rank, pk)
                self.rows.setdefault(model, set()).add(pk)

    def copy(self) -> "Held":
        return Held({model: set(ids) for model, ids in self.rows.items()}, set(self.covered), self.has_locked)

    def back_to(self, before: "Held") -> None:
        """A savepoint that is rolled back gives its locks back."""
        self.rows, self.covered, self.has_locked = before.rows, before.covered, before.has_locked

    def _must_come_next(self, model: type[models.Model], rank: int, pk: int) -> None:
        later = [other.__name__ for other, ids in self.rows.items() if ids and ORDER.get(other, LAST) > rank]
        if later:
            raise OutOfOrder(f"{model.__name__} {pk} is locked after {later[0]}.")
        if model in (Customer, Tenant) and self.of(model) and pk < max(self.of(model)):
            raise OutOfOrder(f"{model.__name__} {pk} is locked after {model.__name__} {max(self.of(model))}.")


_current: ContextVar[Held | None] = ContextVar("held", default=None)


def held() -> Held | None:
    """What the write that runs holds; None outside of a write."""
    return _current.get()


@contextmanager
def writing() -> Generator[Held]:
    """A write as a block; within another write it is a savepoint of that. See ``write``."""
    outer = _current.get()
    if outer is not None:
        before = outer.copy()
        try:
            with transaction.atomic():
                yield outer
        except BaseException:
            outer.back_to(before)
            raise
        return
    with transaction.atomic():
        # Ends before the transaction does: what is done on commit is another write.
        token = _current.set(Held())
        try:
            yield _current.get()
        finally:
            _current.reset(token)


@contextmanager
def joining() -> Generator[Held]:
    """A part of the write that runs, without a savepoint; a write of its own where none runs."""
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    with writing() as own:
        yield own


def write(service: Callable[P, R]) -> Callable[P, R]:
    """Marks a service that writes: one transaction, in which it locks, then reads, then writes, all or nothing."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with writing():
            return service(*args, **kwargs)

    run.is_write = True
    return run


# Rows -------------------------------------------------------------------------------------------------


def hold(rows: models.QuerySet[Row]) -> list[Row]:
    """The rows as they stand now, in the order of their ids, held until the transaction ends.

    Rows that only point at them may be written by others meanwhile: with FOR UPDATE, a foreign key that somebody
    else checks at their commit would wait for us.
    """
    holding = _must_be_in_a_write()
    found = list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))
    holding.take(rows.model, [row.pk for row in found])
    return found


def hold_one(rows: models.QuerySet[Row], pk: int) -> Row:
    """The row of that id, held; raises DoesNotExist."""
    found = hold(rows.filter(pk=pk))
    if not found:
        raise rows.model.DoesNotExist(f"{rows.model.__name__} {pk} is not there.")
    return found[0]


def lock_tenants(tenant_ids: Collection[int]) -> None:
    """Many tenants, in the order of their ids, so that nobody waits for one who waits; only those not held yet."""
    holding = _must_be_in_a_write()
    missing = set(tenant_ids) - holding.of(Tenant)
    if missing:
        rows = Tenant.objects.filter(pk__in=missing).order_by("pk").select_for_update(no_key=True)
        holding.take(Tenant, list(rows.values_list("pk", flat=True)))
    holding.has_locked = True


def lock_tenants_of_engagements(engagement_ids: Collection[int]) -> None:
    """The tenants of many engagements; asks for nothing where the write holds them."""
    holding = _must_be_in_a_write()
    unknown = set(engagement_ids) - holding.covered
    if unknown:
        lock_tenants(set(Engagement.objects.filter(pk__in=unknown).order_by().values_list("tenant", flat=True)))
        holding.covered |= unknown


def covers(engagement_ids: Iterable[int]) -> None:
    """Notes that these engagements belong to tenants which the write holds."""
    _must_be_in_a_write().covered.update(engagement_ids)


def lock_engagements(engagement_ids: Collection[int]) -> list[Engagement]:
    """Many engagements after their tenants, open or closed, with their tenants."""
    lock_tenants_of_engagements(engagement_ids)
    return hold(Engagement.objects.filter(pk__in=list(engagement_ids)).select_related("tenant"))


# Places -----------------------------------------------------------------------------------------------


def lock(engagement_id: int) -> Engagement:
    """The open engagement, held until the transaction ends. Refuses one that is closed."""
    engagement = lock_any(engagement_id)
    if engagement.status == Engagement.Status.CLOSED:
        raise Refused("This engagement is closed and can only be read. Reopen it first.")
    return engagement


def lock_any(engagement_id: int) -> Engagement:
    """The engagement, open or closed, held with its tenant until the transaction ends; raises DoesNotExist."""
    lock_tenants_of_engagements([engagement_id])
    return hold_one(Engagement.objects.all(), engagement_id)


def lock_customer_alone(customer_id: int) -> Customer:
    """The customer without its tenants, for its team, which no tenant's rows are drawn from."""
    return hold_one(Customer.objects.all(), customer_id)


def lock_customer(customer_id: int) -> Customer:
    """The customer with all its tenants, for what holds for it as a whole."""
    customer = lock_customer_alone(customer_id)
    hold(Tenant.objects.filter(customer=customer_id))
    return customer


def lock_customers(customer_ids: Collection[int]) -> None:
    """Many customers, and after all of them all of their tenants."""
    hold(Customer.objects.filter(pk__in=list(customer_ids)))
    hold(Tenant.objects.filter(customer__in=list(customer_ids)))


def lock_tagged(tag_ids: Iterable[int]) -> None:
    """The customers and tenants that carry one of these tags."""
    ids = list(tag_ids)
    for model in (Customer, Tenant):
        hold(model.objects.filter(pk__in=model.objects.filter(tags__in=ids).values("pk")))


def lock_tenants_of(customer_id: int) -> list[Tenant]:
    """The customer with all its tenants, for what is told to every tenant; returns the tenants."""
    lock_customer_alone(customer_id)
    return hold(Tenant.objects.filter(customer=customer_id))


def lock_customer_of(*, tenant_id: int | None = None, engagement_id: int | None = None) -> Customer:
    """The customer of a tenant or engagement with all its tenants."""
    at = {"tenants": tenant_id} if tenant_id else {"tenants__engagements": engagement_id}
    return lock_customer(Customer.objects.order_by().values_list("pk", flat=True).get(**at))


def lock_tenant(tenant_id: int) -> Tenant:
    """The tenant, held until the transaction ends; rows that only point at it may be written meanwhile."""
    return hold_one(Tenant.objects.all(), tenant_id)


def lock_place(*, tenant_id: int | None = None, customer_id: int | None = None) -> Tenant | Customer:
    """A tenant, or a customer with all its tenants: what a series of reviews belongs to."""
    return lock_tenant(tenant_id) if tenant_id else lock_customer(customer_id)


def lock_series(series_id: int) -> ReviewSeries:
    """A series of reviews under the lock of its tenant, or of its customer with all its tenants."""
    tenant_id, customer_id = ReviewSeries.objects.values_list("tenant", "customer").get(pk=series_id)
    lock_place(tenant_id=tenant_id, customer_id=customer_id)
    return hold_one(ReviewSeries.objects.select_related("rule", "owner", "tenant__customer", "customer"), series_id)


def lock_review(review_id: int) -> Review:
    """A review with its series, under the lock of that."""
    series = lock_series(Review.objects.values_list("series", flat=True).get(pk=review_id))
    review = hold_one(Review.objects.all(), review_id)
    review.series = series
    return review


def locked_walk(engagement_id: int, today: date) -> Walk:
    """The engagement as it stands under the lock."""
    lock(engagement_id)
    return load_walk(engagement_id, today)


def locked_place(engagement_id: int, step_key: str, service_id: int | None, today: date) -> Place:
    """A step of the open engagement as it stands under the lock; refuses one that the engagement does not have."""
    place = locked_walk(engagement_id, today).place(step_key, service_id)
    if place is None:
        raise Refused("This engagement has no such step.")
    return place


def _must_be_in_a_write() -> Held:
    holding = _current.get()
    if holding is None:
        raise NotInAWrite("Locks are taken within a write: mark the service with @write.")
    return holding
