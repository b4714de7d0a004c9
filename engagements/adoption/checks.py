"""The checks that adoption records answer: DIBS, SSAT, L1, start dates and usage."""

from typing import TYPE_CHECKING

from engagements import usage
from engagements.adoption.dibs import is_confirmed, is_past_due, missing_dibs
from engagements.adoption.tenant_services import asked_about, seats_of, usage_of
from engagements.checks import register
from engagements.gate_input import Fact, FactPage
from engagements.models import TenantService
from engagements.selectors.words import count
from playbook.checks import CheckKind
from playbook.spec import ServiceRef
from tasks.consumption import Consumption

if TYPE_CHECKING:
    from engagements.walk import Walk


def _dibs(which: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """All four letters of each service; with ``confirmed``, that the customer stood by them since the beginning."""
    rows = asked_about(services, walk)
    if not rows:
        return Fact(False, "No service is in scope yet.", _services_page())
    return _dibs_confirmed(rows, walk) if which == "confirmed" else _dibs_complete(rows, walk)


def _dibs_complete(rows: list[TenantService], walk: "Walk") -> Fact:
    lacking = [(row, missing) for row in rows if (missing := missing_dibs(row))]
    if not lacking:
        passed = [row for row in rows if is_past_due(row, walk.today)]
        ask = f" {passed[0].service.label} was due {passed[0].adoption.due_on:%-d %b}: confirm it." if passed else ""
        return Fact(True, f"Complete for {count(len(rows), 'service')}.{ask}")
    row, missing = lacking[0]
    more = f", and {count(len(lacking) - 1, 'more service')}" if len(lacking) > 1 else ""
    return Fact(
        False,
        f"Complete for {len(rows) - len(lacking)} of {count(len(rows), 'service')}; "
        f"{row.service.label} lacks {_names(missing)}{more}.",
        _services_page(row),
    )


def _dibs_confirmed(rows: list[TenantService], walk: "Walk") -> Fact:
    began = walk.engagement.started_on
    lacking = [row for row in rows if not is_confirmed(row, began)]
    if not lacking:
        last = max(row.adoption.confirmed_on for row in rows)
        return Fact(True, f"Confirmed with the customer for {count(len(rows), 'service')}, last on {last:%-d %b}.")
    more = f", nor those of {count(len(lacking) - 1, 'more service')}" if len(lacking) > 1 else ""
    label = lacking[0].service.label
    return Fact(
        False,
        f"The DIBS of {label} were not confirmed since the engagement began, {began:%-d %b}{more}.",
        _services_page(lacking[0]),
    )


def _status(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """L1: no seat of the services has Status Unknown."""
    rows = asked_about(services, walk)
    if not rows:
        return Fact(False, "No service is in scope yet.", _services_page())
    unknown = [(row, seats) for row in rows if (seats := _seats_unknown(row))]
    if not unknown:
        return Fact(True, f"The status of every seat is known, for {count(len(rows), 'service')}.")
    row, seats = unknown[0]
    verb = "has" if seats == 1 else "have"
    more = f", and seats of {count(len(unknown) - 1, 'more service')}" if len(unknown) > 1 else ""
    return Fact(
        False,
        f"{count(seats, 'seat')} of {row.service.label} {verb} Status Unknown{more}.",
        _services_page(row),
    )


def _seats_unknown(row: TenantService) -> int:
    return sum(one.count for one in row.placed if one.l1 == Consumption.STATUS_UNKNOWN)


def _ssat(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    records = asked_about(services, walk)
    lacking = [row for row in records if not _ssat_in_place(row)]
    if records and not lacking:
        return Fact(True, f"In place for {count(len(records), 'service')}.")
    where = f" {lacking[0].service.label} is not there yet." if lacking else ""
    done = len(records) - len(lacking)
    return Fact(
        False,
        f"In place for {done} of {count(len(records), 'service')}.{where}",
        _services_page(lacking[0] if lacking else None),
    )


def _ssat_in_place(row: TenantService) -> bool:
    adoption = getattr(row, "adoption", None)
    return adoption is not None and all(state == "in-place" for _, state in adoption.ssat)


def _start_date(_: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """When delivery begins, asked only of services that are In Progress (R48)."""
    rows = [row for row in asked_about(services, walk) if _is_in_progress(row)]
    lacking = [row for row in rows if row.starts_on is None]
    if not rows:
        return Fact(True, "No service is In Progress, so there is no engagement start date to capture.")
    if not lacking:
        return Fact(True, f"Captured for {count(len(rows), 'service')} In Progress.")
    done = f"{len(rows) - len(lacking)} of {count(len(rows), 'service')} In Progress"
    return Fact(False, f"Captured for {done}; {lacking[0].service.label} has none.", _services_page(lacking[0]))


def _is_in_progress(row: TenantService) -> bool:
    return any(part.l1 == Consumption.IN_PROGRESS and part.count for part in row.placed)


def _usage(which: str, services: tuple[ServiceRef, ...], walk: "Walk") -> Fact:
    """``usage`` asks for what ends enablement (R22), ``usage:success`` for what success is (R28)."""
    rows = asked_about(services, walk)
    if not rows:
        return Fact(False, "No service is in scope yet.", _services_page())
    if which == "success":
        rows = [row for row in rows if row.intent != "no"]
        if not rows:
            return Fact(False, "The customer has no intent for any service in scope.", _services_page())
        lacking, why = usage.judge_success([usage_of(row) for row in rows])
    else:
        lacking, why = usage.judge_enablement([usage_of(row) for row in rows], seats_of(walk.engagement.tenant))
    if not lacking:
        return Fact(True, why)
    row = next(row for row in rows if row.service.label == lacking.name)
    return Fact(False, why, FactPage("engagement_usage", f"service-{row.service_id}"))


def _services_page(row: TenantService | None = None) -> FactPage:
    """The row of a service on the Services tab, or the tab."""
    return FactPage("engagement_services", f"service-{row.service_id}" if row else "")


def _names(names: list[str]) -> str:
    head, last = names[:-1], names[-1]
    text = ", ".join(head) + " and " + last if head else last
    return text if text.startswith("intent") else f"a {text}"


register(
    CheckKind(
        "dibs",
        says={
            "": "DIBS are complete, from the adoption record",
            "confirmed": "the customer confirmed DIBS since the engagement began",
        },
    ),
    _dibs,
)
register(CheckKind("ssat", says={"": "SSAT is in place, from the adoption record"}), _ssat)
register(CheckKind("status", says={"": "no seat has Status Unknown"}), _status)
register(CheckKind("start-date", says={"": "each service In Progress has an engagement start date"}), _start_date)
register(
    CheckKind(
        "usage",
        says={
            "": "100 active users, or 10 % where the customer has fewer than 1,000 seats",
            "success": "10 % active users of every intended service",
        },
    ),
    _usage,
)
