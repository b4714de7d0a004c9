"""Services that meet at one tenant or customer never wait for each other, and rebuilding loses nothing (DESIGN §3).

On a real PostgreSQL, many rounds each: a deadlock shows once in a dozen.
"""

import datetime as dt
import itertools
import random
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from engagements.entitlements import Slice
from engagements.models import (
    CadenceInterval,
    Contact,
    Engagement,
    EngagementSummary,
    Event,
    Evidence,
    Morning,
    Note,
    NoteDraft,
    NoteWords,
    Receipt,
    Reminder,
    Tag,
    TenantService,
)
from engagements.reminding import mornings, planning
from engagements.services import (
    adoption,
    assignments,
    bulk,
    contacts,
    customer_record,
    customers,
    drafts,
    entitlements,
    erasure,
    handovers,
    health,
    next_actions,
    note_words,
    notes,
    people,
    reviews,
    service_record,
    steps,
    summaries,
    tenant_record,
    usage,
)
from tests import factories as make
from tests.cast import person
from tests.racing import at_once

TODAY = dt.date(2026, 5, 21)
TIMES = 20

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer, and tests one connection to it"),
]


@pytest.fixture
def tenant(engagement):
    return engagement.tenant


@pytest.fixture
def other(engagement, owner, colleague):
    """An engagement at another tenant of the same customer, with the same team."""
    found = make.EngagementFactory(
        tenant=make.TenantFactory(customer=engagement.tenant.customer), edition=engagement.edition
    )
    for user in (owner, colleague):
        make.AssignmentFactory(user=user, tenant=found.tenant)
    summaries.refresh_many([engagement.pk, found.pk])
    return found


def assert_all_summaries_are_right() -> None:
    assert list(summaries.wrong_rows()) == []


# Two services that met in a deadlock ------------------------------------------------------------------


def test_a_service_is_enabled_and_saved_at_once(engagement, owner, colleague):
    row = engagement.tenant.services.first()
    for turn in range(TIMES):
        # Writes the same row of the service that enabling writes.
        values = service_record.ServiceValues(delivery={"scenario": TenantService.Scenario.values[turn % 2]})
        on = TODAY - dt.timedelta(turn)
        at_once(
            lambda on=on: customers.enable_service(tenant_service=row, on=on, by=owner),
            lambda values=values: service_record.save_service(
                engagement_id=engagement.pk, service=row.service, values=values, by=colleague, today=TODAY
            ),
        )
        row.refresh_from_db()
        assert row.enabled_on == on
    assert_all_summaries_are_right()
    events = Event.objects.filter(verb="enabled").order_by("pk")
    assert [one.before["enabled_on"] for one in events[1:]] == [one.after["enabled_on"] for one in events][:-1]


def test_a_csm_is_assigned_while_the_tenant_its_contacts_and_its_dibs_change(engagement, owner, colleague, manager):
    tenant = engagement.tenant
    for turn in range(TIMES):
        at_once(
            lambda turn=turn: customers.assign_csm(tenant=tenant, csm=None, csm_name=f"Rui {turn}", by=owner),
            lambda turn=turn: customers.assign_csm(tenant=tenant, csm=None, csm_name=f"Ida {turn}", by=manager),
            lambda turn=turn: tenant_record.change_tenant(tenant_id=tenant.pk, seats=turn, by=colleague, today=TODAY),
            lambda: contacts.add_contact(customer=tenant.customer, name="Ana", by=manager),
            lambda turn=turn: adoption.capture_adoption(
                tenant=tenant,
                services=[tenant.services.first().service],
                owner_name=f"Eva {turn}",
                by=colleague,
                today=TODAY,
            ),
        )
        tenant.refresh_from_db()
        assert tenant.csm.name in (f"Rui {turn}", f"Ida {turn}")
    told = Event.objects.filter(object="csm").order_by("pk")
    assert [one.before["contact"] for one in told[1:]] == [one.after["contact"] for one in told][:-1]
    assert_all_summaries_are_right()


def test_reviews_of_two_tenants_of_a_customer_move_at_once(engagement, other, owner):
    """Lists say of each engagement when the next review is; neither draws the rows of the other's tenant."""
    rule = make.CadenceRuleFactory(kind="governance", name="Governance review", intervals=[("", "", 2, "week")])
    days = itertools.cycle([dt.date(2026, 5, 27), dt.date(2026, 5, 28)])
    planned = [
        make.ReviewFactory(series=make.ReviewSeriesFactory(rule=rule, tenant=one.tenant, owner=owner)).pk
        for one in (engagement, other)
    ]
    for _ in range(TIMES):
        on = next(days)
        how = {"on": on, "why": "x", "by": owner, "today": TODAY}
        at_once(*(lambda pk=pk, how=how: reviews.move(review_id=pk, **how) for pk in planned))
        assert set(EngagementSummary.objects.values_list("next_review_on", flat=True)) == {on}
    assert_all_summaries_are_right()


def test_two_who_bring_the_same_new_tags_in_another_order_both_get_them(engagement, other, owner):
    for turn in range(TIMES):
        names = [f"{word} {turn}" for word in ("Alpha", "Beta", "Gamma", "Delta")]
        at_once(
            lambda names=names: tenant_record.set_tags(tenant_id=engagement.tenant_id, names=names, by=owner),
            lambda names=names: tenant_record.set_tags(tenant_id=other.tenant_id, names=names[::-1], by=owner),
            lambda names=names: customer_record.set_tags(
                customer_id=engagement.tenant.customer_id, names=names[1:], by=owner
            ),
        )
        assert Tag.objects.filter(name__endswith=f" {turn}").count() == 4


def test_a_handover_and_a_new_primary_of_the_customer_leave_one_manager(engagement, owner, manager):
    """Who leads a customer of one tenant passes that on too, under the lock of the customer."""
    customer, eva, rui = engagement.tenant.customer, *(person(n, "FastTrack Manager") for n in ("eva", "rui"))
    role = make.RoleFactory(name="FastTrack Manager")
    for _ in range(TIMES):
        customer.assignments.all().delete()
        engagement.tenant.assignments.all().delete()
        make.AssignmentFactory(user=owner, tenant=engagement.tenant, primary=True)
        make.AssignmentFactory(user=owner, customer=customer, tenant=None, primary=True)
        offered = handovers.offer(engagement_id=engagement.pk, receiver=eva, why="Leave", by=owner, today=TODAY)
        at_once(
            lambda pk=offered.pk: handovers.accept(handover_id=pk, by=eva),
            lambda: assignments.assign(user=rui, role=role, at=customer, by=manager, primary=True),
        )
        assert customer.assignments.filter(primary=True, role=role).count() == 1
        assert engagement.tenant.assignments.filter(primary=True, role=role).count() == 1


def test_many_engagements_are_parked_while_reminders_are_planned(engagement, owner):
    """A reminder points at engagements whose rows are held by somebody else."""
    many = [make.EngagementFactory(edition=engagement.edition, tenant__country="PT") for _ in range(12)]
    for one in many:
        make.AssignmentFactory(user=owner, tenant=one.tenant, primary=True)
        make.NextActionFactory(engagement=one, owner=owner, due_on=TODAY)
    mornings.extend(TODAY)
    ids = [one.pk for one in many]
    for turn in range(TIMES):
        Reminder.objects.all().delete()
        begun = [bulk.choose(do="park", ids=order, by=owner) for order in (ids, ids[::-1])]
        values = {"until": f"2026-07-{turn % 28 + 1:02}", "why": f"Summer {turn}"}
        at_once(
            *(
                lambda pk=one.pk, values=values: bulk.begin(change_id=pk, values=values, by=owner, today=TODAY)
                for one in begun
            ),
            lambda: planning.plan(timezone.make_aware(dt.datetime(2026, 5, 21, 9))),
        )
    assert set(Engagement.objects.filter(pk__in=ids).values_list("status", flat=True)) == {Engagement.Status.PARKED}


def test_a_draft_is_kept_while_its_note_is_saved(engagement, owner):
    for turn in range(TIMES):
        NoteDraft.objects.all().delete()
        token = uuid.uuid4()
        now = timezone.now()
        at = {"engagement_id": engagement.pk, "by": owner, "place": "/", "token": token, "now": now}
        drafts.keep_draft(version=0, values={"body": "Begun"}, **at)
        new = notes.NewNote(token=token, body=f"We met {turn}")
        at_once(
            lambda at=at: drafts.keep_draft(version=1, values={"body": "Begun and"}, **at),
            lambda new=new: notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=TODAY),
        )
    assert engagement.notes.count() == TIMES


def test_hours_are_set_twice_at_once_while_a_round_keeps_mornings(owner):
    mornings.extend(timezone.now().date())
    for turn in range(TIMES):
        owner.morning_at = dt.time(6 + turn % 4)
        at_once(
            lambda: people.set_hours(person=owner, now=timezone.now()),
            lambda: people.set_hours(person=owner, now=timezone.now()),
            lambda: mornings.extend(timezone.now().date()),
        )
        days = list(Morning.objects.filter(user=owner).values_list("day", flat=True))
        assert len(days) == len(set(days)) >= 7


# Whatever meets ---------------------------------------------------------------------------------------


def test_any_services_of_one_customer_at_once_neither_deadlock_nor_leave_wrong_lists(
    engagement, other, owner, colleague, manager
):
    """A storm: six people, each does twenty things in an order of their own at two tenants of one customer."""
    customer = engagement.tenant.customer
    rule = make.CadenceRuleFactory(kind="governance", intervals=[("", "", 2, "week")])
    places = []
    for one in (engagement, other):
        make.ReviewFactory(series=make.ReviewSeriesFactory(rule=rule, tenant=one.tenant, owner=owner))
        places.append((one, one.tenant, one.tenant.services.first()))
    chosen = [bulk.choose(do="tag", ids=ids, by=owner).pk for ids in [[engagement.pk, other.pk]] * 12]
    chosen = iter(chosen)

    def things(seed: int):
        dice = random.Random(seed)
        by = (owner, colleague, manager)[seed % 3]

        def again() -> str:
            return f"{seed} {dice.random():.6f}"

        def do(kind: int) -> object:
            run, tenant, row = dice.choice(places)
            match kind:
                case 0:
                    return customers.enable_service(tenant_service=row, on=TODAY, by=by)
                case 1:
                    return customers.assign_csm(tenant=tenant, csm=None, csm_name=f"Rui {again()}", by=by)
                case 2:
                    return customers.record_account_team(
                        tenant=tenant, managed=dice.choice([True, False]), csm=None, by=by, csm_name=f"Eva {again()}"
                    )
                case 3:
                    number = dice.randrange(1, 99)
                    grid = [Slice("no-intent", number), Slice("blocked", row.available - number)]
                    return entitlements.put_grid(tenant_service=row, grid=grid, by=by)
                case 4:
                    return contacts.add_contact(customer=customer, name=f"Ana {again()}", by=by)
                case 5:
                    colour = dice.choice(["red", "green"])
                    return health.rate_health(
                        customer_id=customer.pk, group=0, colour=colour, why="x", by=by, today=TODAY
                    )
                case 6:
                    new = notes.NewNote(token=uuid.uuid4(), body=f"We met {again()}", escalated=True)
                    return notes.write_note(engagement_id=run.pk, note=new, by=by, today=TODAY)
                case 7:
                    return next_actions.add(engagement_id=run.pk, text="Call", due_on=TODAY, owner=owner, by=by)
                case 8:
                    return customer_record.set_winner(customer_id=customer.pk, tenant_id=tenant.pk, by=by)
                case 9:
                    country = dice.choice(["PT", "DE", "US"])
                    return tenant_record.change_tenant(tenant_id=tenant.pk, country=country, by=by, today=TODAY)
                case 10:
                    return usage.record_usage(
                        tenant_service=row, on=TODAY, active_users=dice.randrange(99), by=by, today=TODAY
                    )
                case 11:
                    number = next(chosen, None)
                    values = {"tag": f"Tag {again()}"}
                    return number and bulk.begin(change_id=number, values=values, by=owner, today=TODAY)
                case _:
                    return summaries.rebuild_all()

        def all_of_them() -> None:
            kinds = list(range(13)) + dice.sample(range(12), 7)
            dice.shuffle(kinds)
            for kind in kinds:
                do(kind)

        return all_of_them

    at_once(*(things(seed) for seed in range(6)))
    assert_all_summaries_are_right()


# Rebuilding while the desk is in use ------------------------------------------------------------------


@pytest.fixture
def step(engagement):
    """A step that is complete with a note, and can be reopened."""
    process = make.ProcessFactory(edition=engagement.edition, slug="kickoff")
    step = make.StepFactory(process=process, slug="meet")
    make.RequirementFactory(step=step, text="We met")
    return step


def test_completions_during_a_rebuild_of_the_lists_are_in_them(engagement, step, other, owner):
    """Once 55 of 100 left a wrong row."""
    for one in (engagement, other):
        new = notes.NewNote(token=uuid.uuid4(), body="We met.")
        lines = tuple(step.requirements.values_list("pk", flat=True))
        notes.write_note(
            engagement_id=one.pk, note=new, by=owner, today=TODAY, at_step=notes.StepPlace(step.key, documents=lines)
        )
    assert Evidence.objects.count() == 2
    for turn in range(TIMES):
        if turn % 2:
            change = [
                lambda pk=pk: steps.reopen_step(receipt_id=pk, by=owner, today=TODAY, why="x")
                for pk in Receipt.objects.filter(reopened_at=None).values_list("pk", flat=True)
            ]
        else:
            change = [
                lambda pk=one.pk: steps.complete_step(engagement_id=pk, step_key=step.key, by=owner, today=TODAY)
                for one in (engagement, other)
            ]
        at_once(summaries.rebuild_all, *change, summaries.rebuild_all)
        assert_all_summaries_are_right()


def test_a_name_that_is_erased_during_a_rebuild_of_the_words_does_not_come_back(engagement, owner):
    for turn in range(TIMES):
        contact = contacts.add_contact(customer=engagement.tenant.customer, name=f"Priya Raman{turn}", by=owner)
        new = notes.NewNote(token=uuid.uuid4(), body=f"We met Priya Raman{turn}.")
        note, _ = notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=TODAY)
        how = {"by": owner, "basis": "She asked", "texts": {note.pk: "We met them."}}
        at_once(
            note_words.rebuild_all,
            lambda pk=contact.pk, how=how: erasure.erase_contact(contact_id=pk, **how),
            note_words.rebuild_all,
        )
        assert Contact.objects.get(pk=contact.pk).erased_at
        assert Note.objects.get(pk=note.pk).body == "We met them."
        assert not NoteWords.objects.filter(words__contains=f"raman{turn}").exists()


def test_a_cadence_changes_while_health_is_rated_and_no_colour_stands_too_long(engagement, other, owner):
    """Until when a colour holds follows from the cadence of the enterprise status."""
    rule = make.CadenceRuleFactory(kind="enterprise-status", name="Enterprise status")
    make.CadenceIntervalFactory(rule=rule, colour="red", unit="week", longest_days=21)
    chosen = [one.pk for one in (engagement, other)]
    for turn in range(TIMES):
        begun = bulk.choose(do="park", ids=chosen, by=owner)
        values = {"until": f"2026-07-{turn % 28 + 1:02}", "why": f"Summer {turn}"}

        def restand(turn=turn):
            CadenceInterval.objects.filter(rule=rule).update(longest_days=10 + turn)
            summaries.restand()

        at_once(
            restand,
            lambda: health.rate_health(
                customer_id=engagement.tenant.customer_id, group=0, colour="red", why="x", by=owner, today=TODAY
            ),
            lambda pk=begun.pk, values=values: bulk.begin(change_id=pk, values=values, by=owner, today=TODAY),
        )
        assert_all_summaries_are_right()
