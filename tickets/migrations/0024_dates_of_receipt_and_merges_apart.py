"""The date on a regulator's letter, and merges whose two sides do not read each other."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0021_indexes_of_what_few_cases_have")]

    operations = [
        migrations.AddField("referral", "dated_on", models.DateField(null=True, verbose_name="转办函的日期")),
        migrations.AddField("ticketlink", "apart", models.BooleanField(default=False)),
    ]
