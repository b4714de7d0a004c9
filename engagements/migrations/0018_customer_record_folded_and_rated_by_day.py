"""Names are compared folded, and a rating keeps the day on which it was given. No row was ever written to these tables."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engagements", "0017_handovers_with_a_giver_who_may_stay"),
    ]

    operations = [
        migrations.AlterModelOptions(name="tag", options={"ordering": ["name_folded"]}),
        migrations.AlterModelOptions(name="competesignal", options={"ordering": ["product_folded", "pk"]}),
        migrations.AlterModelOptions(name="partner", options={"ordering": ["name_folded", "pk"]}),
        migrations.RemoveConstraint(model_name="competesignal", name="a_product_competes_once_per_customer"),
        migrations.RemoveConstraint(model_name="partner", name="a_partner_once_per_tenant"),
        migrations.AlterField(model_name="tag", name="name", field=models.CharField(max_length=60)),
        migrations.AddField(
            model_name="tag",
            name="name_folded",
            field=models.CharField(default="", editable=False, max_length=60, unique=True),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="competesignal",
            name="product_folded",
            field=models.CharField(default="", editable=False, max_length=120),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="partner",
            name="name_folded",
            field=models.CharField(default="", editable=False, max_length=200),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="competesignal",
            constraint=models.UniqueConstraint(
                fields=("customer", "product_folded"), name="a_product_competes_once_per_customer"
            ),
        ),
        migrations.AddConstraint(
            model_name="partner",
            constraint=models.UniqueConstraint(fields=("tenant", "name_folded"), name="a_partner_once_per_tenant"),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(fields=("winner",), name="a_tenant_wins_for_one_customer"),
        ),
        migrations.AddField(
            model_name="healthrating",
            name="on",
            field=models.DateField(
                default=django.utils.timezone.now, help_text="The day as the person saw it who rated."
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="healthrating",
            name="why",
            field=models.CharField(max_length=500, verbose_name="reason"),
        ),
        migrations.AddConstraint(
            model_name="healthrating",
            constraint=models.CheckConstraint(condition=models.Q(("why", ""), _negated=True), name="a_rating_has_a_reason"),
        ),
        migrations.AlterField(
            model_name="engagementsummary",
            name="health_on",
            field=models.DateField(blank=True, help_text="Since when it has this colour.", null=True),
        ),
        migrations.AddIndex(
            model_name="engagementsummary",
            index=models.Index(fields=["health"], name="engagements_health_ead829_idx"),
        ),
    ]
