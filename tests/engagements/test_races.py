"""Two people at once: whatever the order, one writes, the other is told, and nothing is lost (DESIGN §3).

Every test lets two threads, each with a connection of its own, start at the same moment, several times over,
against the row locks of a real PostgreSQL.
"""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from engagements.entitlements import Slice
from engagements.models import (
    ConditionAnswer,
    Engagement,
    EngagementSummary,
    Event,
    Evidence,
    HealthRating,
    Note,
    NoteDraft,
    Receipt,
    Review,
    ReviewSeries,
    TaskRecord,
    Waiver,
)
from engagements.services import (
    adoption,
    assignments,
    closing,
    conditions,
    drafts,
    engagements,
    entitlements,
    escalations,
    handovers,
    health,
    next_actions,
    notes,
    referrals,
    reviews,
    steps,
    summaries,
    tasks,
    waivers,
)
from engagements.services.refusals import AlreadyCompleted, Refused
from engagements.walk import load_walk
from tests import factories as make
from tests.cast import person
from tests.racing import at_once

TODAY = dt.date(2026, 5, 21)
TIMES = 8

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer, and tests one connection to it"),
]


@pytest.fixture
def step(engagement):
    process = make.ProcessFactory(edition=engagement.edition, slug="kickoff")
    return make.StepFactory(process=process, slug="meet")


@pytest.fixture
def lines(step):
    return [make.RequirementFactory(step=step, text=f"Line {n}") for n in range(2)]


@pytest.fixture
def settle(engagement, owner, step, lines):
    """Writes the note that documents every line; the step could be completed then."""

    def write() -> Note:
        at_step = notes.StepPlace(step.key, documents=tuple(line.pk for line in lines))
        new = notes.NewNote(token=uuid.uuid4(), body="We met.")
        return notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=TODAY, at_step=at_step)[0]

    return write


def test_two_windows_that_keep_at_once_lose_no_words_and_pass_no_limit(owner, engagement):
    """R50."""
    for _ in range(TIMES):
        NoteDraft.objects.all().delete()
        token = uuid.uuid4()

        def keep(body, token=token, version=1):
            return lambda: drafts.keep_draft(
                by=owner,
                engagement_id=engagement.pk,
                place=f"/engagements/{engagement.pk}/notes/",
                token=token,
                version=version,
                values={"body": body},
                now=timezone.now(),
            )

        keep("Begun", version=0)()
        answers = at_once(keep("Begun here"), keep("Begun there"))
        assert sorted(kept.how for kept in answers) == ["apart", "kept"]
        assert {draft.values["body"] for draft in NoteDraft.objects.all()} == {"Begun here", "Begun there"}
        for number in range(7):
            keep(f"Another {number}", uuid.uuid4(), 0)()
        answers = at_once(keep("The tenth", uuid.uuid4(), 0), keep("The eleventh", uuid.uuid4(), 0))
        assert sorted(kept.how for kept in answers) == ["full", "kept"]
        assert NoteDraft.objects.count() == 10


def complete(engagement, step, by):
    return lambda: steps.complete_step(engagement_id=engagement.pk, step_key=step.key, by=by, today=TODAY)


def reopen(receipt, by):
    return lambda: steps.reopen_step(receipt_id=receipt.pk, by=by, today=TODAY, why="Too early.")


def standing(engagement) -> list[Receipt]:
    return list(Receipt.objects.filter(engagement=engagement, reopened_at=None))


def assert_summary_is_right(engagement) -> None:
    (drawn,) = summaries.summarise_all([engagement.pk])
    stored = EngagementSummary.objects.get(pk=engagement.pk)
    names = [field.attname for field in EngagementSummary._meta.fields if field.name != "updated_at"]
    assert {name: getattr(stored, name) for name in names} == {name: getattr(drawn, name) for name in names}


def test_two_people_completing_a_step_make_one_receipt(engagement, owner, colleague, step, settle):
    settle()
    for _ in range(TIMES):
        answers = at_once(complete(engagement, step, owner), complete(engagement, step, colleague))
        (receipt,) = standing(engagement)
        (told,) = [answer for answer in answers if isinstance(answer, AlreadyCompleted)]
        assert told.receipt == receipt
        reopen(receipt, owner)()
    assert Event.objects.filter(verb="completed").count() == TIMES


def test_a_double_click_saves_one_note(engagement, owner, step, lines):
    for number in range(TIMES):
        new = notes.NewNote(token=uuid.uuid4(), body="We met.")
        at_step = notes.StepPlace(step.key, documents=(lines[0].pk,))

        def save(new=new, at_step=at_step):
            return notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=TODAY, at_step=at_step)

        answers = at_once(save, save)
        assert len({note.pk for note, _ in answers}) == 1
        assert sorted(new for _, new in answers) == [False, True]
        assert Note.objects.count() == Evidence.objects.count() == number + 1


def test_completing_while_another_reopens_leaves_one_truth(engagement, owner, colleague, step, settle):
    settle()
    for _ in range(TIMES):
        receipt = complete(engagement, step, owner)()
        at_once(reopen(receipt, owner), complete(engagement, step, colleague))
        left = standing(engagement)
        assert len(left) <= 1
        assert_summary_is_right(engagement)
        for one in left:
            reopen(one, owner)()


def test_a_receipt_never_stands_on_a_link_that_was_taken_away(engagement, owner, colleague, step, lines, settle):
    for _ in range(TIMES):
        settle()
        link = Evidence.objects.filter(requirement=lines[0]).latest("pk")
        Evidence.objects.filter(requirement=lines[0]).exclude(pk=link.pk).delete()
        at_once(
            complete(engagement, step, owner),
            lambda pk=link.pk: steps.unlink(evidence_id=pk, by=colleague, today=TODAY),
        )
        place = load_walk(engagement.pk, TODAY).place(step.key)
        assert bool(place.receipt) == Evidence.objects.filter(pk=link.pk).exists()
        assert place.receipt is None or place.verdict.passed
        if place.receipt:
            reopen(place.receipt, owner)()


def test_a_waiver_is_decided_once(engagement, owner, manager, step, lines):
    other = make.UserFactory(username="other-manager")
    other.groups.set(manager.groups.all())
    where = {"engagement_id": engagement.pk, "step_key": step.key, "requirement": lines[0].pk}
    for _ in range(TIMES):
        asked = waivers.ask_waiver(**where, reason="Not here.", by=owner, today=TODAY)

        def decide(by, grant, pk=asked.pk):
            return waivers.decide_waiver(waiver_id=pk, by=by, today=TODAY, grant=grant)

        answers = at_once(lambda: decide(manager, True), lambda: decide(other, False))
        assert sum(isinstance(answer, Refused) for answer in answers) == 1
        (decided,) = [answer for answer in answers if isinstance(answer, Waiver)]
        asked.refresh_from_db()
        assert (asked.decision, asked.decided_by) == (decided.decision, decided.decided_by)
        assert_summary_is_right(engagement)
        Waiver.objects.all().delete()


def test_a_receipt_keeps_the_task_as_it_was_when_it_was_decided(engagement, owner, colleague, step):
    number = make.ListingFactory(step=step).task.number

    def put(status):
        return tasks.set_task_status(engagement_id=engagement.pk, number=number, status=status, by=owner, today=TODAY)

    for _ in range(TIMES):
        put("Complete")
        at_once(complete(engagement, step, colleague), lambda: put("In Progress"))
        for receipt in standing(engagement):
            assert receipt.gate_input["tasks"][0]["status"] == "Complete"
            reopen(receipt, owner)()
        assert TaskRecord.objects.get().status == "In Progress"
        assert_summary_is_right(engagement)


def test_an_answer_that_opens_a_line_comes_before_or_after_the_receipt(engagement, owner, colleague, step, settle):
    condition = make.ConditionFactory(edition=engagement.edition)
    make.RequirementFactory(step=step, text="Only if so", when=condition.key)

    def say(said):
        return conditions.answer_condition(
            engagement_id=engagement.pk, key=condition.key, said=said, by=owner, today=TODAY
        )

    settle()
    for _ in range(TIMES):
        say("no")
        at_once(complete(engagement, step, colleague), lambda: say("yes"))
        assert ConditionAnswer.objects.latest("pk").answer == "yes"
        for receipt in standing(engagement):
            assert [line["applies"] for line in receipt.gate_input["outputs"]] == [True, True, False]
            reopen(receipt, owner)()


def test_one_of_two_overlapping_engagements_starts(engagement, owner, colleague):
    tenant, service = engagement.tenant, make.ServiceFactory(name="Yammer")
    make.TenantServiceFactory(tenant=tenant, service=service)

    def start(by):
        return lambda: engagements.start_engagement(
            tenant=tenant,
            edition=engagement.edition,
            model=engagement.model,
            motions=engagement.motions.all(),
            services=[service],
            by=by,
            started_on=TODAY,
        )

    for _ in range(TIMES):
        answers = at_once(start(owner), start(colleague))
        assert sum(isinstance(answer, Refused) for answer in answers) == 1
        (started,) = [answer for answer in answers if isinstance(answer, Engagement)]
        closing.close_engagement(engagement_id=started.pk, outcome="Done.", ended_as="withdrew", by=owner, today=TODAY)


def test_engagements_of_one_tenant_do_not_lose_each_others_summary(engagement, owner, colleague, step, settle):
    """Completing a step draws the summaries of all open engagements of the tenant."""
    other = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition)
    settle()
    at_step = notes.StepPlace(step.key, documents=tuple(line.pk for line in step.requirements.all()))
    new = notes.NewNote(token=uuid.uuid4(), body="We met too.")
    notes.write_note(engagement_id=other.pk, note=new, by=owner, today=TODAY, at_step=at_step)
    for _ in range(TIMES):
        at_once(complete(engagement, step, owner), complete(other, step, colleague))
        assert_summary_is_right(engagement)
        assert_summary_is_right(other)
        at_once(*(reopen(receipt, owner) for receipt in Receipt.objects.filter(reopened_at=None)))
        assert_summary_is_right(engagement)
        assert_summary_is_right(other)


def test_accepting_and_withdrawing_a_handover_at_once_leaves_one_manager(engagement, owner):
    eva = person("eva", "FastTrack Manager")
    for _ in range(TIMES):
        handover = handovers.offer(
            engagement_id=engagement.pk, receiver=eva, why="I go on leave.", by=owner, today=TODAY, stays=True
        )
        answers = at_once(
            lambda pk=handover.pk: handovers.accept(handover_id=pk, by=eva),
            lambda pk=handover.pk: handovers.withdraw(handover_id=pk, by=owner),
        )
        handover.refresh_from_db()
        (told,) = [answer for answer in answers if isinstance(answer, Refused)]
        assert told.message == f"This was {handover.decision} meanwhile."
        (lead,) = engagement.tenant.assignments.filter(role__name="FastTrack Manager", primary=True)
        assert lead.user == (eva if handover.decision == "accepted" else owner)
        engagement.tenant.assignments.filter(user=eva).delete()
        engagement.tenant.assignments.filter(user=owner).update(primary=True)


def test_two_people_making_different_members_primary_leave_one(engagement, owner, manager, admin):
    rows = [
        make.AssignmentFactory(tenant=engagement.tenant, user=person(f"fm{n}", "FastTrack Manager")) for n in range(2)
    ]
    for _ in range(TIMES):
        at_once(
            lambda: assignments.make_primary(assignment_id=rows[0].pk, by=manager),
            lambda: assignments.make_primary(assignment_id=rows[1].pk, by=admin),
        )
        assert engagement.tenant.assignments.filter(role=rows[0].role, primary=True).count() == 1


def test_two_grids_of_one_service_at_once_total_the_seats(engagement, owner, colleague):
    """Each sees the slices that stand there when its turn comes; the history has both, in order."""
    row = engagement.tenant.services.first()

    def place(by, *counts):
        grid = [Slice(l1, count) for l1, count in zip(("no-intent", "blocked"), counts, strict=True)]
        return lambda: entitlements.put_grid(tenant_service=row, grid=grid, by=by)

    for turn in range(TIMES):
        at_once(place(owner, 100 - turn, turn), place(colleague, turn + 1, 99 - turn))
        placed = list(row.slices.values_list("l1", "count"))
        assert sum(count for _, count in placed) == row.available
        assert len(placed) == len(dict(placed))
        newest = Event.objects.filter(object=f"slices:{row.service_id}").latest("pk")
        assert [(one["l1"], one["count"]) for one in newest.after["grid"]] == placed
        assert_summary_is_right(engagement)


def test_a_grid_and_a_due_date_at_once_leave_targets_that_agree(engagement, owner, colleague):
    row = engagement.tenant.services.first()
    make.AdoptionRecordFactory(tenant_service=row)
    grids = [
        [Slice("in-progress", 100, follows_due=True)],
        [Slice("in-progress", 60, follows_due=True), Slice("no-intent", 40)],
    ]
    for turn in range(TIMES):
        due = TODAY + dt.timedelta(days=turn + 1)
        at_once(
            lambda turn=turn: entitlements.put_grid(tenant_service=row, grid=grids[turn % 2], by=owner),
            lambda due=due: adoption.record_adoption(tenant_service=row, by=colleague, today=TODAY, due_on=due),
        )
        assert set(row.slices.filter(l1="in-progress").values_list("target_on", flat=True)) == {due}
        assert_summary_is_right(engagement)


def test_two_people_agree_the_same_reviews_and_one_hears_who_was_faster(engagement, owner, colleague):
    make.CadenceRuleFactory(kind="governance", name="Governance review", intervals=[("", "", 2, "week")])
    make.CadenceRuleFactory(kind="cxo", name="Leadership briefing", level="customer", intervals=[("", "", 1, "month")])
    places = {
        "governance": {"tenant_id": engagement.tenant_id},
        "cxo": {"customer_id": engagement.tenant.customer_id},
    }

    def agreeing(kind, by):
        agreed = reviews.Agreed(owner=owner, first_on=dt.date(2026, 5, 26))
        return lambda: reviews.agree(kind=kind, agreed=agreed, by=by, today=TODAY, **places[kind])

    for kind in places:
        for _ in range(TIMES):
            answers = at_once(agreeing(kind, owner), agreeing(kind, colleague))

            assert Review.objects.count() == ReviewSeries.objects.count() == 1
            assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "ReviewSeries"]
            refused = next(answer for answer in answers if isinstance(answer, Refused))
            assert "agreed this on 21 May 2026 already" in refused.message
            ReviewSeries.objects.all().delete()


def test_a_review_is_moved_and_skipped_at_once_and_one_stays_planned(engagement, owner):
    make.CadenceRuleFactory(kind="governance", name="Governance review", intervals=[("", "", 2, "week")])
    for _ in range(TIMES):
        agreed = reviews.Agreed(owner=owner, first_on=dt.date(2026, 5, 26))
        where = {"tenant_id": engagement.tenant_id, "by": owner, "today": TODAY}
        series = reviews.agree(kind="governance", agreed=agreed, **where)
        how = {"review_id": series.reviews.get().pk, "why": "x", "by": owner, "today": TODAY}

        at_once(lambda: reviews.move(on=dt.date(2026, 5, 27), **how), lambda: reviews.skip(**how))  # noqa: B023

        assert series.reviews.filter(state="planned").count() == 1
        assert series.reviews.filter(state="skipped").count() == 1
        ReviewSeries.objects.all().delete()


def test_a_next_action_is_handed_on_or_done_and_never_both_unseen(engagement, owner, colleague):
    for _ in range(TIMES):
        action = make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY)
        hand_on, done = at_once(
            lambda pk=action.pk: next_actions.hand_on(action_id=pk, to=colleague, by=owner, why="I am on leave"),
            lambda pk=action.pk: next_actions.finish(action_id=pk, by=owner),
        )
        action.refresh_from_db()
        assert action.done_at
        verbs = list(
            Event.objects.filter(object=f"next action:{action.pk}").order_by("pk").values_list("verb", flat=True)
        )
        assert verbs == (["did"] if isinstance(hand_on, Refused) else ["handed on", "did"])
        assert done.pk == action.pk
        assert_summary_is_right(engagement)


def test_an_escalation_is_acknowledged_once_by_two_windows(engagement, owner, colleague):
    for turn in range(TIMES):
        note = make.NoteFactory(engagement=engagement, author=colleague, escalated=True)
        row = note.escalations.create(user=owner)
        answers = at_once(
            *(
                lambda pk=row.pk, said=said: escalations.acknowledge(escalation_id=pk, by=owner, answer=said)
                for said in (f"One {turn}", f"Two {turn}")
            )
        )
        (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
        assert refused.message == "You have acknowledged this already."
        assert Event.objects.filter(object=f"note:{note.pk}", verb="acknowledged").count() == 1


def test_of_two_who_correct_a_note_at_once_one_is_told(engagement, owner, colleague):
    for turn in range(TIMES):
        old = make.NoteFactory(engagement=engagement, author=owner)

        def correct(by, old=old, turn=turn):
            new = notes.NewNote(token=uuid.uuid4(), body=f"Right {turn}", corrects=old.pk)
            return lambda: notes.write_note(engagement_id=engagement.pk, note=new, by=by, today=TODAY)

        answers = at_once(correct(owner), correct(colleague))
        assert sum(isinstance(answer, Refused) for answer in answers) == 1
        assert old.corrections.count() == 1


def test_two_people_sending_one_referral_send_it_once(engagement, owner, colleague, mailoutbox):
    engagement.tenant.customer.account_managed = False
    engagement.tenant.customer.save()
    for turn in range(TIMES):
        priya = make.ContactFactory(customer=engagement.tenant.customer, email="priya@northwind.example")
        referral = make.ReferralFactory(engagement=engagement, ready=True, contact=priya, approved_by=priya)
        make.ReferralPartnerFactory.create_batch(3, referral=referral)

        def send(by, referral=referral):
            return lambda: referrals.send_referral(referral_id=referral.pk, by=by, today=TODAY, usual=3, from_here=True)

        answers = at_once(send(owner), send(colleague))
        (told,) = [answer for answer in answers if isinstance(answer, Refused)]
        (sent,) = [answer for answer in answers if answer is not told]
        referral.refresh_from_db()
        assert referral.sent_by == sent.sent_by
        assert len(mailoutbox) == turn + 1
        assert Event.objects.filter(verb="sent", object=f"referral:{referral.pk}").count() == 1
        assert_summary_is_right(engagement)
        referrals.withdraw_referral(referral_id=referral.pk, by=owner, today=TODAY, why="Another one follows.")


def test_two_ratings_at_once_tell_the_second_what_the_first_said(engagement, owner, colleague):
    customer = engagement.tenant.customer_id
    summaries.refresh(engagement.pk)
    seen = ""
    for _ in range(TIMES):
        mine, theirs = [one for one in HealthRating.Colour.values if one != seen][:2]
        shown = {"colour": seen}

        def rate(colour, by, shown=shown):
            return lambda: health.rate_health(
                customer_id=customer, group=0, colour=colour, why="We met.", by=by, today=TODAY, seen=shown
            )

        answers = at_once(rate(mine, owner), rate(theirs, colleague))
        kept = [one.after["colour"] for one in answers if not isinstance(one, Refused)]
        newest = HealthRating.objects.order_by("-pk").first()
        assert kept == [newest.colour]
        chain = list(HealthRating.objects.order_by("pk").values_list("before", "colour"))
        assert [before for before, _ in chain[1:]] == [colour for _, colour in chain[:-1]]
        assert EngagementSummary.objects.get(pk=engagement.pk).health == newest.colour
        seen = newest.colour
