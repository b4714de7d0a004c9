"""PostgreSQL finds a part of a name by trigrams, and goes without where the extension may not be created."""

from importlib import import_module

import pytest
from django.db import connection

from engagements.models import Engagement
from engagements.services import summaries

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite reads an index of all names"),
]
migration = import_module("engagements.migrations.0019_engagements_found_by_a_part_of_a_name")


@pytest.fixture
def bring_up_to_date():
    """Runs that step of the migration, as somebody or as the owner, and says whether the index is there."""

    def run(cursor):
        with connection.schema_editor(atomic=False) as editor:
            migration.find_by_trigrams(None, editor)
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = 'found_by_trigrams'")
        return bool(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION IF EXISTS pg_trgm CASCADE")
        yield lambda: run(cursor)


def test_the_owner_gets_the_index(bring_up_to_date):
    assert bring_up_to_date()


def test_who_may_not_create_the_extension_goes_without(bring_up_to_date, engagement, capsys):
    summaries.refresh(engagement.pk)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE somebody")
        cursor.execute("SET ROLE somebody")
        assert not bring_up_to_date()
        cursor.execute("RESET ROLE")
    assert "without pg_trgm" in capsys.readouterr().out
    assert list(Engagement.objects.matching("thwind")) == [engagement]
