"""Series of reviews get a rhythm of their own, and each review the day of it that it stands for.

A series that was there before goes back to what was agreed: its first review says the weekday, or the day of the
month, wherever holidays and late reviews have carried it since.
"""

from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce


def anchor(apps, schema_editor):
    """The anchor of each series is the day that its earliest review was planned for first."""
    series, reviews = (apps.get_model("engagements", name) for name in ("ReviewSeries", "Review"))
    first = reviews.objects.filter(series=OuterRef("pk")).order_by("first_on", "pk").values("first_on")[:1]
    series.objects.update(anchor_on=Coalesce(Subquery(first), F("agreed_on")))
    reviews.objects.update(beat_on=F("first_on"))


class Migration(migrations.Migration):

    dependencies = [
        ("engagements", "0028_next_updates_by_day"),
    ]

    operations = [
        migrations.AddField("reviewseries", "anchor_on", models.DateField(null=True)),
        migrations.AddField("review", "beat_on", models.DateField(null=True)),
        migrations.RunPython(anchor, migrations.RunPython.noop, elidable=True),
        migrations.AlterField(
            "reviewseries",
            "anchor_on",
            models.DateField(
                help_text="Its weekday, or its day of the month, is that of the series.", verbose_name="rhythm since"
            ),
        ),
        migrations.AlterField(
            "review",
            "beat_on",
            models.DateField(
                help_text=(
                    "The day of the rhythm that it stands for, wherever it was moved; the next one is counted from here."
                ),
                verbose_name="day of the rhythm",
            ),
        ),
    ]
