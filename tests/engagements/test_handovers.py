"""Handing an engagement to another FastTrack Manager: offered with a brief, moved as a whole on acceptance."""

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Assignment, Engagement, Event, Handover, NextAction, Reminder
from engagements.reminding.writing import write
from engagements.services import assignments, closing, handovers, notes, tasks
from engagements.services.refusals import Refused
from tests import factories as make
from tests.cast import person

TODAY = dt.date(2026, 5, 21)
Decision = Handover.Decision


@pytest.fixture
def eva(groups):
    """The FastTrack Manager who takes over; assigned nowhere."""
    return person("eva", "FastTrack Manager")


@pytest.fixture
def offered(engagement, owner, eva, summarised) -> Handover:
    summarised()
    return offer(engagement, eva, owner)


def offer(engagement, receiver, by, **more) -> Handover:
    return handovers.offer(
        engagement_id=engagement.pk, receiver=receiver, why="I go on leave.", by=by, today=TODAY, **more
    )


def lead(engagement) -> list[str]:
    rows = Assignment.objects.filter(tenant=engagement.tenant, primary=True, role__name="FastTrack Manager")
    return [row.user.username for row in rows]


def works_there(engagement, user) -> bool:
    return Engagement.objects.editable_by(user).filter(pk=engagement.pk).exists()


def text(response) -> str:
    return " ".join(response.content.decode().split())


# Offering


def test_nothing_moves_before_the_receiver_accepts(engagement, owner, eva, offered):
    assert (offered.giver, offered.receiver, offered.decision) == (owner, eva, Decision.OPEN)
    assert lead(engagement) == ["ana"]
    assert not works_there(engagement, eva)
    assert Event.objects.get(verb="offered").engagement == engagement


@pytest.mark.parametrize("who", ["colleague", "partner", "leader", "stranger"])
def test_only_the_primary_manager_and_those_who_assign_offer_it(request, engagement, owner, eva, who):
    with pytest.raises(Refused, match="Only the primary FastTrack Manager"):
        offer(engagement, eva, request.getfixturevalue(who))


def test_a_team_manager_hands_over_on_somebody_s_behalf(engagement, owner, manager, eva):
    handover = offer(engagement, eva, manager)
    assert (handover.giver, handover.offered_by) == (owner, manager)


@pytest.mark.parametrize(
    ("receiver", "says"),
    [
        ("owner", "is the primary FastTrack Manager here already"),
        ("colleague", "does not work as FastTrack Manager"),
        ("partner", "can only have a partner's role"),
        ("leader", "reads everything and changes nothing"),
    ],
)
def test_it_goes_only_to_somebody_who_may_lead_it(request, engagement, owner, receiver, says):
    with pytest.raises(Refused, match=says):
        offer(engagement, request.getfixturevalue(receiver), owner)


def test_what_cannot_be_offered_says_why(engagement, owner, manager, eva, offered):
    with pytest.raises(Refused, match="being handed to Eva already"):
        offer(engagement, person("zoe", "FastTrack Manager"), owner)
    handovers.withdraw(handover_id=offered.pk, by=owner)
    with pytest.raises(Refused, match="Say why"):
        handovers.offer(engagement_id=engagement.pk, receiver=eva, why=" ", by=owner, today=TODAY)
    Assignment.objects.update(primary=False)
    with pytest.raises(Refused, match="Assign somebody on the team page"):
        offer(engagement, eva, manager)


# Accepting


def test_acceptance_moves_being_primary_and_the_next_actions_together(engagement, owner, eva, offered, summarised):
    summarised()
    own = make.NextActionFactory(engagement=engagement, owner=owner)
    done = make.NextActionFactory(engagement=engagement, owner=owner, done_at=dt.datetime.now(dt.UTC))
    elsewhere = make.NextActionFactory(owner=owner)
    others = make.NextActionFactory(engagement=engagement)
    handovers.accept(handover_id=offered.pk, by=eva)
    assert lead(engagement) == ["eva"]
    assert works_there(engagement, eva)
    assert not works_there(engagement, owner)
    owners = dict(NextAction.objects.values_list("pk", "owner__username"))
    assert [owners[row.pk] for row in (own, done, elsewhere)] == ["eva", "ana", "ana"]
    assert owners[others.pk] not in ("eva", "ana")
    assert set(Event.objects.filter(object__startswith="user:").values_list("verb", "object")) == {
        ("changed", f"user:{owner.pk}"),
        ("unassigned", f"user:{owner.pk}"),
        ("assigned", f"user:{eva.pk}"),
    }


def test_the_giver_may_stay_on_the_team(engagement, owner, eva):
    handover = offer(engagement, eva, owner, stays=True)
    handovers.accept(handover_id=handover.pk, by=eva)
    assert works_there(engagement, owner)
    assert lead(engagement) == ["eva"]


def test_the_giver_stays_where_another_engagement_of_the_tenant_is_open(engagement, owner, eva, offered):
    make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition, services=["Yammer"])
    handovers.accept(handover_id=offered.pk, by=eva)
    assert works_there(engagement, owner)


def test_somebody_who_works_there_already_becomes_primary_for_the_whole_tenant(engagement, owner, eva):
    row = make.AssignmentFactory(user=eva, tenant=engagement.tenant)
    row.services.add(make.ServiceFactory(name="Teams"))
    handovers.accept(handover_id=offer(engagement, eva, owner).pk, by=eva)
    assert lead(engagement) == ["eva"]
    assert not row.services.exists()


@pytest.mark.parametrize("tenants", [1, 2])
def test_leading_the_customer_goes_along_where_it_has_no_other_tenant(engagement, owner, eva, offered, tenants):
    customer = engagement.tenant.customer
    make.AssignmentFactory(user=owner, tenant=None, customer=customer, primary=True)
    for _ in range(tenants - 1):
        make.TenantFactory(customer=customer)
    handovers.accept(handover_id=offered.pk, by=eva)
    lead_of_all = customer.assignments.get(primary=True).user
    assert lead_of_all == (eva if tenants == 1 else owner)
    assert works_there(engagement, owner) is (tenants == 2)


def test_only_the_receiver_answers(engagement, owner, manager, offered):
    for by in (owner, manager):
        with pytest.raises(Refused, match="Only Eva can accept"):
            handovers.accept(handover_id=offered.pk, by=by)
        with pytest.raises(Refused, match="Only Eva can decline"):
            handovers.decline(handover_id=offered.pk, by=by, why="No")


def test_declining_needs_a_reason_and_moves_nothing(engagement, owner, eva, offered):
    with pytest.raises(Refused, match="Say why"):
        handovers.decline(handover_id=offered.pk, by=eva, why="")
    handovers.decline(handover_id=offered.pk, by=eva, why="I have too many.")
    assert lead(engagement) == ["ana"]
    assert Event.objects.get(verb="declined").after["why"] == "I have too many."


def test_what_was_decided_is_decided(owner, eva, offered):
    handovers.withdraw(handover_id=offered.pk, by=owner)
    with pytest.raises(Refused, match="withdrawn meanwhile"):
        handovers.accept(handover_id=offered.pk, by=eva)


# What changes meanwhile


def test_an_engagement_that_closes_is_handed_to_nobody(engagement, owner, eva, offered):
    closing.close_engagement(
        engagement_id=engagement.pk, ended_as="withdrew", outcome="They stopped.", by=owner, today=TODAY
    )
    offered.refresh_from_db()
    assert (offered.decision, offered.decided_why) == (Decision.WITHDRAWN, "The engagement was closed.")


def test_an_offer_of_somebody_who_no_longer_leads_there_ends_with_a_sentence(engagement, manager, eva, offered):
    zoe = person("zoe", "FastTrack Manager")
    role = make.RoleFactory(name="FastTrack Manager")
    assignments.assign(user=zoe, role=role, at=engagement.tenant, by=manager, primary=True)
    ended = handovers.accept(handover_id=offered.pk, by=eva)
    assert ended.decision == Decision.WITHDRAWN
    assert ended.decided_why == "Zoe is the primary FastTrack Manager now, not Ana."
    assert lead(engagement) == ["zoe"]


def test_a_receiver_who_left_makes_room_for_another(engagement, owner, eva, offered):
    type(eva).objects.filter(pk=eva.pk).update(is_active=False)
    offer(engagement, person("zoe", "FastTrack Manager"), owner)
    offered.refresh_from_db()
    assert offered.decision == Decision.WITHDRAWN
    assert "no longer signs in" in offered.decided_why


def test_a_giver_who_left_hands_over_all_the_same(engagement, owner, eva, offered):
    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    handovers.accept(handover_id=offered.pk, by=eva)
    assert lead(engagement) == ["eva"]


# Everything of somebody


def test_everything_of_somebody_is_offered_or_refused_one_by_one(engagement, owner, manager, eva):
    second = make.EngagementFactory(edition=engagement.edition)
    make.AssignmentFactory(user=owner, tenant=second.tenant, primary=True)
    offer(second, person("zoe", "FastTrack Manager"), owner)
    found = handovers.offer_many(
        giver=owner, engagements=[engagement, second], receiver=eva, why="She leaves.", by=manager, today=TODAY
    )
    assert [one.refused for one in found] == ["", "It is being handed to Zoe already. Withdraw that first."]
    assert Handover.objects.get(receiver=eva).engagement == engagement


# Pages


def test_the_receiver_reads_it_on_today_and_opens_the_brief_without_being_assigned(
    client, owner, eva, engagement, offered
):
    client.force_login(eva)
    today = text(client.get(reverse("today")))
    assert "Handed to you" in today
    assert today.index("Handed to you") < today.index("Read the brief")
    assert "Ana hands this engagement to you" in today
    brief = client.get(reverse("handover_detail", args=[offered.pk]))
    assert "I go on leave." in text(brief)
    assert "Accept" in text(brief)
    assert client.get(engagement.get_absolute_url()).status_code == 404
    client.post(reverse("handover_detail", args=[offered.pk]), {"do": "accept"})
    assert client.get(engagement.get_absolute_url()).status_code == 200
    assert "Handed to you" not in text(client.get(reverse("today")))


def test_after_declining_a_stranger_sees_nothing_any_more(client, eva, engagement, offered):
    client.force_login(eva)
    page = reverse("handover_detail", args=[offered.pk])
    refused = client.post(page, {"do": "decline"})
    assert refused.status_code == 422
    answer = client.post(page, {"do": "decline", "why": "No time"}, follow=True)
    assert "Declined. The giver sees why." in text(answer)
    assert client.get(page).status_code == 404


def test_the_engagement_says_to_whom_it_is_being_handed(client, owner, engagement, offered):
    client.force_login(owner)
    html = text(client.get(engagement.get_absolute_url()))
    assert "Being handed to Eva." in html
    assert reverse("handover_detail", args=[offered.pk]) in html
    client.post(reverse("handover_detail", args=[offered.pk]), {"do": "withdraw"})
    assert "Being handed to" not in text(client.get(engagement.get_absolute_url()))


def test_the_menu_offers_it_to_those_who_may(client, owner, colleague, manager, engagement):
    for user, there in ((owner, True), (colleague, False), (manager, True)):
        client.force_login(user)
        html = text(client.get(engagement.get_absolute_url()))
        assert (reverse("engagement_handover", args=[engagement.pk]) in html) is there


def test_it_is_offered_from_the_page_and_what_was_typed_is_kept_when_it_is_refused(
    client, owner, eva, colleague, engagement
):
    client.force_login(owner)
    page = reverse("engagement_handover", args=[engagement.pk])
    refused = client.post(page, {"user": colleague.pk, "q": "sam", "why": "I go on leave."})
    assert refused.status_code == 422
    assert "does not work as FastTrack Manager" in text(refused)
    assert "I go on leave." in text(refused)
    client.post(page, {"q": "eva", "why": "I go on leave.", "stays": "on"})
    handover = Handover.objects.get()
    assert (handover.receiver, handover.stays) == (eva, True)


def test_accepting_too_late_says_why(client, eva, engagement, offered):
    Assignment.objects.update(primary=False)
    client.force_login(eva)
    page = reverse("handover_detail", args=[offered.pk])
    assert "This cannot be accepted any more." in text(client.get(page))
    answer = client.post(page, {"do": "accept"}, follow=True)
    assert "Nobody is the primary FastTrack Manager now" in text(answer)


def test_everything_of_somebody_goes_from_one_page(client, owner, manager, eva, engagement):
    client.force_login(manager)
    page = reverse("handover_many")
    assert "Show what they lead" in text(client.get(page))
    assert "Northwind Traders" in text(client.get(page, {"user": owner.pk}))
    assert client.get(page, {"q": "zzz"}).status_code == 422
    assert "Tick the engagements" in text(client.post(page, {"giver": owner.pk, "user": eva.pk, "why": "x"}))
    new = {"giver": owner.pk, "user": eva.pk, "why": "She leaves.", "engagements": [engagement.pk]}
    assert "Offered" in text(client.post(page, new))
    assert "Refused" in text(client.post(page, new))
    assert Handover.objects.count() == 1


def test_the_history_tells_it(client, owner, eva, engagement, offered):
    handovers.decline(handover_id=offered.pk, by=eva, why="No time")
    client.force_login(owner)
    html = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "offered the engagement of Ana to Eva" in html
    assert "declined to take the engagement over from Ana" in html


# The brief


@pytest.fixture
def lived(engagement, owner):
    """An engagement with a note, a promise, a blocked task and a service without DIBS."""
    process = make.ProcessFactory(edition=engagement.edition, slug="kickoff")
    step = make.StepFactory(process=process, slug="meet", title="Meet the customer")
    make.RequirementFactory(step=step, text="Roles are clear")
    make.ListingFactory(step=step, task=make.FtopTaskFactory(number=983, name="QuickLeads"), mandatory=False)
    new = notes.NewNote(
        token=uuid.uuid4(), body="We met Priya.", next_action="Call her", next_on=TODAY, next_owner=owner
    )
    notes.write_note(engagement_id=engagement.pk, note=new, by=owner, today=TODAY)
    tasks.set_task_status(
        engagement_id=engagement.pk, number=983, status="Blocked-Business", reason="No budget", by=owner, today=TODAY
    )
    return engagement


def test_the_brief_says_what_the_receiver_has_to_know(client, lived, owner, eva):
    handover = offer(lived, eva, owner)
    client.force_login(eva)
    html = text(client.get(reverse("handover_detail", args=[handover.pk])))
    for said in ("Meet the customer", "Roles are clear", "Call her", "983 QuickLeads: Blocked-Business", "No budget"):
        assert said in html
    for said in ("We met Priya.", "Teams lacks due date", "primary FastTrack Manager"):
        assert said in html


def test_the_brief_keeps_ids_and_no_words_of_people(lived, owner, eva):
    kept = str(offer(lived, eva, owner).brief)
    for word in ("Priya", "Call her", "No budget", "Ana"):
        assert word not in kept


def test_queries_of_the_brief_do_not_grow(client, lived, owner, eva, django_assert_num_queries):
    handover = offer(lived, eva, owner)
    client.force_login(eva)
    page = reverse("handover_detail", args=[handover.pk])
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    assert len(few) <= 24
    handovers.withdraw(handover_id=handover.pk, by=owner)
    for number in range(9):
        make.NextActionFactory(engagement=lived, owner=owner)
        make.NoteFactory(engagement=lived, author=owner)
        make.AssignmentFactory(tenant=lived.tenant, role=make.RoleFactory(name=f"Role {number}"))
    page = reverse("handover_detail", args=[offer(lived, eva, owner).pk])
    with django_assert_num_queries(len(few)):
        client.get(page)


# Reminders


def test_the_receiver_is_told_by_mail_until_it_is_decided(owner, eva, offered):
    (reminder,) = Reminder.objects.filter(recipient=eva, kind="handover")
    assert (reminder.state, reminder.engagement) == ("planned", None)
    message = write([reminder])[reminder.pk]
    assert message.subject == "Northwind Traders: Ana hands this engagement to you"
    assert message.path == reverse("handover_detail", args=[offered.pk])
    handovers.withdraw(handover_id=offered.pk, by=owner)
    reminder.refresh_from_db()
    assert reminder.state == "dropped"


def test_reminders_of_what_moved_are_the_receivers_from_then_on(engagement, owner, eva, offered):
    action = make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY)
    of_giver = make.ReminderFactory(
        kind="action-due", occurrence=f"action:{action.pk}:{TODAY}", recipient=owner, engagement=engagement
    )
    handovers.accept(handover_id=offered.pk, by=eva)
    of_giver.refresh_from_db()
    assert (of_giver.state, of_giver.reason) == ("dropped", "Handed over to Eva.")
