from django.db import migrations, models
from django.db.models import F

from helpdesk.core import clock
from helpdesk.core.models import Topic


def fill(apps, schema_editor):
    """What older rows can say: their day, and the topic of their first result."""
    log = apps.get_model("faq", "SearchLog")
    log.objects.update(first_at=F("at"))
    rows = []
    for row in log.objects.select_related("top").iterator():
        row.on, row.topic = clock.local_date(row.at), row.top.topic if row.top else ""
        rows.append(row)
    log.objects.bulk_update(rows, ["on", "topic"], batch_size=500)


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL changes no column of a table whose rows the same transaction has written

    dependencies = [("faq", "0003_article_calculator")]

    operations = [
        migrations.AddField("searchlog", "on", models.DateField(null=True)),
        migrations.AddField("searchlog", "visitor", models.UUIDField(null=True)),
        migrations.AddField("searchlog", "first_at", models.DateTimeField(null=True)),
        migrations.AddField("searchlog", "suggested", models.BooleanField(default=False)),
        migrations.AddField("searchlog", "shown", models.JSONField(default=list)),
        migrations.AddField(
            "searchlog", "topic", models.CharField(blank=True, choices=Topic.choices, default="", max_length=20),
            preserve_default=False,
        ),
        migrations.AddField("searchlog", "position", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("searchlog", "opened_after", models.PositiveIntegerField(null=True)),
        migrations.AddField("searchlog", "helped_after", models.PositiveIntegerField(null=True)),
        migrations.AddField("searchlog", "helpful", models.BooleanField(null=True)),
        migrations.AddField("searchlog", "contacted_at", models.DateTimeField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("searchlog", "on", models.DateField()),
        migrations.AlterField("searchlog", "first_at", models.DateTimeField()),
        migrations.AddIndex("searchlog", models.Index(fields=["on", "topic"], name="faq_searchl_on_b01d79_idx")),
        migrations.AddIndex(
            "searchlog", models.Index(fields=["visitor", "at"], name="faq_searchl_visitor_5e7fb0_idx")
        ),
    ]
