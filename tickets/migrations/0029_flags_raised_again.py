from django.conf import settings
from django.db import migrations, models


def tell_again(apps, schema_editor):
    """What waits at once, and was told to one person only, is told anew at the next look."""
    flags = apps.get_model("tickets", "RedFlag").objects
    flags.filter(level="P0", state="open").update(next_step_at=models.F("raised_at"))


class Migration(migrations.Migration):
    dependencies = [("tickets", "0028_names_heeded"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AlterField(
            "alert",
            "kind",
            models.CharField(
                choices=[
                    ("escalation", "期限"),
                    ("red_flag", "紧急警示"),
                    ("delivery", "没有发出的信件"),
                    ("conflict", "利益冲突"),
                    ("message", "客户新消息"),
                ],
                default="escalation",
                max_length=12,
            ),
        ),
        migrations.AddField("redflag", "next_step_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "redflag",
            models.Index(condition=models.Q(("state", "open")), fields=["level", "ticket"], name="red_flag_open"),
        ),
        migrations.AddIndex(
            "redflag",
            models.Index(
                condition=models.Q(("next_step_at__isnull", False)), fields=["next_step_at"], name="red_flag_next_step"
            ),
        ),
        migrations.RunPython(tell_again, migrations.RunPython.noop),
    ]
