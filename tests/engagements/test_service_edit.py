"""The form of one service: its grid totals or nothing is saved, the start explains itself, two people are told."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from engagements.models import Event, Forecast, Note, TenantService
from engagements.services import adoption
from tests import factories as make
from tests.engagements.test_engagement_services import grid, text

NOON = dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC)
TODAY = NOON.date()
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _on_21_may():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def teams(engagement):
    """100 seats, all new."""
    return engagement.tenant.services.get(service__name="Teams")


@pytest.fixture
def deploying(teams):
    """All seats In Progress by 30 June."""
    make.AdoptionRecordFactory(tenant_service=teams)
    return teams


@pytest.fixture
def me(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def save(me, engagement, teams):
    url = reverse("service_edit", args=[engagement.pk, teams.service_id])
    return lambda sent, **options: me.post(url, sent, **options)


@pytest.fixture
def page(me, engagement):
    url = reverse("engagement_services", args=[engagement.pk])
    return lambda query="": text(me.get(url + query))


def placed(row) -> list[tuple[str, int]]:
    return list(row.slices.values_list("l1", "count"))


# The grid -------------------------------------------------------------------------------------------------


def test_the_line_draws_the_slices_and_says_them_in_words(page, teams):
    teams.slices.update(count=40)
    make.EntitlementSliceFactory(tenant_service=teams, l1="no-intent", count=60)
    shown = page()
    assert 'aria-label="60 No Intent, 40 Status Unknown"' in shown
    assert "60 No Intent, 40 Status Unknown</p>" in shown


def test_a_grid_that_totals_is_saved_as_it_was_typed(save, teams):
    answer = save(grid(("in-progress", "60", "", "2026-07-31"), ("blocked", ""), ("no-intent", "40")))
    assert answer.status_code == 302
    assert placed(teams) == [("in-progress", 60), ("no-intent", 40)]


def test_numbers_in_groups_of_three_are_understood(save, teams):
    TenantService.objects.filter(pk=teams.pk).update(entitlements=2100)
    save(grid(("no-intent", "2,100")))
    assert placed(teams) == [("no-intent", 2100)]


def test_a_grid_that_does_not_total_comes_back_as_typed_with_the_difference(save, teams):
    answer = save(grid(("no-intent", "60"), ("status-unknown", "10")), headers=HTMX)
    shown = text(answer)
    assert answer.status_code == 422
    assert "<span data-number>30</span> entitlements are not placed." in shown
    assert "30 left to place" in shown
    assert 'value="60"' in shown
    assert placed(teams) == [("status-unknown", 100)]
    assert "20 too many" in text(save(grid(("no-intent", "120"))))


def test_the_rest_is_placed_without_script_and_not_saved_yet(save, teams):
    sent = grid(("no-intent", "60"), ("status-unknown", "10"))
    shown = text(save(sent | {"place": "rest"}))
    assert 'name="slice-1-count" value="40"' in shown
    assert placed(teams) == [("status-unknown", 100)]


@pytest.mark.parametrize("count", ["-5", "abc", "1e3", "99999999999999999999", "²", "10.5"])
def test_a_count_that_is_none_is_refused_at_its_row(save, teams, count):
    answer = save(grid(("no-intent", count)))
    assert answer.status_code == 422
    assert "Give a whole number from 0" in text(answer)
    assert placed(teams) == [("status-unknown", 100)]


def test_a_forged_l3_of_another_service_is_refused(save, teams):
    make.StatusReasonFactory()
    other = make.EngineeringReasonFactory(name="Elsewhere", services=["Yammer"])
    answer = save(grid(("blocked", "100", other.pk)))
    assert answer.status_code == 422
    assert "This service has no such reason." in text(answer)
    assert placed(teams) == [("status-unknown", 100)]


def test_reasons_offered_are_those_of_the_status_and_the_service(page, teams):
    make.EngineeringReasonFactory(name="Legal")
    make.EngineeringReasonFactory(name="Elsewhere", services=["Yammer"])
    shown = page(f"?edit={teams.service_id}")
    assert "Legal/Regulatory · Legal" in shown
    assert "Elsewhere" not in shown
    assert shown.count("Not used") == 2


def test_a_row_of_any_status_splits_a_service(save, teams):
    sent = grid(("in-progress", "60", "", "2026-07-31"), ("in-progress", "40", "", "2026-09-30"))
    sent.pop("slice-1-fixed")
    save(sent)
    assert placed(teams) == [("in-progress", 60), ("in-progress", 40)]


def test_in_progress_without_any_date_is_refused_at_its_row(save):
    answer = save(grid(("in-progress", "100")))
    assert answer.status_code == 422
    assert "In Progress needs a target date" in text(answer)


def test_a_service_of_another_tenant_is_not_found(me, engagement):
    other = make.TenantServiceFactory()
    url = reverse("service_edit", args=[engagement.pk, other.service_id])
    assert me.post(url, grid(("no-intent", "100"))).status_code == 404
    assert placed(other) == [("status-unknown", 100)]


# Seats and migration --------------------------------------------------------------------------------------


def test_an_override_that_raises_the_seats_enters_new_ones(save, deploying):
    """R47."""
    save(grid(("in-progress", "100")) | {"due_on": "2026-06-30", "entitlements_override": "130"})
    assert placed(deploying) == [("in-progress", 100), ("status-unknown", 30)]


def test_an_override_that_lowers_them_asks_which_slice_loses_some(save, deploying):
    answer = save(grid(("in-progress", "100")) | {"due_on": "2026-06-30", "entitlements_override": "70"})
    assert answer.status_code == 422
    assert "30 seats are to go, and 0 stand at Status Unknown." in text(answer)
    save(grid(("in-progress", "70")) | {"due_on": "2026-06-30", "entitlements_override": "70"})
    assert placed(deploying) == [("in-progress", 70)]


def test_migration_says_why_not_or_scenarios_that_total(save, deploying):
    """R43."""
    answer = save({"migrates_data": "False"})
    assert "Say why Microsoft does not migrate the data." in text(answer)
    scenarios = {"migrations": "1", "scenario-0-name": "Mailboxes", "scenario-0-count": "80"}
    answer = save({"migrates_data": "True", **scenarios})
    assert "80 of 100 In Progress seats have a migration scenario; 20 are missing." in text(answer)
    assert not deploying.migrations.exists()
    assert save({"migrates_data": "True", **scenarios, "scenario-0-count": "100"}).status_code == 302
    deploying.refresh_from_db()
    assert deploying.migrates_data is True
    assert [(one.name, one.count) for one in deploying.migrations.all()] == [("Mailboxes", 100)]


# Start and forecast ---------------------------------------------------------------------------------------


def test_a_start_is_for_seats_in_progress(save, teams):
    """R48."""
    answer = save({"starts_on": "2026-06-01"})
    assert answer.status_code == 422
    assert "An engagement start is for seats In Progress" in text(answer)
    teams.refresh_from_db()
    assert teams.starts_on is None


def test_a_start_that_moves_writes_a_note_with_the_reason(save, engagement, deploying):
    """R48."""
    assert save({"starts_on": "2026-06-01"}).status_code == 302
    assert not Note.objects.exists()
    answer = save({"starts_on": "2026-06-08"})
    assert answer.status_code == 422
    assert "Say why the start moves" in text(answer)
    save({"starts_on": "2026-06-08", "why": "The customer's year-end freeze."})
    note = Note.objects.get(engagement=engagement)
    assert note.category == "engagement-management"
    assert note.body == "Engagement start of Teams moved from 1 Jun 2026 to 8 Jun 2026: The customer's year-end freeze."


def test_a_due_date_before_the_start_is_refused_both_ways(save, deploying):
    answer = save({"starts_on": "2026-07-01"})
    assert "The due date, 30 Jun 2026, is before the engagement start." in text(answer)
    save({"starts_on": "2026-06-01"})
    answer = save({"due_on": "2026-05-30"})
    assert answer.status_code == 422
    assert "The due date is before the engagement start, 1 Jun 2026." in text(answer)


def test_forecasts_are_in_order_and_all_are_kept(save, page, deploying):
    """R49."""
    assert "needs the day on which the RFA was submitted" in text(
        save({"submitted_on": "", "ten_percent_on": "2026-09-01"})
    )
    wrong = {"submitted_on": "2026-05-04", "ten_percent_on": "2026-09-01", "forty_percent_on": "2026-08-01"}
    assert "40 % cannot be reached before 10 %" in text(save(wrong))
    save(wrong | {"forty_percent_on": "2026-12-01"})
    save(wrong | {"forty_percent_on": "2027-01-15"})
    assert Forecast.objects.filter(tenant_service=deploying).count() == 2
    assert "submitted 4 May 2026, 10 % 1 Sep 2026, 40 % 1 Dec 2026" in page(f"?edit={deploying.service_id}")


# Two people, and undo -------------------------------------------------------------------------------------


def shown_to(page, teams) -> str:
    shown = page(f"?edit={teams.service_id}")
    return shown.split('name="seen" value="')[1].split('"')[0].replace("&quot;", '"')


def test_the_second_is_told_who_changed_the_same_and_chooses(save, page, deploying, colleague):
    seen = shown_to(page, deploying)
    adoption.record_adoption(
        tenant_service=deploying, by=colleague, today=TODAY, business_reason="savings", due_on=dt.date(2026, 7, 1)
    )
    sent = {"seen": seen, "business_reason": "quality", "due_on": "2026-06-30"}
    answer = save(sent)
    shown = text(answer)
    assert answer.status_code == 409
    assert "Sam at 12:00 changed this as well." in shown
    assert "Keep theirs: Greater Savings over Previous Solution" in shown
    assert "Use mine: Improve Service Quality" in shown
    again = answer.context["form"].data["seen"]
    assert save(sent | {"seen": again, "keep-business_reason": "mine"}).status_code == 302
    deploying.adoption.refresh_from_db()
    assert deploying.adoption.business_reason == "quality"
    assert deploying.adoption.due_on == dt.date(2026, 7, 1)  # left as it was shown, so theirs stays


def test_two_grids_do_not_overwrite_each_other(save, page, deploying, colleague):
    from engagements.entitlements import Slice
    from engagements.services.entitlements import put_grid

    seen = shown_to(page, deploying)
    put_grid(tenant_service=deploying, grid=[Slice("no-intent", 100)], by=colleague)
    answer = save({"seen": seen, **grid(("blocked", "100"))})
    assert answer.status_code == 409
    assert "Keep theirs: 100 No Intent" in text(answer)
    assert "Use mine: 100 Blocked" in text(answer)
    assert placed(deploying) == [("no-intent", 100)]


def test_a_save_is_taken_back_as_one(save, me, deploying):
    before = placed(deploying)
    answer = save({**grid(("no-intent", "100")), "business_reason": "quality", "stage": "enable"}, headers=HTMX)
    assert "undo" in answer["HX-Trigger"]
    newest = Event.objects.filter(object=f"slices:{deploying.service_id}").latest("pk")
    me.post(reverse("event_undo", args=[newest.pk]))
    deploying.refresh_from_db()
    assert placed(deploying) == before
    assert (deploying.adoption.business_reason, deploying.stage) == ("security", "")


# Confirming -----------------------------------------------------------------------------------------------


def test_dibs_are_confirmed_with_one_press_and_asked_for_anew_after_a_change(me, save, page, engagement, deploying):
    url = reverse("engagement_services", args=[engagement.pk])
    assert "Confirm DIBS of 1 service with the customer" in page()
    me.post(url, {"do": "confirm", "services": deploying.service_id})
    assert "Confirmed today" in page()
    assert "Confirm DIBS" not in page()
    save({"business_reason": "quality"})
    assert "Confirm DIBS of 1 service" in page()


def test_incomplete_dibs_are_not_confirmed(me, page, engagement, teams):
    url = reverse("engagement_services", args=[engagement.pk])
    shown = text(me.post(url, {"do": "confirm", "services": teams.service_id}, follow=True))
    assert "Teams lacks a due date, intent, a business reason and a success owner. Add it, then confirm." in shown


def test_a_due_date_that_has_passed_stays_complete_and_asks(me, page, engagement, owner, deploying, summarised):
    with time_machine.travel(dt.datetime(2026, 7, 3, 12, tzinfo=dt.UTC), tick=False):
        summarised()
        me.force_login(owner)
        assert "1 of 2 complete, 1 date to confirm" in page()
        assert "3 days late" in page()
        assert "DIBS due date of Teams" in text(me.get(reverse("today")))
        me.post(
            reverse("engagement_services", args=[engagement.pk]), {"do": "confirm", "services": deploying.service_id}
        )
        assert "date to confirm" not in page()
        assert "days late" not in page()
        assert "DIBS due date of Teams" not in text(me.get(reverse("today")))


def test_a_first_start_and_a_forecast_are_undone_with_the_rest(me, engagement, deploying, save):
    said = {"submitted_on": dt.date(2026, 5, 1), "ten_percent_on": None, "forty_percent_on": None}
    earlier = make.ForecastFactory(tenant_service=deploying, at=NOON - dt.timedelta(days=9), **said)
    answer = save(
        {"starts_on": "2026-06-01", "submitted_on": "2026-05-01", "ten_percent_on": "2026-09-01"}, headers=HTMX
    )
    assert "undo" in answer["HX-Trigger"]
    me.post(reverse("event_undo", args=[Event.objects.order_by("pk").last().pk]))
    deploying.refresh_from_db()
    assert deploying.starts_on is None
    assert list(Forecast.objects.values_list("pk", "ten_percent_on")) == [(earlier.pk, None)]
    told = Event.objects.filter(verb="forecast").order_by("pk").last()
    assert (told.before["ten_percent_on"], told.after["ten_percent_on"]) == ("2026-09-01", None)


def test_a_start_that_moved_says_at_once_why_it_is_not_undone(deploying, save):
    save({"starts_on": "2026-06-01"})
    answer = save({"starts_on": "2026-06-08", "why": "The customer's year-end freeze."}, headers=HTMX)
    assert "undo" not in answer["HX-Trigger"]
    assert "The start moved, and a note says why: move it back by hand." in answer["HX-Trigger"]
