"""The private calendar of a person: two parsers read it, it updates and cancels, and only its address opens it."""

import datetime as dt
import hashlib
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
import vobject
from django.urls import reverse

from engagements.models import CalendarFeed, Review
from engagements.services import calendars
from tests import factories as make

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def series(engagement, owner):
    return make.ReviewSeriesFactory(tenant=engagement.tenant, owner=owner)


@pytest.fixture
def review(series):
    return make.ReviewFactory(series=series, on=TODAY + 7 * DAY, place="Room 4; second floor, left")


@pytest.fixture
def get(client, owner):
    """Asks for the calendar of somebody as their Outlook would: without signing in."""

    def ask(person=owner, **headers):
        token = calendars.renew(person=person)
        return client.get(reverse("calendar_feed", args=[token]), headers=headers)

    return ask


def events(answer) -> dict[str, icalendar.Event]:
    found = icalendar.Calendar.from_ical(answer.content)
    return {str(event["uid"]): event for event in found.walk("VEVENT")}


# What it holds ----------------------------------------------------------------------------------------


def test_a_review_stands_in_it_with_its_time_place_and_the_way_to_it(get, review):
    (event,) = events(get()).values()
    assert event["uid"] == str(review.uid)
    assert event["summary"] == "Northwind Traders: Customer-facing health review"
    assert event.decoded("dtstart") == review.starts_at
    assert event.decoded("dtend") - event.decoded("dtstart") == dt.timedelta(minutes=30)
    assert event["location"] == "Room 4; second floor, left"
    assert event["url"].startswith("http://127.0.0.1:8000/")
    assert event["status"] == "CONFIRMED"
    assert event.decoded("dtstamp") == event.decoded("last-modified") == review.changed_at
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("trigger") == -dt.timedelta(minutes=15)


def test_a_second_parser_reads_the_same(get, review, engagement, owner):
    """Another library, written by others, agrees about every event."""
    make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY + DAY, text="Call; the board, then")
    answer = get()
    theirs = vobject.readOne(answer.content.decode())
    found = {event.uid.value: event for event in theirs.vevent_list}
    ours = events(answer)
    assert found.keys() == ours.keys()
    for uid, event in found.items():
        assert event.dtstart.value == ours[uid].decoded("dtstart")
        assert event.dtend.value == ours[uid].decoded("dtend")
        assert event.summary.value == str(ours[uid]["summary"])
        assert event.status.value == str(ours[uid]["status"])
    assert theirs.serialize()  # which checks that all that must be there is


def test_lines_are_no_longer_than_calendars_allow_and_text_cannot_add_any(get, series):
    make.ReviewFactory(series=series, on=TODAY, place="x" * 270 + "\r\nSTATUS:CANCELLED")
    answer = get()
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert [str(event["status"]) for event in events(answer).values()] == ["CONFIRMED"]


def test_what_moved_keeps_its_identity_and_counts_up(get, review):
    (before,) = events(get()).values()
    Review.objects.update(on=TODAY + 9 * DAY, starts_at=review.starts_at + 2 * DAY, sequence=1, changed_at=NOW)
    (after,) = events(get()).values()
    assert after["uid"] == before["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after.decoded("dtstart") == before.decoded("dtstart") + 2 * DAY
    assert after.decoded("last-modified") == NOW


@pytest.mark.parametrize("state", ["skipped", "cancelled"])
def test_what_is_not_to_be_held_stays_as_cancelled_so_that_it_goes_away(get, review, state):
    Review.objects.update(state=state, why="Easter")
    (event,) = events(get()).values()
    assert event["status"] == "CANCELLED"
    assert not event.walk("VALARM")
    assert "Easter" not in get().content.decode()


def test_next_actions_are_all_day_and_take_up_no_time(get, engagement, owner, colleague):
    action = make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY + DAY, text="Call the board")
    make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY, done_at=NOW)
    make.NextActionFactory(engagement=engagement, owner=colleague, due_on=TODAY)
    (event,) = events(get()).values()
    assert event.decoded("dtstart") == TODAY + DAY
    assert event.decoded("dtend") == TODAY + 2 * DAY
    assert event["transp"] == "TRANSPARENT"
    assert event["summary"] == "Northwind Traders: Call the board"
    assert engagement.get_absolute_url() in event["url"]
    assert str(action.pk) in event["uid"]


def test_it_reaches_two_months_back_and_six_ahead(get, owner):
    for days in (-61, -60, 180, 181):
        make.ReviewFactory(
            series=make.ReviewSeriesFactory(owner=owner, tenant=make.AssignmentFactory(user=owner).tenant),
            on=TODAY + days * DAY,
        )
    on = sorted(event.decoded("dtstart").date() for event in events(get()).values())
    assert on == [TODAY - 60 * DAY, TODAY + 180 * DAY]


# The changes of clocks, the leap day and the end of a year: ten o'clock there is this instant, looked up.
@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Europe/London", dt.date(2026, 3, 29), dt.datetime(2026, 3, 29, 9, tzinfo=dt.UTC)),
        ("Europe/London", dt.date(2026, 10, 25), dt.datetime(2026, 10, 25, 10, tzinfo=dt.UTC)),
        ("Pacific/Auckland", dt.date(2026, 4, 5), dt.datetime(2026, 4, 4, 22, tzinfo=dt.UTC)),
        ("Pacific/Auckland", dt.date(2026, 9, 27), dt.datetime(2026, 9, 26, 21, tzinfo=dt.UTC)),
        ("Pacific/Auckland", dt.date(2027, 1, 1), dt.datetime(2026, 12, 31, 21, tzinfo=dt.UTC)),
        ("Pacific/Honolulu", dt.date(2026, 12, 31), dt.datetime(2026, 12, 31, 20, tzinfo=dt.UTC)),
        ("Pacific/Honolulu", dt.date(2028, 2, 29), dt.datetime(2028, 2, 29, 20, tzinfo=dt.UTC)),
    ],
)
def test_both_parsers_find_the_instant_whatever_the_clocks_do(get, series, zone, day, instant, clock):
    clock.move_to(dt.datetime.combine(day - DAY, dt.time(12), dt.UTC))
    series.time_zone = zone
    make.ReviewFactory(series=series, on=day)
    answer = get()
    (event,) = events(answer).values()
    assert event.decoded("dtstart") == instant
    assert vobject.readOne(answer.content.decode()).vevent.dtstart.value == instant
    assert instant.astimezone(ZoneInfo(zone)).time() == dt.time(10)


# Whose --------------------------------------------------------------------------------------------------


def test_it_holds_what_one_leads_and_what_is_of_ones_tenants_and_customers(get, review, owner, colleague, engagement):
    elsewhere = make.ReviewFactory(on=TODAY + DAY)
    briefing = make.ReviewSeriesFactory(
        rule=make.CadenceRuleFactory(kind="cxo"), tenant=None, customer=engagement.tenant.customer, owner=owner
    )
    of_customer = make.ReviewFactory(series=briefing, on=TODAY + DAY)
    for person in (owner, colleague):
        assert events(get(person)).keys() == {str(review.uid), str(of_customer.uid)}
    assert str(elsewhere.uid) not in events(get(owner))
    assert "Led by Ana." in events(get(colleague))[str(review.uid)]["description"]


def test_who_reads_everything_has_their_own_reviews_only(get, review, leader):
    assert events(get(leader)) == {}


def test_who_lost_access_reads_nothing_any_more(get, review, owner, engagement):
    make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY)
    owner.assignments.all().delete()
    assert events(get()) == {}


def test_partners_do_not_learn_of_reviews_that_they_never_take_part_in(get, review, series, partner):
    assert str(review.uid) in events(get(partner))
    type(series.rule).objects.update(partner="never")
    assert events(get(partner)) == {}


def test_the_day_is_that_of_its_owner(get, series, owner, clock):
    make.ReviewFactory(series=series, on=TODAY - 60 * DAY)
    type(owner).objects.update(time_zone="Pacific/Auckland")
    owner.refresh_from_db()
    assert len(events(get())) == 1
    clock.move_to(NOW.replace(hour=13))  # tomorrow there
    assert events(get()) == {}


def test_it_asks_as_many_queries_for_many(get, client, series, owner, engagement, django_assert_num_queries):
    def feed():
        token = calendars.renew(person=owner)
        client.get(reverse("calendar_feed", args=[token]))  # notes that it was read
        with django_assert_num_queries(4):
            return events(client.get(reverse("calendar_feed", args=[token])))

    make.ReviewFactory(series=series, on=TODAY)
    make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY)
    assert len(feed()) == 2
    for at in range(8):
        rule = make.CadenceRuleFactory(kind=f"kind-{at}")
        make.ReviewFactory(series=make.ReviewSeriesFactory(tenant=series.tenant, owner=owner, rule=rule), on=TODAY)
        make.NextActionFactory(engagement=engagement, owner=owner, due_on=TODAY)
    assert len(feed()) == 18


# The address --------------------------------------------------------------------------------------------


def test_the_address_alone_opens_it_and_nobody_else_keeps_it(get, review):
    answer = get()
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in answer
    assert not answer.cookies


def test_what_did_not_change_is_not_sent_again(client, owner, review):
    token = calendars.renew(person=owner)
    url = reverse("calendar_feed", args=[token])
    first = client.get(url)
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Review.objects.update(changed_at=NOW, sequence=1)
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert client.head(url).status_code == 200


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 5000, "é"])
def test_an_address_that_is_none_is_404(client, owner, token):
    calendars.renew(person=owner)
    assert client.get(f"/calendar/{token}.ics").status_code == 404


def test_a_new_address_stops_the_one_before(client, owner):
    first, second = calendars.renew(person=owner), calendars.renew(person=owner)
    assert first != second
    assert client.get(reverse("calendar_feed", args=[first])).status_code == 404
    assert client.get(reverse("calendar_feed", args=[second])).status_code == 200


def test_who_may_not_sign_in_any_more_has_no_calendar(get, owner):
    type(owner).objects.update(is_active=False)
    assert get().status_code == 404


def test_only_a_digest_of_it_is_kept(owner):
    token = calendars.renew(person=owner)
    feed = CalendarFeed.objects.get()
    assert feed.token_digest == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(vars(feed))
    assert len(token) >= 43


def test_when_it_was_read_is_noted_and_not_with_every_reading(client, owner, clock):
    url = reverse("calendar_feed", args=[calendars.renew(person=owner)])
    client.get(url)
    clock.shift(dt.timedelta(minutes=5))
    client.get(url)
    assert CalendarFeed.objects.get().read_at == NOW
    clock.shift(dt.timedelta(minutes=15))
    client.get(url)
    assert CalendarFeed.objects.get().read_at == NOW + dt.timedelta(minutes=20)


# On the account page ------------------------------------------------------------------------------------


@pytest.fixture
def press(client, owner):
    client.force_login(owner)
    return lambda what: client.post(reverse("calendar_address"), {"do": what})


def test_the_address_is_shown_once_and_works(client, press, review):
    answer = press("renew")
    address = answer.context["calendar_address"]
    assert f'value="{address}"' in answer.content.decode()
    assert answer["Cache-Control"] == "private, no-store"
    client.logout()
    assert client.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_the_page_shows_it_no_second_time(client, press):
    address = press("renew").context["calendar_address"]
    page = client.get(reverse("account")).content.decode()
    assert address not in page
    assert "not read yet" in page
    assert "Make a new address" in page


def test_sharing_can_be_stopped(client, press):
    address = press("renew").context["calendar_address"]
    assert press("revoke").status_code == 302
    assert not CalendarFeed.objects.exists()
    assert client.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 404
    assert "Make an address" in client.get(reverse("account")).content.decode()
    assert press("revoke").status_code == 302


def test_an_admin_sees_which_are_read_and_closes_one(client, admin, owner):
    token = calendars.renew(person=owner)
    client.force_login(admin)
    page = client.get(reverse("admin:engagements_calendarfeed_changelist")).content.decode()
    assert str(owner) in page
    assert token not in page
    assert CalendarFeed.objects.get().token_digest not in page
    gone = reverse("admin:engagements_calendarfeed_delete", args=[CalendarFeed.objects.get().pk])
    assert client.post(gone, {"post": "yes"}).status_code == 302
    assert client.get(reverse("calendar_feed", args=[token])).status_code == 404
