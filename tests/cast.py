"""The cast of every test about people: owner, colleague, stranger, partner, leader, manager (DESIGN §9)."""

import pytest
from django.contrib.auth.models import Group

from engagements.groups import ensure_groups
from engagements.services import summaries
from tests import factories as make


def person(username: str, group: str) -> object:
    user = make.UserFactory(username=username)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def groups(db):
    """There from the beginning, unless a test with transactions of its own has emptied the tables."""
    if not Group.objects.exists():
        ensure_groups()


@pytest.fixture
def engagement(db):
    """An RFA engagement with Northwind Traders on an edition that each test fills as it needs."""
    customer = make.CustomerFactory(name="Northwind Traders")
    return make.EngagementFactory(tenant__customer=customer)


@pytest.fixture
def owner(groups, engagement):
    """The primary FastTrack Manager of the tenant."""
    user = person("ana", "FastTrack Manager")
    make.AssignmentFactory(user=user, tenant=engagement.tenant, primary=True)
    return user


@pytest.fixture
def colleague(groups, engagement):
    """A FastTrack Engineer assigned to the same tenant."""
    user = person("sam", "FastTrack Engineer")
    make.AssignmentFactory(user=user, tenant=engagement.tenant, role=make.RoleFactory(name="FastTrack Engineer"))
    return user


@pytest.fixture
def stranger(groups):
    """A FastTrack Manager of other customers."""
    return person("ben", "FastTrack Manager")


@pytest.fixture
def partner(groups, engagement):
    """A partner's manager assigned to the tenant; reads no internal guidance."""
    user = person("pat", "Partner")
    role = make.RoleFactory(name="Partner FastTrack Manager")
    make.AssignmentFactory(user=user, tenant=engagement.tenant, role=role)
    return user


@pytest.fixture
def leader(groups):
    """Reads everything, writes nothing."""
    return person("lea", "Privileged Reader")


@pytest.fixture
def manager(groups):
    """A team manager, who reads all and decides on waivers."""
    return person("joana", "Team Manager")


@pytest.fixture
def admin(groups):
    """May do everything in the admin, and is assigned nowhere."""
    return make.UserFactory(username="ada", is_staff=True, is_superuser=True)


@pytest.fixture
def summarised(engagement):
    """Call it after filling the edition: draws the engagement's summary row."""
    return lambda: summaries.refresh(engagement.pk)
