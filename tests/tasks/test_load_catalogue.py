"""`manage.py load_catalogue` brings what is missing and leaves what administrators did."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.loading import BUNDLED, CannotLoad, load_taxonomies
from tasks.models import EngagementModel, FtopTask, Motion, Role, Service

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("load_catalogue", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_everything_of_the_file_comes_in():
    assert run().count("\n") == 1
    assert Role.objects.get(abbreviation="FM").name == "FastTrack Manager"
    assert {service.kind for service in Service.objects.all()} == {"workload", "all", "core"}
    assert Service.objects.first().name == "All Services"
    assert EngagementModel.objects.get(slug="reactive").phases_left_out == ["Presales", "Engagement"]


def test_customer_health_and_rfa_exclude_each_other():
    """R33."""
    load_taxonomies()
    assert {m.slug: [x.slug for x in m.excludes.all()] for m in Motion.objects.all()} == {
        "customer-health": ["rfa"],
        "rfa": ["customer-health"],
        "targeting": [],
    }


def test_a_retired_number_names_the_one_that_replaced_it():
    load_taxonomies()
    task = FtopTask.objects.get(number=1910)
    assert (str(task.retired_on), task.replaced_by.number, task.name_folded) == (
        "2020-01-31",
        3690,
        "survey eligibility",
    )


def test_the_groups_of_people_are_there():
    run()
    assert Group.objects.get(name="Team Manager").permissions.filter(codename="grant_waiver").exists()


def test_a_second_time_nothing_changes_and_little_is_asked():
    load_taxonomies()
    with CaptureQueriesContext(connection) as captured:
        assert not load_taxonomies()
    assert not [query for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(captured) < 16
    run()
    assert run() == "Catalogue: everything is there; nothing was changed.\n"


def test_what_an_administrator_changed_stays_and_what_is_empty_is_filled():
    load_taxonomies()
    Role.objects.filter(name="FastTrack Manager").update(function="other", abbreviation="")
    FtopTask.objects.filter(number=983).update(guidance="Ask me.")
    loaded = load_taxonomies()
    role = Role.objects.get(name="FastTrack Manager")
    assert (role.function, role.abbreviation) == ("other", "FM")
    assert FtopTask.objects.get(number=983).guidance == "Ask me."
    assert (loaded.created, loaded.filled) == (0, 1)


def test_a_row_with_a_corrected_name_is_not_doubled():
    load_taxonomies()
    row = Service.objects.get(name="PowerBI")
    row.name, row.aliases = "Power BI (Microsoft)", ["PowerBI"]
    row.save()
    assert not load_taxonomies()
    assert Service.objects.filter(name__startswith="Power").count() == 1


def test_new_rows_have_history():
    load_taxonomies()
    assert Role.history.filter(name="FastTrack Manager", history_type="+").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[role]\n", "cannot be read as TOML"),
        ('[[rule]]\nname = "x"\n', "`rule` is not known"),
        ('[[role]]\nabbreviation = "x"\n', "a \\[\\[role\\]\\] has no `name`"),
        ('[[role]]\nname = "x"\nfuncton = "x"\n', "unknown key `functon`"),
        ('[[task]]\nnumber = "x"\n', "a number"),
        ('[[motion]]\nname = "x"\n', "has no `slug`"),
    ],
)
def test_a_file_with_a_slip_is_refused_whole(tmp_path, text, words):
    path = tmp_path / "catalogue.toml"
    path.write_text('[[service]]\nname = "Holodeck"\n' + text)
    with pytest.raises(CannotLoad, match=words):
        load_taxonomies(path)
    assert not Service.objects.exists()


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CommandError, match="nowhere.toml"):
        run(tmp_path / "nowhere.toml")


def test_the_bundled_file_is_the_default():
    assert BUNDLED.is_file()
