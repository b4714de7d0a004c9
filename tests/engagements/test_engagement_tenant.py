"""The Tenant tab: its record in sections, a priority that follows from the seats, partner companies."""

import datetime as dt
import json

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagements.models import Event, Partner, Tenant
from engagements.priority import by_seats
from engagements.services import tenant_record
from engagements.services.refusals import Refused
from tests import factories as make
from tests.engagements.test_customer_detail import text

NOW = dt.datetime(2026, 5, 21, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
AT_MOST = 27  # queries, most of them the walk


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as moved:
        yield moved


@pytest.fixture
def page(engagement):
    return reverse("engagement_tenant", args=[engagement.pk])


@pytest.fixture
def me(client, owner):
    client.force_login(owner)
    return owner


@pytest.fixture
def save(client, engagement):
    def post(section, **data):
        return client.post(reverse("tenant_edit", args=[engagement.pk, section]), data)

    return post


@pytest.fixture
def partner(client, engagement):
    def post(**data):
        return client.post(reverse("tenant_partner", args=[engagement.pk]), data)

    return post


def tenant(engagement) -> Tenant:
    engagement.tenant.refresh_from_db()
    return engagement.tenant


def undo(client):
    client.post(reverse("event_undo", args=[Event.objects.latest("pk").pk]))


def place(**data) -> dict:
    return {"country": "", "time_zone": "UTC", "seats": "0", "enterprise_level": "", **data}


# The record -------------------------------------------------------------------------------------------


def test_a_section_opens_in_place_and_saves_with_one_filled_button(client, me, engagement, page, save):
    opened = client.get(page, {"edit": "standing"}).content.decode()
    assert 'id="form-standing"' in opened
    assert opened.count("b-main") == 1
    answer = save("standing", status="Active", segment="Enterprise")
    assert answer.url == f"{page}#standing"
    assert (tenant(engagement).status, engagement.tenant.segment) == ("Active", "Enterprise")
    assert "Active since Today" in text(client.get(page)).replace("since today", "since Today")


def test_a_new_status_is_dated_today_unless_a_day_is_given(me, engagement, save):
    save("standing", status="Active", status_on="2026-05-04")
    assert tenant(engagement).status_on == dt.date(2026, 5, 4)
    save("standing", status="Inactive", status_on="2026-05-04")
    assert tenant(engagement).status_on == TODAY
    save("standing", status="")
    assert tenant(engagement).status_on is None


def test_a_status_of_tomorrow_is_refused(me, engagement, save):
    answer = save("standing", status="Active", status_on="2026-05-22")
    assert answer.status_code == 422
    assert "This day is still to come." in text(answer)
    assert tenant(engagement).status == ""


@pytest.mark.parametrize(("said", "kept"), [("Germany", "DE"), ("de", "DE"), ("", "")])
def test_a_country_is_named_by_its_letters_or_its_name(me, engagement, save, said, kept):
    save("place", **place(country=said, time_zone="Europe/Berlin", seats="3200", enterprise_level="3"))
    now = tenant(engagement)
    assert (now.country, now.time_zone, now.seats, now.enterprise_level) == (kept, "Europe/Berlin", 3200, 3)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"country": "Germny"}, "“Germny” is not a country. Give its two letters, such as DE or US. Is DE meant?"),
        ({"time_zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"seats": ""}, "Give the number of seats"),
        ({"seats": "-1"}, "greater than or equal to 0"),
        ({"enterprise_level": "5"}, "5"),
    ],
)
def test_what_is_wrong_gets_its_sentence_and_nothing_is_half_saved(me, engagement, save, wrong, words):
    answer = save("place", **place(**{"country": "PT", "seats": "50", **wrong}))
    assert answer.status_code == 422
    assert words in text(answer)
    assert (tenant(engagement).country, engagement.tenant.seats) == ("", 0)


def test_tags_are_put_on(client, me, engagement, page, save):
    save("tags", tags="FY26-Reengagement-Teams, Get Modern")
    assert "FY26-Reengagement-Teams, Get Modern" in text(client.get(page))
    undo(client)
    assert not engagement.tenant.tags.exists()


def test_two_people_at_one_section_are_asked(me, engagement, save, admin):
    tenant_record.change_tenant(tenant_id=engagement.tenant_id, by=admin, today=TODAY, segment="SMB", status="Active")
    seen = json.dumps({"status": "", "status_on": "", "segment": "", "winroom_reason": ""})
    answer = save("standing", segment="Enterprise", seen=seen)
    assert answer.status_code == 409
    assert f"{admin} at 09:00 changed this as well." in text(answer)
    assert save("standing", segment="Enterprise", seen=seen, **{"keep-segment": "theirs"}).status_code == 302
    assert (tenant(engagement).segment, engagement.tenant.status) == ("SMB", "Active")


def test_undo_puts_back_what_stood_there(client, me, engagement, save):
    Tenant.objects.update(status="Active", status_on=dt.date(2026, 5, 4), segment="SMB")
    save("standing", status="Inactive", segment="", status_on="2026-05-20")
    undo(client)
    now = tenant(engagement)
    assert (now.status, now.status_on, now.segment) == ("Active", dt.date(2026, 5, 4), "SMB")


# Priority ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seats", "priority"), [(0, "low"), (999, "low"), (1_000, "medium"), (9_999, "medium"), (10_000, "high")]
)
def test_the_default_follows_from_the_seats(seats, priority):
    assert by_seats(seats) == priority


def test_a_priority_is_overridden_with_a_reason_and_set_back(client, me, engagement, page, save):
    Tenant.objects.update(seats=12_400)
    assert "High by its 12,400 seats" in text(client.get(page))
    assert b"Set to default" not in client.get(page, {"edit": "priority"}).content
    assert save("priority", priority="low", priority_why="").status_code == 422
    save("priority", priority="low", priority_why="Moves to another tenant")
    shown = text(client.get(page))
    assert "Low overridden; by its 12,400 seats it would be High" in shown
    assert "Moves to another tenant" in shown
    assert b"Set to default" in client.get(page, {"edit": "priority"}).content
    save("priority", remove="1")
    assert (tenant(engagement).priority, engagement.tenant.priority_why) == ("", "")


def test_undo_of_a_priority_goes_both_ways(client, me, engagement, save):
    save("priority", priority="high", priority_why="The board asked")
    undo(client)
    assert tenant(engagement).priority == ""
    Tenant.objects.update(priority="high", priority_why="The board asked")
    save("priority", remove="1")
    undo(client)
    assert (tenant(engagement).priority, engagement.tenant.priority_why) == ("high", "The board asked")


def test_the_database_wants_a_reason_for_an_override(engagement):
    with pytest.raises(IntegrityError), transaction.atomic():
        Tenant.objects.update(priority="high")


# Partners ---------------------------------------------------------------------------------------------


def test_a_partner_is_added_corrected_and_removed_each_with_undo(client, me, engagement, page, partner):
    partner(name="Alpine Consulting", mpn_id="4711")
    one = Partner.objects.get()
    assert "Alpine Consulting MPN ID 4711" in text(client.get(page))
    partner(partner=one.pk, name="Alpine Group", mpn_id="")
    assert "Alpine Group No MPN ID" in text(client.get(page))
    undo(client)
    one.refresh_from_db()
    assert (one.name, one.name_folded, one.mpn_id) == ("Alpine Consulting", "alpine consulting", "4711")
    partner(partner=one.pk, remove="1")
    assert not Partner.objects.exists()
    undo(client)
    assert Partner.objects.get().mpn_id == "4711"


def test_a_partner_stands_once_however_it_is_capitalised(me, engagement, partner):
    make.PartnerFactory(tenant=engagement.tenant, name="Alpine Consulting")
    answer = partner(name="ALPINE  consulting")
    assert answer.status_code == 422
    assert "is listed already." in text(answer)


def test_a_partner_of_another_tenant_is_404(me, partner):
    assert partner(partner=make.PartnerFactory().pk, name="X").status_code == 404


def test_what_undo_would_undo_and_is_gone_says_so(client, me, partner, admin):
    partner(name="Alpine Consulting")
    added = Event.objects.latest("pk")
    tenant_record.remove_partner(partner=Partner.objects.get(), by=admin)
    said = client.post(reverse("event_undo", args=[added.pk]), follow=True)
    assert "changed again in between" in text(said)


# Who --------------------------------------------------------------------------------------------------


def test_a_reader_sees_the_record_without_pencils(client, leader, page, save, partner):
    client.force_login(leader)
    shown = client.get(page, {"edit": "place"})
    assert "Place and size" in text(shown)
    assert b"data-edit" not in shown.content
    assert b'id="form-place"' not in shown.content
    assert [save("place").status_code, partner(name="X").status_code] == [403, 403]


def test_a_closed_engagement_keeps_its_tenant_as_it_is(me, engagement, save):
    type(engagement).objects.update(status="closed", closed_on=TODAY)
    assert save("standing", status="Active").status_code == 403


def test_a_section_that_is_none_is_404(client, me, page, save):
    assert save("owner").status_code == 404
    assert client.get(page, {"edit": "partner-99"}).status_code == 200


def test_what_the_services_keep_they_name(engagement, owner):
    with pytest.raises(ValueError, match="guid"):
        tenant_record.change_tenant(tenant_id=engagement.tenant_id, by=owner, today=TODAY, guid="x")
    with pytest.raises(Refused, match="Choose a priority"):
        tenant_record.override_priority(tenant_id=engagement.tenant_id, priority="top", why="x", by=owner)


def test_the_history_tells_it(client, me, engagement, save, partner):
    save("standing", status="Active", status_on="2026-05-04")
    partner(name="Alpine Consulting")
    told = text(client.get(reverse("engagement_history", args=[engagement.pk]), {"kind": "customer"}))
    assert "changed the tenant" in told
    assert "overall status Active, status date 4 May 2026" in told
    assert "added a partner company" in told


def test_queries_do_not_grow_with_tags_and_partners(client, me, engagement, page, django_assert_num_queries):
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    assert len(few) <= AT_MOST
    for _ in range(5):
        make.PartnerFactory(tenant=engagement.tenant)
        engagement.tenant.tags.add(make.TagFactory())
    with django_assert_num_queries(len(few)):
        client.get(page)
