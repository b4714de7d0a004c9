"""The rules of reviews in the admin, and what administrators see of calendars (issue 5, wrong use)."""

import datetime as dt

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from engagements.models import CadenceInterval, CadenceRule, Review
from engagements.selectors.rounds import rounds_facts
from engagements.services import reviews
from engagements.services.cadences import ensure_cadences
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(db):
    return make.CadenceRuleFactory(kind="governance", name="Governance review", intervals=[("", "", 2, "week")])


@pytest.fixture
def open_admin(client, admin):
    client.force_login(admin)
    return client


def filled(rule, **changes) -> dict:
    interval = rule.intervals.first()
    values = {
        "kind": rule.kind,
        "name": rule.name,
        "purpose": rule.purpose,
        "level": rule.level,
        "in_use": "on",
        "position": 10,
        "fasttrack": "in",
        "account_team": "optional",
        "customer": "optional",
        "partner": "optional",
        "audience": "",
        "segments": "S500\nS1500",
        "owner_role": rule.owner_role_id,
        "minutes": 30,
        "closes_with": "engagement-management",
        "lead_days": 1,
        "escalate_days": 3,
        "intervals-TOTAL_FORMS": 1,
        "intervals-INITIAL_FORMS": 1,
        "intervals-0-id": interval.pk,
        "intervals-0-rule": rule.pk,
        "intervals-0-phase": "",
        "intervals-0-colour": "",
        "intervals-0-every": 2,
        "intervals-0-unit": "week",
        "intervals-0-longest_days": "",
        "agenda-TOTAL_FORMS": 0,
        "agenda-INITIAL_FORMS": 0,
    }
    return values | changes


def change(client, rule, **changes):
    return client.post(reverse("admin:engagements_cadencerule_change", args=[rule.pk]), filled(rule, **changes))


def test_a_rule_is_changed_with_its_intervals_and_history(open_admin, rule):
    answer = change(open_admin, rule, **{"intervals-0-every": 3, "name": "Programme review"})

    assert answer.status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.segments, rule.intervals.get().every) == ("Programme review", ["S500", "S1500"], 3)
    page = open_admin.get(reverse("admin:engagements_cadencerule_history", args=[rule.pk])).content.decode()
    assert "Programme review" in page


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("intervals-0-every", 0, "Every 0 weeks would never come to an end: an interval is at least 1."),
        ("intervals-0-every", 400, "An interval is at most 52 weeks"),
        ("intervals-0-longest_days", 0, "At most 0 days apart would be never."),
    ],
)
def test_an_interval_that_is_none_is_refused_with_a_sentence(open_admin, rule, field, value, says):
    answer = change(open_admin, rule, **{field: value})

    assert answer.status_code == 200
    assert says in answer.content.decode()
    assert CadenceInterval.objects.get().every == 2


def test_the_level_of_a_kind_that_is_agreed_stays(open_admin, rule):
    make.ReviewSeriesFactory(rule=rule)

    assert "Make another kind instead" in change(open_admin, rule, level="customer").content.decode()


def test_rules_are_listed_and_found(open_admin, rule):
    make.CadenceRuleFactory(kind="cxo", name="Leadership briefing")

    page = open_admin.get(reverse("admin:engagements_cadencerule_changelist"), {"q": "governance"}).content.decode()

    assert "every 2 weeks" in page
    assert "Leadership briefing" not in page


def test_series_are_looked_at_and_no_more(open_admin, rule):
    series = make.ReviewFactory(series__rule=rule).series

    assert open_admin.get(reverse("admin:engagements_reviewseries_changelist")).status_code == 200
    page = open_admin.get(reverse("admin:engagements_reviewseries_change", args=[series.pk]))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()


def test_countries_without_known_holidays_are_shown(open_admin):
    make.TenantFactory(country="XX", name="Elsewhere")
    make.TenantFactory(country="GB", name="Nearby")

    fact = next(one for one in rounds_facts() if one["name"] == "Holidays")
    assert (fact["says"], fact["state"]) == ("Not known for XX: reviews avoid weekends alone there", "bad")
    page = open_admin.get(reverse("admin:engagements_tenant_changelist"), {"holidays": "unknown"}).content.decode()
    assert "Elsewhere" in page
    assert "Nearby" not in page


def test_another_clock_in_the_admin_plans_reviews_anew(open_admin, engagement, owner, rule):
    tenant, today = engagement.tenant, timezone.localdate()
    first = today + dt.timedelta(days=(7 - today.weekday()))
    agreed = reviews.Agreed(owner=owner, first_on=first)
    reviews.agree(kind="governance", agreed=agreed, by=owner, today=today, tenant_id=tenant.pk)
    before = Review.objects.get().starts_at

    url = reverse("admin:engagements_tenant_change", args=[tenant.pk])
    page = open_admin.get(url).context
    form = page["adminform"].form
    values = {name: form.initial.get(name) or "" for name in form.fields}
    prefixes = [one.formset.prefix for one in page["inline_admin_formsets"]]
    managed = {f"{prefix}-{count}_FORMS": 0 for prefix in prefixes for count in ("TOTAL", "INITIAL")}
    answer = open_admin.post(url, values | managed | {"seats": 10, "time_zone": "Pacific/Auckland"})

    assert answer.status_code == 302
    after = Review.objects.get()
    assert (after.at, after.sequence) == (dt.time(10), 1)
    assert after.starts_at < before


# The bundled rules ----------------------------------------------------------------------------------------


@pytest.fixture
def loaded(db):
    call_command("load_catalogue", verbosity=0)


def test_the_bundled_rules_are_loaded_once_and_never_overwritten(loaded):
    assert ensure_cadences() == 0
    rule = CadenceRule.objects.get(kind="governance")
    rule.minutes = 45
    rule.save()
    rule.intervals.all().delete()
    CadenceRule.objects.get(kind="sync").delete()

    call_command("load_catalogue", verbosity=0)

    rule.refresh_from_db()
    assert (rule.minutes, rule.intervals.count()) == (45, 0)
    assert not CadenceRule.objects.filter(kind="sync").exists(), "what an administrator took away stays away"


@pytest.mark.parametrize("kind", ["governance", "customer-facing", "internal"])
def test_health_reviews_are_every_one_to_two_weeks_by_phase(loaded, kind):
    rule = CadenceRule.objects.get(kind=kind)

    assert {(row.every, row.unit) for row in rule.intervals.all()} == {(1, "week"), (2, "week")}
    assert (rule.owner_role.name, rule.owner_role_s500.name) == ("FastTrack Manager", "FastTrack Architect")


def test_who_is_never_in(loaded):
    audience = {row.kind: (row.account_team, row.customer, row.partner) for row in CadenceRule.objects.all()}

    assert audience["governance"] == ("never", "never", "never")
    assert audience["internal"] == ("in", "never", "never")
    assert audience["customer-facing"][1:] == ("in", "in")


def test_the_internal_agenda_takes_an_hour(loaded):
    rule = CadenceRule.objects.get(kind="internal")

    assert [item.minutes for item in rule.agenda.all()] == [5, 5, 5, 5, 5, 5, 10, 20]
    assert rule.minutes == 60


def test_enterprise_status_follows_the_colour(loaded):
    rule = CadenceRule.objects.get(kind="enterprise-status")
    said = {row.colour: (row.every, row.unit, row.longest_days) for row in rule.intervals.all()}

    assert said["red"] == said["yellow"] == (2, "week", 21)
    assert said["green"] == said["blue"] == (3, "month", None)
    assert (rule.level, rule.closes_with) == ("customer", "enterprise-status")


def test_every_bundled_rule_is_told_in_the_documents(loaded):
    page = (settings.BASE_DIR / "docs" / "cadences.md").read_text()

    for rule in CadenceRule.objects.all():
        assert f"| `{rule.kind}` {rule.name} |" in page, rule.kind
