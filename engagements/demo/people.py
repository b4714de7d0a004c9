"""The demo users: one of each level, all with the published password; and who looks after which tenant."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from engagements.demo.names import CONTACTS, PASSWORD, PEOPLE
from engagements.groups import ensure_groups
from engagements.models import User


def demo_people() -> dict[str, User]:
    """username → user; existing ones are left as they are."""
    ensure_groups()
    password = make_password(PASSWORD)
    people = {}
    for username, (first, last, group, _, zone) in PEOPLE.items():
        user, new = User.objects.get_or_create(
            username=username,
            defaults={
                "first_name": first,
                "last_name": last,
                "email": f"{username}@example.com",
                "time_zone": zone,
                "password": password,
                "is_staff": username == "admin",
                "is_superuser": username == "admin",
            },
        )
        if new and group:
            user.groups.add(Group.objects.get(name=group))
        people[username] = user
    return people


class DemoTeams:
    """Who works for tenant number n. A manager has about as many tenants as people have, however large the demo.

    The first forty belong to the three managers one can sign in as; every further forty have one of their
    own, who cannot sign in.
    """

    EACH = 40
    FIRST = ("fm", "fm", "fm2", "fm3")

    def __init__(self, people: dict[str, User], tenants: int):
        self.people = people
        self.others = _managers(-(-tenants // self.EACH) - 1)

    def manager(self, n: int) -> User:
        block = n // self.EACH
        return self.others[block - 1] if block else self.people[self.FIRST[n % 4]]

    def of(self, n: int) -> list[tuple[User, str | None]]:
        """(user, name of the role): an engineer, at every fourth a partner, at every fifth an architect."""
        names = ["fe"] * (n < 3 * self.EACH)
        names += ["partner"] * (n % 4 == 1 and n < 4 * self.EACH)
        names += ["fta"] * (n % 5 == 0 and n < 5 * self.EACH) + ["tm"] * (n < 12)
        return [(self.manager(n), PEOPLE["fm"][3]), *((self.people[name], PEOPLE[name][3]) for name in names)]


def _managers(count: int) -> list[User]:
    """Managers without a password; those of an earlier, smaller demo are found again."""
    names = [f"manager{number}" for number in range(1, count + 1)]
    first, last = zip(*(name.split() for name in CONTACTS), strict=True)
    User.objects.bulk_create(
        [
            User(
                username=name,
                first_name=first[at % len(first)],
                last_name=last[at // len(first) % len(last)],
                email=f"{name}@example.com",
                password=make_password(None),
            )
            for at, name in enumerate(names)
        ],
        ignore_conflicts=True,
    )
    found = list(User.objects.filter(username__in=names).order_by("pk"))
    Group.objects.get(name="FastTrack Manager").user_set.add(*found)
    return found
