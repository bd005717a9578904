from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0017_alerts_of_cases")]
    operations = [
        migrations.AlterField(
            "alert", "ticket", models.ForeignKey(on_delete=models.CASCADE, related_name="alerts", to="tickets.ticket")
        ),
        migrations.AlterField("alert", "at", models.DateTimeField()),
        migrations.AlterField("alert", "detail", models.CharField(blank=True, max_length=60)),
    ]
