from django.conf import settings
from django.db import migrations, models


def fill(apps, schema_editor):
    """Alerts so far were all of escalations."""
    alerts = apps.get_model("tickets", "Alert").objects
    of_alert = apps.get_model("tickets", "Escalation").objects.filter(pk=models.OuterRef("escalation"))
    alerts.update(
        ticket=models.Subquery(of_alert.values("clock__ticket")[:1]), at=models.Subquery(of_alert.values("at")[:1])
    )


class Migration(migrations.Migration):
    dependencies = [("tickets", "0016_inbound_mail"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.AddField(
            "alert",
            "kind",
            models.CharField(
                choices=[("escalation", "期限"), ("red_flag", "紧急警示"), ("delivery", "没有发出的信件")],
                default="escalation",
                max_length=12,
            ),
        ),
        migrations.AddField("alert", "detail", models.CharField(blank=True, max_length=60, default="")),
        migrations.AddField(
            "alert", "ticket", models.ForeignKey(null=True, on_delete=models.CASCADE, related_name="alerts", to="tickets.ticket")
        ),
        migrations.AddField("alert", "at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "alert",
            "escalation",
            models.ForeignKey(null=True, on_delete=models.CASCADE, related_name="alerts", to="tickets.escalation"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
