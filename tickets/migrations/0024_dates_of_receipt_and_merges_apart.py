"""The date on a regulator's letter, and merges whose two sides do not read each other."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0023_what_was_approved_and_notices")]

    operations = [
        migrations.AddField("referral", "dated_on", models.DateField(null=True, verbose_name="转办函的日期")),
        migrations.AddField("ticketlink", "apart", models.BooleanField(default=False)),
    ]
