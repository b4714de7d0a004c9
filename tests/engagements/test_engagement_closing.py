"""Closing: what is left behind is named, an RFA is disengaged service by service, and what follows (R25 to R27)."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from engagements.models import Engagement, Event, NextAction
from engagements.services import closing, notes, steps, tasks, waivers
from engagements.services.refusals import Refused
from tests import factories as make

TODAY = timezone.localdate()
NEW_YEARS_EVE = dt.date(TODAY.year + 1, 12, 31)


@pytest.fixture
def url(engagement):
    return reverse("engagement_closing", args=[engagement.pk])


@pytest.fixture
def way_out(engagement):
    """The two steps at the end of an RFA: a discussion per service, then the task that says it is over."""
    process = make.ProcessFactory(edition=engagement.edition, slug="completion", title="Completion")
    discussion = make.StepFactory(process=process, slug="discuss", title="Completion discussion")
    type(discussion).objects.filter(pk=discussion.pk).update(per_service=True)
    last = make.StepFactory(process=process, slug="over", title="Disengagement complete")
    make.ListingFactory(step=last, task__number=4058)
    return discussion, last


@pytest.fixture
def held(engagement, owner, way_out):
    """Holds the discussions of these services, and completes the end when asked to."""

    def hold(*names, end=False):
        discussion, last = way_out
        for name in names:
            service = engagement.services.get(name=name)
            note = notes.NewNote(token=uuid.uuid4(), body="They agree that it is done.")
            place = notes.StepPlace(discussion.key, service_id=service.pk)
            notes.write_note(engagement_id=engagement.pk, note=note, by=owner, today=TODAY, at_step=place)
            steps.complete_step(
                engagement_id=engagement.pk,
                step_key=discussion.key,
                by=owner,
                today=TODAY,
                service_id=service.pk,
            )
        if end:
            at = {"engagement_id": engagement.pk, "by": owner, "today": TODAY}
            tasks.set_task_status(**at, number=4058, status="Complete")
            steps.complete_step(**at, step_key=last.key)

    return hold


def ended(**values):
    said = {"ended_as": "disengaged", "outcome": "Both services are in use", "queue": "emea"}
    return said | {"follow_up_on": NEW_YEARS_EVE.isoformat(), "follow_up_text": "See whether they need us"} | values


def words(response) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def test_a_stranger_gets_404_and_a_reader_reads_without_a_form(client, url, stranger, leader):
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    client.force_login(leader)
    assert client.get(url).context["form"] is None
    assert client.post(url, ended()).status_code == 403


def test_each_service_of_an_rfa_has_its_own_discussion(client, url, owner, way_out, held):
    held("Exchange")
    client.force_login(owner)
    page = client.get(url)
    assert [(row["service"], row["word"]) for row in page.context["rounds"]] == [
        ("Exchange", "Complete"),
        ("Teams", "Not started"),
    ]
    assert page.context["left"] == "1 of 2 completion discussions held, 0 of 1 last step done"
    assert "Disengage and close" in words(page)
    assert page.content.decode().count("b-main") == 1


def test_another_motion_has_no_rounds(client, url, owner, engagement, way_out):
    engagement.motions.set([make.MotionFactory(slug="targeting")])
    client.force_login(owner)
    page = client.get(url)
    assert (page.context["rounds"], page.context["ends"]) == ([], [])
    assert 'name="queue"' not in page.content.decode()
    assert client.post(url, {"ended_as": "disengaged", "outcome": "All done"}).status_code == 302


def test_what_is_still_open_is_listed_and_does_not_hinder(client, url, owner, engagement, way_out):
    make.NextActionFactory(engagement=engagement, owner=owner, text="Call Priya")
    process = way_out[0].process
    make.RequirementFactory(
        process=process, step=None, section="key_output", text="They know the way", checks=["attest"]
    )
    client.force_login(owner)
    said = words(client.get(url))
    for open_thing in ("Call Priya", "Disengagement complete", "They know the way"):
        assert open_thing in said
    answer = client.post(url, {"ended_as": "withdrew", "outcome": "They stay on premises"})
    assert answer.url == reverse("engagement_state", args=[engagement.pk])
    engagement.refresh_from_db()
    assert (engagement.status, engagement.ended_as, engagement.outcome) == (
        "closed",
        "withdrew",
        "They stay on premises",
    )


@pytest.mark.parametrize("services", [(), ("Exchange",), ("Exchange", "Teams")])
def test_it_is_not_disengaged_before_the_last_discussion_and_the_task(client, url, owner, engagement, held, services):
    held(*services)
    client.force_login(owner)
    answer = client.post(url, ended(follow_up_owner=owner.pk))
    assert answer.status_code == 422
    assert "It is not disengaged yet:" in words(answer)
    assert "Both services are in use" in answer.content.decode()
    engagement.refresh_from_db()
    assert engagement.status == "open"


def test_disengaging_promises_to_look_again_at_the_end_of_the_following_year(client, url, owner, engagement, held):
    held("Exchange", "Teams", end=True)
    client.force_login(owner)
    shown = client.get(url).context["form"]
    assert shown["follow_up_on"].value() == NEW_YEARS_EVE
    assert client.post(url, ended(follow_up_owner=owner.pk)).status_code == 302
    action = NextAction.objects.get()
    assert (action.due_on, action.owner, action.text) == (NEW_YEARS_EVE, owner, "See whether they need us")
    engagement.refresh_from_db()
    assert (engagement.queue, engagement.queue_asked_on) == ("emea", TODAY)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"follow_up_on": ""}, "After disengaging, the next action is due 31 December"),
        ({"follow_up_on": (TODAY + dt.timedelta(9)).isoformat()}, "After disengaging, the next action is due"),
        ({"follow_up_owner": ""}, "Say who looks at the customer again."),
        ({"follow_up_text": " "}, "Say what somebody does on that day."),
        ({"queue": ""}, "Say which queue the tenant moves to"),
        ({"queue": "mars"}, "Select a valid choice"),
        ({"ended_as": ""}, "Choose how the engagement ended."),
        ({"outcome": "  "}, "Say how the engagement ended."),
        ({"follow_up_on": "soon"}, "Give a date, such as 2026-05-27."),
    ],
)
def test_what_is_missing_is_said_beside_its_field(client, url, owner, engagement, held, changed, said):
    held("Exchange", "Teams", end=True)
    client.force_login(owner)
    answer = client.post(url, ended(**{"follow_up_owner": owner.pk} | changed))
    assert answer.status_code == 422
    assert said in words(answer)
    engagement.refresh_from_db()
    assert (engagement.status, NextAction.objects.count()) == ("open", 0)


def test_somebody_from_elsewhere_cannot_be_promised_to_look(client, url, owner, stranger, held):
    held("Exchange", "Teams", end=True)
    client.force_login(owner)
    assert client.post(url, ended(follow_up_owner=stranger.pk)).status_code == 422


@pytest.fixture
def closed(engagement, owner, held):
    held("Exchange", "Teams", end=True)
    follow_up = closing.FollowUp("See whether they need us", NEW_YEARS_EVE, owner)
    return closing.close_engagement(
        engagement_id=engagement.pk,
        ended_as="disengaged",
        outcome="Both in use",
        by=owner,
        today=TODAY,
        follow_up=follow_up,
        queue="emea",
    )


@pytest.fixture
def state(client, closed):
    def post(user, do, **values):
        client.force_login(user)
        return client.post(reverse("engagement_state", args=[closed.pk]), {"do": do, **values})

    return post


def test_a_closed_engagement_says_how_it_ended_and_what_waits(client, owner, closed):
    client.force_login(owner)
    said = words(client.get(reverse("engagement_state", args=[closed.pk])))
    assert "FTCQ Inactive EMEA, requested today" in said
    assert "The FastTrack Manager stays assigned until the tenant has been moved." in said
    assert "See whether they need us" in said


def test_the_move_is_confirmed_once_by_those_who_worked_there(state, owner, leader, closed):
    assert state(leader, "moved", on=TODAY.isoformat()).status_code == 403
    assert state(owner, "moved", on=(TODAY + dt.timedelta(1)).isoformat()).status_code == 422
    assert state(owner, "moved", on=(TODAY - dt.timedelta(1)).isoformat()).status_code == 422
    assert state(owner, "moved", on=TODAY.isoformat()).status_code == 302
    closed.refresh_from_db()
    assert closed.queue_moved_on == TODAY
    assert state(owner, "moved", on=TODAY.isoformat()).status_code == 403


def test_the_manager_leaves_with_one_press_once_the_tenant_was_moved(client, state, owner, colleague, closed):
    assert state(owner, "left").status_code == 403
    state(owner, "moved", on=TODAY.isoformat())
    assert state(colleague, "left").status_code == 403
    client.force_login(owner)
    assert "Unassign the FastTrack Manager" in words(client.get(reverse("engagement_state", args=[closed.pk])))
    answer = state(owner, "left")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not closed.tenant.assignments.filter(user=owner).exists()
    assert Event.objects.filter(verb="unassigned", object=f"user:{owner.pk}", tenant=closed.tenant).exists()


def test_nobody_leaves_a_tenant_where_something_else_runs(state, owner, closed):
    state(owner, "moved", on=TODAY.isoformat())
    make.EngagementFactory(tenant=closed.tenant, edition=closed.edition)
    assert state(owner, "left").status_code == 403
    assert closed.tenant.assignments.filter(user=owner).exists()


def test_looking_again_ticks_the_promise_off_and_leaves_it_closed(state, owner, closed):
    assert state(owner, "looked").status_code == 302
    assert NextAction.objects.get().done_by == owner
    closed.refresh_from_db()
    assert closed.status == "closed"
    assert state(owner, "looked").status_code == 403


def test_reopening_keeps_how_it_had_ended_in_the_history(client, state, owner, closed):
    assert state(owner, "reopen", why="They came back").status_code == 302
    closed.refresh_from_db()
    assert (closed.status, closed.ended_as, closed.queue, closed.queue_asked_on) == ("open", "", "", None)
    rows = client.get(reverse("engagement_history", args=[closed.pk])).context["events"]
    told = [(row["text"], row["after"]) for row in rows]
    assert told[0] == ("reopened the engagement", "They came back")
    assert told[1] == ("closed the engagement", "Disengaged: what was asked for is done: Both in use")
    assert told[2][0] == "promised: See whether they need us"
    assert told[2][1].endswith("Ana")


def test_nothing_is_confirmed_where_nothing_was_asked_for(engagement, owner):
    with pytest.raises(Refused):
        closing.confirm_move(engagement_id=engagement.pk, on=TODAY, by=owner, today=TODAY)
    with pytest.raises(Refused):
        closing.finish_follow_up(engagement_id=engagement.pk, by=owner)


@pytest.mark.parametrize("region", ["EMEA", "emea north"])
def test_the_queue_of_the_region_is_offered_first(client, url, owner, engagement, way_out, region):
    type(engagement.tenant.customer).objects.update(region=region)
    client.force_login(owner)
    assert client.get(url).context["form"]["queue"].value() == Engagement.Queue.EMEA


def test_what_waits_for_others_leads_only_where_the_reader_may_go(client, engagement, owner, manager, partner):
    make.ReferralFactory(engagement=engagement)
    stated = make.RequirementFactory(step__process__edition=engagement.edition, checks=["attest"])
    waiver = waivers.ask_waiver(
        engagement_id=engagement.pk, step_key=stated.step.key, requirement=stated.pk, reason="x", by=owner, today=TODAY
    )
    addresses = {reverse("referral_detail", args=[engagement.pk]), reverse("waiver_decide", args=[waiver.pk])}
    found = {}
    for user in (owner, manager, partner):
        client.force_login(user)
        page = client.get(reverse("engagement_closing", args=[engagement.pk])).content.decode()
        assert "QuickLeads referral" in page
        found[user] = {one for one in addresses if f'href="{one}"' in page}
    referral, decision = sorted(addresses)
    assert found == {owner: {referral}, manager: {referral, decision}, partner: set()}
