"""The enterprise status of a customer: on the winner tenant, by who is assigned, renewed in time (R38–R40)."""

import datetime as dt
import uuid
from html import unescape

import pytest
import time_machine
from django.urls import reverse
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from engagements import enterprise
from engagements.models import EnterpriseStatus, Note
from engagements.services.enterprise_status import NewStatus, write_status
from engagements.services.refusals import Refused
from tests import factories as make

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


# The rules ------------------------------------------------------------------------------------------


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.sampled_from(["red", "yellow", "green"]))
def test_an_update_by_its_last_day_is_never_refused_and_one_after_it_always(today, status):
    last = enterprise.renewed_by(status, today)
    assert enterprise.why_not_next(status, last, today) == ""
    assert enterprise.why_not_next(status, last + dt.timedelta(days=1), today)
    assert enterprise.why_not_next(status, today, today)


def test_a_quarter_after_the_end_of_november_is_in_february():
    assert enterprise.renewed_by("green", dt.date(2026, 11, 30)) == dt.date(2027, 2, 28)


@pytest.mark.parametrize(
    "lists, reasons, owner",
    [
        (["S500"], ["brand"], "FastTrack Architect"),
        (["S1500"], ["brand"], "FastTrack Manager"),
        ([" s1500 "], ["brand"], "FastTrack Manager"),
        (["Get Modern"], [], "FastTrack Manager"),
    ],
)
def test_s1500_is_a_major_brand_and_s500_belongs_to_the_architect(lists, reasons, owner):
    assert (enterprise.preselected(lists), enterprise.owner_role(lists)) == (reasons, owner)


@pytest.mark.parametrize("text, shown", [("All well ## the CIO leaves", "All well"), ("## off", ""), ("on", "on")])
def test_what_stands_behind_two_hashes_stays_off_the_page(text, shown):
    assert enterprise.shown(text) == shown


# Writing it -----------------------------------------------------------------------------------------


@pytest.fixture
def customer(engagement):
    tenant = engagement.tenant
    tenant.enterprise_level = 4
    tenant.save()
    tenant.customer.winner = tenant
    tenant.customer.save()
    return tenant.customer


def new(**more) -> NewStatus:
    given = {
        "status": "yellow",
        "reasons": ("brand", "exec"),
        "summary": "The pilot is late ## because of us",
        "overview": "Exchange is deployed.",
        "next_update_on": dt.date(2026, 6, 11),
    }
    return NewStatus(**given | more)


@pytest.fixture
def write(customer, owner):
    def write(**more):
        return write_status(customer_id=customer.pk, new=new(**more), token=uuid.uuid4(), by=owner, today=TODAY)

    return write


def test_each_status_stays_and_the_newest_comes_first(write, customer, clock):
    write()
    clock.shift(60)
    write(status="green", next_update_on=dt.date(2026, 8, 1))
    assert [row.status for row in customer.enterprise_statuses.all()] == ["green", "yellow"]


def test_its_note_goes_into_the_newest_engagement_of_the_winner(write, engagement):
    write()
    note = Note.objects.get()
    assert (note.engagement, note.category) == (engagement, "enterprise-status")
    assert "Enterprise status: Yellow" in note.body
    assert "Reason: Major Brand, Exec Relationship" in note.body
    assert "because of us" in note.body


def test_a_double_click_writes_one(write):
    assert write() == write()
    assert EnterpriseStatus.objects.count() == Note.objects.count() == 1


@pytest.mark.parametrize(
    "more, field",
    [
        ({"status": "blue"}, "status"),
        ({"reasons": ()}, "reasons"),
        ({"reasons": ("else",)}, "reasons"),
        ({"summary": " "}, "summary"),
        ({"summary": "x" * 257}, "summary"),
        ({"overview": ""}, "overview"),
        ({"risks": "x" * 513}, "risks"),
        ({"awareness": "x" * 513}, "awareness"),
        ({"next_update_on": None}, "next_update_on"),
        ({"next_update_on": dt.date(2026, 6, 12)}, "next_update_on"),
        ({"status": "green", "next_update_on": dt.date(2026, 8, 22)}, "next_update_on"),
        ({"next_update_on": TODAY}, "next_update_on"),
    ],
)
def test_what_is_missing_or_too_long_or_too_late_is_refused(write, more, field):
    with pytest.raises(Refused) as refused:
        write(**more)
    assert refused.value.field == field
    assert not EnterpriseStatus.objects.exists()


@pytest.mark.parametrize("level", [None])
def test_only_level_3_and_4_have_one(write, customer, level):
    customer.winner.enterprise_level = level
    customer.winner.save()
    with pytest.raises(Refused, match="Level 3 nor Level 4"):
        write()


def test_without_a_winner_tenant_there_is_none(write, customer):
    customer.winner = None
    customer.save()
    with pytest.raises(Refused, match="winner tenant"):
        write()


# The page -------------------------------------------------------------------------------------------


def text(response) -> str:
    return " ".join(unescape(strip_tags(response.content.decode().replace("<", " <"))).split())


@pytest.fixture
def ask(client, customer):
    def ask(user, **data):
        client.force_login(user)
        url = reverse("enterprise_status", args=[customer.pk])
        if not data:
            return client.get(url)
        given = {
            "token": str(uuid.uuid4()),
            "status": "yellow",
            "reasons": ["brand"],
            "summary": "The pilot is late",
            "overview": "Exchange is deployed.",
            "next_update_on": "2026-06-11",
        }
        return client.post(url, given | data)

    return ask


def test_who_is_assigned_writes_it_and_reads_who_did(ask, owner):
    assert ask(owner, brand="Contoso").status_code == 302
    shown = text(ask(owner))
    assert "The pilot is late" in shown
    assert "Today, Ana" in shown
    assert "Major Brand. Next update 11 Jun." in shown


def test_the_form_goes_on_from_the_last_status(ask, owner):
    assert ask(owner, brand="Contoso").status_code == 302
    form = ask(owner).context["form"]
    assert (form["status"].value(), form["brand"].value()) == ("yellow", "Contoso")


def test_an_s1500_customer_begins_as_a_major_brand(ask, owner, customer):
    customer.tags.add(make.TagFactory(name="S1500"))
    assert ask(owner).context["form"]["reasons"].value() == ["brand"]


def test_a_refusal_keeps_what_was_typed(ask, owner):
    answer = ask(owner, next_update_on="2026-07-11", summary="Long words")
    assert answer.status_code == 422
    assert "at most 21 days" in answer.context["form"].errors["next_update_on"][0]
    assert answer.context["form"]["summary"].value() == "Long words"


def test_readers_read_and_partners_and_strangers_do_not(ask, leader, stranger, partner):
    assert ask(leader).status_code == 200
    assert ask(leader).context["form"] is None
    assert ask(leader, brand="x").status_code == 403
    assert ask(stranger).status_code == 404
    assert ask(partner).status_code == 404


def test_the_page_says_what_is_missing_for_one(ask, owner, customer):
    customer.winner.enterprise_level = None
    customer.winner.save()
    shown = text(ask(owner))
    assert "Set it on the Tenant tab first." in shown


def test_the_page_of_the_customer_leads_there(ask, client, owner, customer, partner):
    ask(owner, brand="Contoso")
    shown = text(client.get(customer.get_absolute_url()))
    assert "Update enterprise status" in shown
    client.force_login(partner)
    assert "nterprise status" not in text(client.get(customer.get_absolute_url()))


def test_the_history_tells_it(ask, client, owner, engagement):
    ask(owner, brand="Contoso")
    shown = text(client.get(reverse("engagement_history", args=[engagement.pk])))
    assert "wrote the enterprise status" in shown
    assert "Yellow, next update 11 Jun 2026" in shown


# At a review ----------------------------------------------------------------------------------------


@pytest.fixture
def review(customer, owner):
    rule = make.CadenceRuleFactory(
        kind="enterprise-status",
        intervals=[("", "", 2, "week")],
        closes_with="enterprise-status",
        level="customer",
        partner="never",
    )
    series = make.ReviewSeriesFactory(rule=rule, tenant=None, customer=customer, owner=owner)
    return make.ReviewFactory(series=series, on=TODAY)


@pytest.fixture
def close(client, review, engagement):
    def close(user, **data):
        client.force_login(user)
        given = {
            "token": str(uuid.uuid4()),
            "engagement": engagement.pk,
            "held_on": "2026-05-21",
            "next_on": "2026-06-04",
            "status": "red",
            "reasons": ["reactive"],
            "summary": "Nobody works on it",
            "overview": "Nothing is deployed.",
            "next_update_on": "2026-06-04",
        }
        return client.post(reverse("review_detail", args=[review.pk]), given | data)

    return close


def test_closing_the_review_writes_the_status_and_its_note(close, owner, review):
    assert close(owner).status_code == 302
    row = EnterpriseStatus.objects.get()
    assert (row.review, row.status, row.reasons) == (review, "red", ["reactive"])
    assert Note.objects.get().category == "enterprise-status"
    assert "Enterprise status: Red" in Note.objects.get().body


def test_its_fields_are_asked_for_there_too(close, owner):
    answer = close(owner, summary="", next_update_on="2026-07-01")
    assert answer.status_code == 422
    assert "summary" in answer.context["form"].errors
    answer = close(owner, next_update_on="2026-07-01")
    assert "at most 21 days" in answer.context["form"].errors["next_update_on"][0]
    assert not EnterpriseStatus.objects.exists()


def test_who_is_not_at_the_winner_tenant_does_not_close_it(close, groups, customer, review):
    from tests.cast import person

    elsewhere = person("eve", "FastTrack Manager")
    make.AssignmentFactory(user=elsewhere, tenant=make.TenantFactory(customer=customer))
    assert close(elsewhere).status_code == 403
