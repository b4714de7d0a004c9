"""Rows and records → what each row would make or change, or every reason why it is refused."""

import pytest

from engagements.importing.plan import CHANGED, NEW, REFUSED, SAME
from engagements.importing.planning import plan
from engagements.importing.reading import Row
from tests import factories as make
from tests.cast import person
from tests.engagements.sheets_for_tests import GUID, guid

NEW_TENANT = {
    "customer": "Contoso",
    "tpid": "700001",
    "tenant": "Contoso EU",
    "guid": GUID,
    "domain": "contoso.example",
}
MINE = {"user": "ana", "role": "FastTrack Manager", "primary": "yes"}


@pytest.fixture(autouse=True)
def catalogue(db):
    for name in (
        "Exchange",
        "Teams",
        "Classroom/SDS",
        "All Services",
        "Core Onboarding",
        "Project Online Professional/Premium",
    ):
        make.ServiceFactory(name=name)
    make.ServiceFactory(name="Outlook Mobile", aliases=["Exchange: Outlook Mobile", "OLM"])
    make.RoleFactory(name="FastTrack Manager", abbreviation="FM")
    make.RoleFactory(name="FastTrack Engineer", abbreviation="FE", aliases=["FastTrack Engineers"])
    make.RoleFactory(name="Any Role")


@pytest.fixture
def eva(groups):
    """Another FastTrack Manager, assigned nowhere."""
    return person("eva", "FastTrack Manager")


@pytest.fixture
def kept(engagement):
    """The row that says what is kept of the cast's tenant."""
    tenant = engagement.tenant
    return {"customer": tenant.customer.name, "tpid": str(tenant.customer.tpid), "tenant": tenant.name} | {
        "guid": str(tenant.guid)
    }


def planned(by, *rows):
    return plan([Row(line, {key: str(text) for key, text in row.items()}) for line, row in enumerate(rows, 2)], by)


def states(by, *rows):
    return [row.state for row in planned(by, *rows).rows]


def reasons(by, *rows) -> str:
    return " | ".join(reason for row in planned(by, *rows).rows for reason in row.reasons)


# What is made and changed


def test_a_new_tenant_brings_its_customer_services_and_people(manager, owner):
    services = {
        "services": "Exchange; Teams: 500",
        "seats": "1.200",
        "country": "Germany",
        "time_zone": "europe/berlin",
    }
    row = NEW_TENANT | services | MINE
    [found] = planned(manager, row).rows
    assert found.state == NEW
    assert found.name == "Contoso EU, Contoso"
    assert found.news == [
        "Customer Contoso, TPID 700001",
        f"Tenant {GUID}",
        "Domain contoso.example",
        "Country DE",
        "Time zone Europe/Berlin",
        "Seats 1,200",
        "Services Exchange, Teams 500",
        "Ana as primary FastTrack Manager",
    ]


def test_a_new_customer_and_tenant_may_say_where_they_belong(manager, owner):
    about = {"segment": "Enterprise", "region": "EMEA", "vertical": "Retail"}
    found = planned(manager, NEW_TENANT | about | MINE)
    assert found.rows[0].state == NEW
    assert {"Region EMEA", "Vertical Retail", "Segment Enterprise"} <= set(found.rows[0].news)
    assert (found.customers[0].region, found.customers[0].vertical) == ("EMEA", "Retail")


def test_two_rows_that_place_a_new_customer_differently_are_refused(manager, owner):
    more = {"user": "sam@example.com", "role": "fe"}
    both = NEW_TENANT | {"region": "EMEA"} | MINE, NEW_TENANT | {"region": "APJ"} | more
    assert "Region: an earlier row says “EMEA”." in reasons(manager, *both)


def test_what_is_kept_of_a_customer_is_not_changed_by_a_spreadsheet(owner, kept):
    assert "Region differs from what is kept. Change it on the page of the customer." in reasons(
        owner, kept | {"region": "APJ"}
    )


def test_a_segment_that_is_too_long_is_refused(owner, kept):
    assert "Segment is longer than 60 characters." in reasons(owner, kept | {"segment": "x" * 61})


def test_what_is_kept_already_is_the_same_and_what_differs_is_told_field_by_field(owner, engagement, kept):
    assert states(owner, kept) == [SAME]
    [row] = planned(owner, kept | {"seats": "50", "domain": "new.example", "services": "Teams: 7, Exchange"}).rows
    assert row.state == CHANGED
    assert [(change.field, change.before, change.after) for change in row.changes] == [
        ("Domain", engagement.tenant.domain, "new.example"),
        ("Seats", "0", "50"),
        ("Services", "Teams 100", "Teams 7"),
    ]


def test_further_rows_add_people_and_may_leave_out_what_the_first_row_says(manager, owner, colleague):
    more = {"customer": "contoso", "tenant": "CONTOSO EU", "user": "sam@example.com", "role": "fe"}
    found = planned(manager, more, NEW_TENANT | MINE)
    assert [row.state for row in found.rows] == [NEW, NEW]
    assert found.rows[0].news == ["Sam as FastTrack Engineer"]
    assert len(found.tenants) == 1


def test_a_row_without_a_tenant_assigns_at_the_customer(manager, colleague, engagement):
    customer = engagement.tenant.customer
    [row] = planned(manager, {"tpid": customer.tpid, "user": "sam", "role": "FE"}).rows
    assert row.news == ["Sam as FastTrack Engineer at all its tenants"]


def test_empty_cells_leave_everything_as_it_is(owner, engagement, kept):
    type(engagement.tenant).objects.update(seats=9, country="DE", time_zone="Europe/Berlin")
    assert planned(owner, kept).changed_tenants == []


def test_names_of_services_keep_their_slashes_and_colons(manager):
    text = "Classroom/SDS; OLM / Exchange: Outlook Mobile\nTeams: 1,200, Project Online Professional/Premium"
    [row] = planned(manager, NEW_TENANT | {"services": text}).rows
    assert row.news[-1] == ("Services Classroom/SDS, Outlook Mobile, Teams 1,200, Project Online Professional/Premium")


def test_a_fasttrack_managers_new_customer_and_tenant_become_their_own(owner, manager):
    assert planned(owner, NEW_TENANT).rows[0].news[-2:] == [
        "Ana as primary FastTrack Manager",
        "Ana as primary FastTrack Manager at all its tenants",
    ]
    assert planned(manager, NEW_TENANT).wishes == []


# What is refused


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"guid": "12"}, "“12” is not a tenant ID"),
        ({"guid": "00000000-0000-0000-0000-000000000000"}, "is not a tenant ID"),
        ({"tpid": "6.4E+05"}, "Excel has shortened it"),
        ({"tpid": "0"}, "not a whole number from 1"),
        ({"tpid": str(2**63)}, "not a whole number"),
        ({"seats": "-4"}, "Seats “-4” is not a whole number"),
        ({"seats": "3000000000"}, "not a whole number from 0 to 2,147,483,647"),
        ({"country": "Germny"}, "Is DE meant?"),
        ({"country": "QQ"}, "“QQ” is not a country"),
        ({"time_zone": "Berlin"}, "Is Europe/Berlin meant?"),
        ({"domain": "contoso"}, "is not a domain"),
        ({"services": "Tems; Exchange"}, "“Tems” is not a service. Is Teams meant?"),
        ({"services": "Tems: 40"}, "“Tems” is not a service."),
        ({"services": "Teams: many"}, "entitlements “many” is not a whole number"),
        ({"services": "All Services"}, "stands for several services"),
        ({"services": "Core Onboarding"}, "Leave it out"),
        ({"user": "anna", "role": "FM"}, "“anna”. Is ana meant?"),
        ({"user": "ana", "role": "FastTrack Manger"}, "Is FastTrack Manager or FastTrack Engineer meant?"),
        ({"user": "ana", "role": "any role"}, "stands for all roles"),
        ({"user": "ana"}, "A user without a role"),
        ({"role": "FM"}, "A role without a user"),
        (MINE | {"primary": "maybe"}, "neither yes nor no"),
        ({"tenant": "T" * 201}, "Tenant is longer than 200"),
        ({"customer": "C" * 201}, "Customer is longer than 200"),
    ],
)
def test_each_cell_that_is_wrong_is_named(owner, manager, cells, says):
    assert says in reasons(manager, NEW_TENANT | cells)


@pytest.mark.parametrize(
    ("without", "says"),
    [
        (("customer", "tpid"), "Customer and TPID are empty"),
        (("tpid",), "A new customer needs its TPID"),
        (("customer",), "Give its name too"),
        (("guid",), "A new tenant needs its ID"),
        (("tenant",), "A new tenant needs a name"),
        (("domain",), "A new tenant needs a domain"),
        (("tenant", "guid"), "Domain: of which tenant?"),
        (("tenant", "guid", "domain"), "neither a tenant nor a user"),
    ],
)
def test_what_a_new_tenant_needs_is_asked_for(manager, without, says):
    assert says in reasons(manager, {key: text for key, text in NEW_TENANT.items() if key not in without})


def test_every_reason_is_given_at_once(manager):
    [row] = planned(manager, NEW_TENANT | {"seats": "x", "country": "x", "user": "nobody", "role": "king"}).rows
    assert len(row.reasons) == 4


def test_a_tpid_has_one_name(manager, engagement, kept):
    assert "is kept as “Northwind Traders”, not “Contoso”" in reasons(manager, kept | {"customer": "Contoso"})
    other = NEW_TENANT | {"customer": "Fabrikam", "guid": guid(1)}
    assert "Row 2 calls TPID 700001 “Contoso”" in reasons(manager, NEW_TENANT, other)


def test_a_tenant_belongs_to_one_customer(manager, engagement, kept):
    moved = kept | {"customer": "Contoso", "tpid": "700001"}
    assert "This tenant belongs to Northwind Traders, TPID" in reasons(manager, moved)
    other = NEW_TENANT | {"customer": "Fabrikam", "tpid": "700002"}
    assert "Row 2 gives this tenant ID to Contoso" in reasons(manager, NEW_TENANT, other)


def test_rows_of_one_file_may_not_contradict_or_repeat_each_other(manager, owner):
    first = NEW_TENANT | {"seats": "10", "services": "Teams: 5"} | MINE
    assert "Seats: row 2 says “10”, this row “20”" in reasons(manager, first, first | {"seats": "20"})
    assert "Teams: row 2 says 5, this row 6" in reasons(manager, first, first | {"services": "Teams: 6"})
    assert "Primary: row 2 says the opposite" in reasons(manager, first, first | {"primary": "no"})
    assert states(manager, first, first) == [NEW, REFUSED]
    assert "An earlier row says the same" in reasons(manager, first, first)


def test_one_primary_per_role(manager, owner, engagement, kept):
    person("eva", "FastTrack Manager")
    eva = kept | {"user": "eva", "role": "FM", "primary": "x"}
    assert "Ana is primary FastTrack Manager there" in reasons(manager, eva)
    assert states(manager, eva, kept | MINE | {"primary": "nein"}) == [NEW, CHANGED]
    assert "One is enough" in reasons(
        manager, NEW_TENANT | MINE, NEW_TENANT | {"user": "eva"} | {"role": "FM", "primary": "ja"}
    )


def test_people_who_left_and_shared_addresses_are_not_assigned(manager, owner):
    make.UserFactory(username="gone", is_active=False)
    make.UserFactory(username="one", email="team@example.com")
    make.UserFactory(username="two", email="team@example.com")
    assert "no longer signs in" in reasons(manager, NEW_TENANT | {"user": "gone", "role": "FM"})
    assert "Several users have" in reasons(manager, NEW_TENANT | {"user": "team@example.com", "role": "FM"})


# Who may


def test_a_stranger_learns_nothing_about_a_kept_tenant(stranger, engagement, kept):
    answers = {
        reasons(stranger, kept),
        reasons(stranger, kept | {"customer": "A guess"}),
        reasons(stranger, kept | {"seats": "7", "tenant": "Another guess", "user": "ben", "role": "FM"}),
    }
    assert len(answers) == 1
    assert "Northwind" not in answers.pop()
    hidden = kept | {"customer": "Contoso", "tpid": "700001"}
    assert "Northwind" not in reasons(stranger, hidden)
    assert reasons(stranger, hidden) == reasons(stranger, hidden | {"tenant": "x", "domain": "a.b"})


def test_a_stranger_adds_no_tenant_to_a_kept_customer(stranger, owner, engagement, kept):
    row = kept | {"guid": GUID, "tenant": "Spy", "domain": "spy.example"}
    assert "not assigned there" in reasons(stranger, row)
    assert states(owner, row) == [NEW]


def test_names_alone_find_nothing_that_one_may_not_see(stranger, engagement):
    row = {"customer": "Northwind Traders", "tenant": "Northwind Traders", "user": "ben", "role": "FM"}
    assert "A new customer needs its TPID" in reasons(stranger, row)


def test_a_reader_of_all_may_assign_but_not_change(manager, eva, engagement, kept):
    assert "you may read this tenant, not change it" in reasons(manager, kept | {"seats": "7"})
    assert "you may read this tenant, not change it" in reasons(manager, kept | {"services": "OLM"})
    assert states(manager, kept | {"user": "eva", "role": "FM"}) == [NEW]


def test_a_primary_manager_assigns_others_at_their_tenant_and_nowhere_else(owner, eva, engagement, kept):
    known = {"user": "eva", "role": "FM"}
    assert states(owner, kept | known) == [NEW]
    assert "may assign somebody to a customer" in reasons(owner, {"tpid": kept["tpid"]} | known)
    other = make.TenantFactory(customer=engagement.tenant.customer, name="Other")
    make.AssignmentFactory(user=owner, tenant=other)
    assert "Only the tenant's primary" in reasons(owner, kept | {"tenant": "Other", "guid": other.guid} | known)


def test_at_a_new_tenant_one_assigns_oneself_first(owner, colleague, engagement):
    sam = NEW_TENANT | {"user": "sam", "role": "FE"}
    assert "assign yourself as FastTrack Manager" in reasons(owner, sam)
    assert "assign yourself as FastTrack Manager" in reasons(owner, NEW_TENANT | {"user": "ana", "role": "FE"})
    assert states(owner, NEW_TENANT | MINE, sam) == [NEW, NEW]
    assert "may assign somebody to a customer" in reasons(owner, {"customer": "C", "tpid": "5"} | MINE)


def test_a_role_that_does_not_fit_the_persons_group_is_refused(manager, colleague, partner, engagement, kept):
    assert "which does not work as FastTrack Manager" in reasons(manager, kept | {"user": "sam", "role": "FM"})
    assert "can only have a partner's role" in reasons(manager, kept | {"user": "pat", "role": "FE"})


def test_a_primary_manager_of_the_customer_assigns_at_all_its_tenants(stranger, eva, engagement, kept):
    role = make.RoleFactory(name="FastTrack Manager")
    make.AssignmentFactory(user=stranger, role=role, tenant=None, customer=engagement.tenant.customer, primary=True)
    known = {"user": "eva", "role": "FM"}
    new = kept | {"guid": GUID, "tenant": "New", "domain": "n.example"}
    assert states(stranger, kept | known, {"tpid": kept["tpid"]} | known, new | known) == [NEW, NEW, NEW]


# How much it costs


@pytest.mark.parametrize("count", [1, 150])
def test_the_number_of_queries_does_not_grow_with_the_rows(manager, owner, django_assert_num_queries, count):
    rows = []
    for number in range(count):
        tenant = make.TenantServiceFactory(service=make.ServiceFactory(name="Teams")).tenant
        make.AssignmentFactory(tenant=tenant, user=owner)
        cells = {"customer": tenant.customer.name, "tenant": tenant.name, "services": "Teams"}
        rows.append(cells | {"tpid": tenant.customer.tpid, "guid": tenant.guid, "user": "ana", "role": "FM"})
        rows.append(NEW_TENANT | {"tpid": 700000 + number, "guid": guid(number + 1), "services": "Teams"} | MINE)
        rows.append({"customer": tenant.customer.name, "user": "ana", "role": "FE"})
    by = type(manager).objects.get(pk=manager.pk)
    with django_assert_num_queries(17):
        found = planned(by, *rows)
    assert found.counts == {REFUSED: 0, CHANGED: 0, NEW: 2 * count, SAME: count}


def test_only_so_many_misspelt_words_are_guessed(manager):
    rows = [NEW_TENANT | {"guid": guid(n + 1), "services": f"Teams{n}"} for n in range(60)]
    said = [row.reasons for row in planned(manager, *rows).rows]
    assert all(reason for reason in said)
    assert sum("meant?" in " ".join(reason) for reason in said) == 50
