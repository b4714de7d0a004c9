"""Work on many engagements at once: chosen in the portfolio, told row by row, undone where nobody went on."""

import datetime as dt

import pytest
from django.urls import reverse

from engagements.models import BulkChange, Engagement, Event, NextAction
from engagements.services import bulk, next_actions, summaries
from engagements.services.bulk_kinds import Kind
from tests import factories as make

TODAY = dt.date(2026, 5, 21)
PROMISE = {"do": "begin", "text": "Ask for the pilot group", "due_on": "2026-05-29", "owner": "me"}


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC))


@pytest.fixture
def more(engagement):
    """Further engagements at which these people are assigned."""

    def more(number, *users, **values):
        found = []
        for _ in range(number):
            one = make.EngagementFactory(edition=engagement.edition, **values)
            for user in users:
                make.AssignmentFactory(user=user, tenant=one.tenant)
            summaries.refresh(one.pk)
            found.append(one)
        return found

    return more


@pytest.fixture
def post(client):
    def post(user, do, rows, values=None, **more):
        """Selects these, and answers the form if there are values; returns the change and the last page."""
        client.force_login(user)
        data = {"do": do, "chosen": [row.pk for row in rows], **more}
        answer = client.post(reverse("bulk_choose"), data)
        assert answer.status_code == 302
        if "together" not in answer["Location"]:
            return None, client.get(answer["Location"])
        if values:
            client.post(answer["Location"], values)
        change = BulkChange.objects.latest("pk")
        while change.begun_at and not change.is_finished:
            client.post(answer["Location"], {"do": "go-on"})
            change.refresh_from_db()
        return change, client.get(answer["Location"])

    return post


def text(page):
    return " ".join(page.content.decode().split())


def test_says_who_may_be_changed_before_anything_is(owner, engagement, more, post):
    closed, other = more(1, owner, status="closed", closed_on=TODAY)[0], more(1)[0]
    change, page = post(owner, "next-action", [engagement, closed, other])
    assert change.ids == [engagement.pk, closed.pk]  # what one may not see is not there
    assert "1 of 2 may be changed by you." in text(page)
    assert bulk.CLOSED in text(page)
    assert not NextAction.objects.exists()


def test_promises_the_same_everywhere_and_tells_each(owner, engagement, more, post):
    rows = [engagement, *more(3, owner)]
    change, page = post(owner, "next-action", rows, PROMISE)
    assert "4 changed, 0 refused." in text(page)
    assert set(NextAction.objects.values_list("engagement", "owner", "due_on")) == {
        (row.pk, owner.pk, dt.date(2026, 5, 29)) for row in rows
    }
    assert Event.objects.filter(verb="promised", actor=owner).count() == 4
    assert {row.summary.next_action_on for row in Engagement.objects.select_related("summary")} == {
        dt.date(2026, 5, 29)
    }
    assert change.values == {}  # what people wrote stands in the engagements alone


def test_each_is_promised_by_its_own_manager_where_that_is_asked(manager, owner, engagement, more, post):
    unled = more(1, manager)[0]
    make.AssignmentFactory(user=manager, tenant=engagement.tenant)
    _, page = post(manager, "next-action", [engagement, unled], PROMISE | {"owner": "manager"})
    assert "1 changed, 1 refused." in text(page)
    assert "Nobody is the primary FastTrack Manager here." in text(page)
    assert NextAction.objects.get().owner == owner


def test_undo_takes_back_what_nobody_went_on_from(client, owner, engagement, more, post):
    rows = [engagement, *more(2, owner)]
    change, _ = post(owner, "next-action", rows, PROMISE)
    done = NextAction.objects.get(engagement=rows[1])
    next_actions.finish(action_id=done.pk, by=owner)
    page = client.post(reverse("bulk_change", args=[change.pk]), {"do": "undo"}, follow=True)
    assert "Undone for 2." in text(page)
    assert "It was done meanwhile." in text(page)
    assert list(NextAction.objects.all()) == [done]
    assert Engagement.objects.get(pk=engagement.pk).summary.next_action_on is None
    assert "right after it was promised" in text(client.get(reverse("engagement_history", args=[engagement.pk])))


def test_parks_and_takes_it_back(client, owner, engagement, more, post):
    parked = more(1, owner, status="parked", parked_until=dt.date(2026, 6, 1), parked_reason="Audit")[0]
    values = {"do": "begin", "until": "2026-07-01", "why": "Their year end"}
    change, page = post(owner, "park", [engagement, parked], values)
    assert "2 changed, 0 refused." in text(page)
    assert set(Engagement.objects.values_list("status", "parked_until")) == {("parked", dt.date(2026, 7, 1))}
    client.post(reverse("bulk_change", args=[change.pk]), {"do": "undo"})
    engagement.refresh_from_db()
    parked.refresh_from_db()
    assert (engagement.status, engagement.parked_until, engagement.parked_reason) == ("open", None, "")
    assert (parked.status, parked.parked_until, parked.parked_reason) == ("parked", dt.date(2026, 6, 1), "Audit")


def test_tags_each_tenant_once_and_takes_it_off_again(client, owner, engagement, more, post):
    second = make.EngagementFactory(tenant=engagement.tenant, edition=engagement.edition)
    tagged = more(1, owner)[0]
    tagged.tenant.tags.add(make.TagFactory(name="Wave 2"))
    change, page = post(owner, "tag", [engagement, second, tagged], {"do": "begin", "tag": "wave  2"})
    assert "2 changed, 1 refused." in text(page)
    assert "has the tag Wave 2 already" in text(page)
    assert [tag.name for tag in engagement.tenant.tags.all()] == ["Wave 2"]
    assert Event.objects.filter(object=f"tenant:{engagement.tenant_id}", verb="changed").count() == 1
    client.post(reverse("bulk_change", args=[change.pk]), {"do": "undo"})
    assert not engagement.tenant.tags.exists()
    assert tagged.tenant.tags.exists()


def test_hands_over_with_a_reason_per_engagement_that_stays(manager, owner, stranger, engagement, more, post):
    unled = more(1, manager)[0]
    values = {"do": "begin", "q": "ben", "user": stranger.pk, "why": "Ana goes on leave"}
    _, page = post(manager, "hand-over", [engagement, unled], values)
    assert "1 changed, 1 refused." in text(page)
    assert "Nobody is the primary FastTrack Manager here" in text(page)
    assert engagement.handovers.get().receiver == stranger


def test_only_whoever_leads_hands_over(colleague, engagement, post):
    _, page = post(colleague, "hand-over", [engagement])
    assert "None of them may be changed by you." in text(page)
    _, page = post(colleague, "hand-over", [engagement], {"do": "begin", "q": "sam", "why": "x"})
    assert "0 changed, 1 refused." in text(page)
    assert not engagement.handovers.exists()


@pytest.mark.parametrize(
    "values",
    [
        PROMISE | {"due_on": "2026-05-20"},
        PROMISE | {"text": " "},
        PROMISE | {"text": "x" * 501},
        PROMISE | {"due_on": "2026-02-30"},
    ],
)
def test_what_cannot_be_is_refused_before_it_begins(owner, engagement, post, values):
    change, _ = post(owner, "next-action", [engagement], values)
    assert (change.begun_at, NextAction.objects.count()) == (None, 0)


def test_a_second_press_changes_nothing_more(client, owner, engagement, post):
    change, _ = post(owner, "next-action", [engagement], PROMISE)
    client.post(reverse("bulk_change", args=[change.pk]), PROMISE | {"text": "Something else"})
    assert NextAction.objects.get().text == PROMISE["text"]


def test_everything_that_the_list_finds_also_beyond_the_page(owner, engagement, more, post):
    more(30, owner)
    more(2, owner, status="parked", parked_until=dt.date(2026, 7, 1))
    summaries.refresh(engagement.pk)
    change, _ = post(owner, "tag", [], everything="1", list="sort=customer")
    assert len(change.ids) == 31


def test_a_reader_has_no_boxes_and_is_refused(client, leader, owner, engagement, post):
    for user, boxes in ((leader, False), (owner, True)):
        summaries.refresh(engagement.pk)
        client.force_login(user)
        page = client.get(reverse("engagement_list") + "?scope=all")
        assert ("data-select-all" in page.content.decode()) is boxes
    client.force_login(leader)
    assert client.post(reverse("bulk_choose"), {"do": "tag", "chosen": [engagement.pk]}).status_code == 403


def test_nobody_finds_the_change_of_somebody_else(client, owner, manager, engagement, post):
    change, _ = post(owner, "tag", [engagement])
    client.force_login(manager)
    assert client.get(reverse("bulk_change", args=[change.pk])).status_code == 404


def test_rights_that_were_lost_meanwhile_are_refused_row_by_row(client, owner, engagement, more, post):
    other = more(1, owner)[0]
    change, _ = post(owner, "next-action", [engagement, other])
    other.tenant.assignments.all().delete()
    client.post(reverse("bulk_change", args=[change.pk]), PROMISE)
    change.refresh_from_db()
    assert (len(change.made), change.refused) == (1, [[other.pk, bulk.READ_ONLY]])


@pytest.mark.parametrize(("do", "values"), [("next-action", PROMISE), ("tag", {"do": "begin", "tag": "Wave 1"})])
def test_the_queries_of_a_part_do_not_grow(client, owner, more, django_assert_max_num_queries, do, values):
    make.TagFactory(name="Wave 1")
    few, many = more(2, owner), more(12, owner)
    client.force_login(owner)
    counts = []
    for rows in (few, many):
        answer = client.post(reverse("bulk_choose"), {"do": do, "chosen": [row.pk for row in rows]})
        with django_assert_max_num_queries(90) as asked:
            client.post(answer["Location"], values)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_goes_on_part_by_part(client, owner, engagement, more, monkeypatch):
    monkeypatch.setitem(bulk.KINDS, "tag", Kind(bulk.KINDS["tag"].change, bulk.KINDS["tag"].undo, at_once=2))
    rows = [engagement, *more(4, owner)]
    change = bulk.choose(do="tag", ids=[row.pk for row in rows], by=owner)
    url = reverse("bulk_change", args=[change.pk])
    client.force_login(owner)
    assert "2 of 5 done" in text(client.post(url, {"do": "begin", "tag": "Wave 1"}, follow=True))
    assert "4 of 5 done" in text(client.post(url, {"do": "go-on"}, headers={"HX-Request": "true"}))
    assert "5 changed, 0 refused." in text(client.post(url, {"do": "go-on"}, headers={"HX-Request": "true"}))


def test_nothing_selected_says_what_to_do(owner, engagement, post):
    _, page = post(owner, "tag", [])
    assert "Select the engagements first" in text(page)
