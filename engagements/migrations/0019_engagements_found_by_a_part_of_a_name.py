"""Lists find engagements by a part of a name in the row that they read anyway."""

from django.db import DatabaseError, migrations, models, transaction

from tasks.folding import fold

CHUNK = 500


def write_names(apps, schema_editor):
    summaries = apps.get_model("engagements", "EngagementSummary").objects
    last = 0
    while rows := list(
        summaries.filter(pk__gt=last).select_related("engagement__tenant__customer").order_by("pk")[:CHUNK]
    ):
        for row in rows:
            tenant = row.engagement.tenant
            row.found_by = "\n".join((tenant.customer.name_folded, tenant.name_folded, fold(tenant.domain)))
        summaries.bulk_update(rows, ["found_by"])
        last = rows[-1].pk


def sort_alike(apps, schema_editor):
    """By code points on both databases; the collation of a server may pass over line breaks."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE engagements_engagementsummary ALTER found_by TYPE text COLLATE "C"')


def find_by_trigrams(apps, schema_editor):
    """PostgreSQL finds a part of a name by index, where the extension may be had; elsewhere it reads every row."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(
                "CREATE INDEX found_by_trigrams ON engagements_engagementsummary USING gin (found_by gin_trgm_ops)"
            )
    except DatabaseError:
        print(" without pg_trgm, see docs/operating.md;", end="")


class Migration(migrations.Migration):
    # PostgreSQL makes no index of a table that has changed in the same transaction.
    atomic = False

    dependencies = [("engagements", "0018_customer_record_folded_and_rated_by_day")]

    operations = [
        migrations.AddField(
            model_name="engagementsummary",
            name="found_by",
            field=models.TextField(
                default="",
                editable=False,
                help_text="The folded names of customer and tenant, and the domain, a line each.",
            ),
        ),
        migrations.RunPython(write_names, migrations.RunPython.noop),
        migrations.RunPython(sort_alike, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="engagementsummary",
            index=models.Index(fields=["found_by", "engagement"], name="found_by_a_part_of_a_name"),
        ),
        migrations.RunPython(find_by_trigrams, migrations.RunPython.noop),
    ]
