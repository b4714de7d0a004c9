"""The portfolio: filters, presets, order and pages over the summary rows (DESIGN §8)."""

import datetime as dt

import pytest
from django.http import QueryDict
from django.urls import reverse

from engagements.models import Engagement, EngagementSummary, Tenant
from engagements.selectors.portfolio import portfolio_page
from engagements.services import summaries
from tests import factories as make

DAY = dt.date(2026, 5, 21)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(dt.datetime(2026, 5, 21, 12, tzinfo=dt.UTC))


@pytest.fixture
def others(engagement, owner):
    """Two more engagements of the owner and one of nobody."""

    def with_(name, *, mine=True, **values):
        found = make.EngagementFactory(edition=engagement.edition, tenant__customer__name=name)
        if mine:
            make.AssignmentFactory(user=owner, tenant=found.tenant)
        summaries.refresh(found.pk)
        EngagementSummary.objects.filter(pk=found.pk).update(**values)
        return found

    return with_


@pytest.fixture
def step(engagement):
    process = make.ProcessFactory(edition=engagement.edition, slug="kickoff")
    step = make.StepFactory(process=process, slug="meet", title="Prepare for Kickoff Meeting")
    make.RequirementFactory(step=step)
    return step


def names(user, query=""):
    return [row["name"] for row in portfolio_page(user, QueryDict(query), DAY)["rows"]]


def counts(user, query=""):
    return {view["label"]: view["count"] for view in portfolio_page(user, QueryDict(query), DAY)["views"]}


@pytest.fixture
def get(client, owner, summarised, engagement):
    summarised()
    client.force_login(owner)

    def get(query="", **headers):
        return client.get(f"{reverse('engagement_list')}?{query}", headers=headers)

    return get


def test_the_owner_sees_what_is_theirs_and_what_now(step, get):
    page = get().content.decode()
    assert "Northwind Traders" in page
    assert "Prepare for Kickoff Meeting, 1 left" in page
    assert "0 of 1" in page
    assert "DIBS 0 of 4, missing: Exchange: due date" in page


def test_a_stranger_sees_nothing_and_a_leader_everything(engagement, stranger, leader, summarised):
    summarised()
    assert names(stranger, "scope=all&status=any") == []
    assert names(leader) == []
    assert names(leader, "scope=all") == ["Northwind Traders"]


def test_unknown_values_filter_nothing_and_never_widen_what_one_sees(engagement, stranger, owner, summarised):
    summarised()
    assert (
        names(stranger, "scope=everything&status=x&phase=y&motion=z&service=w&on=soon&show=v&page=0&per=7&sort=a") == []
    )
    assert names(owner, "phase=Nowhere&motion=none&service=999&page=99") == ["Northwind Traders"]


def test_presets_count_what_they_lead_to(engagement, owner, others, leader):
    summaries.refresh(engagement.pk)
    others("Woodgrove", steps_ready=1, dibs_missing_count=0)
    others("Litware", tasks_blocked=1, next_action_on=DAY - dt.timedelta(days=1))
    others("Somebody else", mine=False, tasks_blocked=1)
    page = portfolio_page(owner, QueryDict(), DAY)
    for view in page["views"]:
        assert len(names(owner, view["url"].partition("?")[2])) == int(view["count"])
    assert counts(owner)["Overdue"] == "1"
    assert counts(owner)["All I may see"] == "3"
    assert counts(leader)["All I may see"] == "4"
    assert counts(leader)["My active"] == "0"


@pytest.mark.parametrize(
    "query",
    [
        "q=arzte",
        "q=ÄRZTE+bund",
        "q=640999",
        "q=aerzte.onmicrosoft",
        "phase=Assess",
        "motion=targeting",
        "on=2026-05-27",
    ],
)
def test_each_filter_finds_its_engagement(engagement, owner, others, query, summarised):
    make.PhaseFactory(edition=engagement.edition, name="Assess")
    summarised()
    found = others("Ärzte Bund", phase="Assess")
    found.motions.set([make.MotionFactory(slug="targeting")])
    type(found.tenant.customer).objects.filter(pk=found.tenant.customer_id).update(tpid=640999)
    type(found.tenant).objects.filter(pk=found.tenant_id).update(domain="Aerzte.onmicrosoft.com")
    summaries.rename([found.tenant_id])
    make.NextActionFactory(engagement=found, owner=owner, due_on=dt.date(2026, 5, 27))
    assert names(owner, query) == ["Ärzte Bund"]


@pytest.mark.parametrize("text", ["bund", "zte  BUND", "mandant", "B.ex", "64099", "640999", "bund mandant", "%", "x"])
def test_text_finds_what_tenants_are_found_by(engagement, owner, others, text):
    found = others("Ärzte Bund").tenant
    type(found.customer).objects.filter(pk=found.customer_id).update(tpid=640999)
    type(found).objects.filter(pk=found.pk).update(**type(found).folded("Mandant"), domain="b.example")
    summaries.rename([found.pk])
    by_tenant = Engagement.objects.filter(tenant__in=Tenant.objects.matching(text))
    assert list(Engagement.objects.matching(text)) == list(by_tenant)


def test_by_service(engagement, owner, others, summarised):
    summarised()
    found = others("Ärzte Bund")
    yammer = make.ServiceFactory(name="Yammer")
    found.services.add(yammer)
    assert names(owner, f"service={yammer.pk}") == ["Ärzte Bund"]


def test_find_from_the_top_bar_looks_in_all_that_one_may_see(engagement, owner, leader, summarised):
    summarised()
    type(engagement).objects.update(status="closed", closed_on=DAY)
    assert names(leader, "q=north") == ["Northwind Traders"]
    assert names(owner, "q=north&scope=mine&status=open") == []


def test_parked_and_closed_have_their_own_status(engagement, owner, summarised):
    summarised()
    type(engagement).objects.update(status="parked", parked_until=DAY)
    assert names(owner) == []
    assert names(owner, "status=parked") == names(owner, "status=any") == ["Northwind Traders"]


def test_sorted_headers_say_so_and_dates_that_are_not_there_come_last(engagement, owner, others, get):
    others("Alpine", next_action_on=DAY + dt.timedelta(days=3))
    others("Zoo", next_action_on=DAY - dt.timedelta(days=4))
    assert names(owner) == ["Zoo", "Alpine", "Northwind Traders"]
    assert names(owner, "sort=-next") == ["Alpine", "Zoo", "Northwind Traders"]
    assert names(owner, "sort=-customer") == ["Zoo", "Northwind Traders", "Alpine"]
    page = get("sort=-customer").content.decode()
    assert page.count("aria-sort=") == 1
    assert 'aria-sort="descending"' in page
    assert "4 days late" in page


@pytest.mark.parametrize("key", ["customer", "phase", "now", "dibs", "progress", "next", "-now"])
def test_every_order_holds_all(engagement, owner, others, key, summarised):
    summarised()
    others("Alpine", tasks_blocked=1, blocked_task="1126 Assist", blocked_step_key="a/b")
    assert set(names(owner, f"sort={key}")) == {"Alpine", "Northwind Traders"}


def test_pages_keep_the_filters(engagement, owner, others, summarised):
    summarised()
    for number in range(27):
        others(f"Alpine {number:02}")
    page = portfolio_page(owner, QueryDict("q=alpine&scope=mine&sort=customer"), DAY)
    assert page["pager"]["say"] == "1–25 of 27"
    assert page["found"] == "27 engagements"
    assert "q=alpine" in page["pager"]["next_url"]
    later = portfolio_page(owner, QueryDict(page["pager"]["next_url"].partition("?")[2]), DAY)
    assert [row["name"] for row in later["rows"]] == ["Alpine 25", "Alpine 26"]
    assert len(names(owner, "per=50")) == 28


def test_htmx_gets_the_table_only_and_the_address_of_the_list(get):
    answer = get("q=&scope=mine&status=open&show=dibs&phase=&sort=", hx_request="true")
    page = answer.content.decode()
    assert "<html" not in page
    assert page.lstrip().startswith('<div class="sheet" id="engagements">')
    assert answer["HX-Push-Url"] == f"{reverse('engagement_list')}?show=dibs"
    assert "HX-Request" in answer["Vary"]
    assert "<html" in get("show=dibs", hx_request="true", hx_history_restore_request="true").content.decode()


def test_an_empty_list_names_the_filter_and_offers_all(get, owner):
    page = get("show=blocked&phase=").content.decode()
    assert "No engagement is blocked" in page
    assert "Show all 1" in page
    page = get("q=woo&scope=mine").content.decode()
    assert "No engagement matches “woo”" in page
    assert "Look in all 1" in page


def test_a_leader_without_own_engagements_is_offered_all(engagement, leader, client, summarised):
    summarised()
    client.force_login(leader)
    page = client.get(reverse("engagement_list")).content.decode()
    assert "No open engagement is yours" in page
    assert "Show all 1" in page
    assert "New engagement" not in page


def test_the_number_of_queries_is_pinned_and_does_not_grow(get, others, django_assert_num_queries):
    get()
    with django_assert_num_queries(8):
        get("q=a&scope=mine&status=open&phase=&motion=rfa&service=1")
    with django_assert_num_queries(8):
        get("q=a", hx_request="true")
    for number in range(8):
        others(f"Alpine {number}")
    with django_assert_num_queries(7):
        get()


def test_a_row_says_that_customer_health_is_a_motion_and_no_rating(client, owner, engagement, summarised):
    engagement.motions.set([make.MotionFactory(slug="customer-health")])
    type(engagement.tenant).objects.update(seats=900)
    summarised()
    client.force_login(owner)
    assert "Motion: Customer Health · 900 seats" in client.get(reverse("engagement_list")).content.decode()
    header = client.get(reverse("engagement_detail", args=[engagement.pk])).context["header"]
    assert "Motion: Customer Health" in header["subs"]


def test_active_users_are_a_bar_and_sort_with_what_nobody_counted_last(get, owner, others):
    others("Contoso", active_percent=42)
    others("Adatum", active_percent=250)
    assert names(owner, "sort=active") == ["Contoso", "Adatum", "Northwind Traders"]
    assert names(owner, "sort=-active") == ["Adatum", "Contoso", "Northwind Traders"]
    shown = get().content.decode()
    assert 'aria-label="250 percent active, goal 10"' in shown
    assert "Not counted" in shown


def test_too_few_active_users_can_be_filtered_for(owner, summarised, others):
    summarised()
    others("Contoso", active_percent=10)
    others("Adatum", active_percent=9)
    assert names(owner, "show=few-active") == ["Adatum"]


def test_complete_dibs_whose_date_has_passed_ask_to_be_confirmed(get, engagement, summarised):
    for row in engagement.tenant.services.all():
        make.AdoptionRecordFactory(tenant_service=row, due_on=dt.date(2020, 1, 2))
    summarised()
    assert "Date to confirm" in get().content.decode()


def test_reviews_that_are_late_or_due_this_week_can_be_filtered_for(get, engagement, owner, others, summarised):
    summarised()
    summary = EngagementSummary.objects.filter(engagement=engagement)
    summary.update(next_review_on=DAY - dt.timedelta(days=2), next_review="Governance review")

    assert names(owner, "show=review-late") == ["Northwind Traders"]
    assert names(owner, "show=overdue") == ["Northwind Traders"]
    assert names(owner, "show=review-week") == []
    assert "Review Tue 19 May" in get().content.decode()
    EngagementSummary.objects.filter(engagement=engagement).update(next_review_on=DAY, next_review="Governance review")
    assert names(owner, "show=review-week") == ["Northwind Traders"]
    assert names(owner, "show=review-late") == []
