from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0021_indexes_of_what_few_cases_have")]
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
                ],
                default="escalation",
                max_length=12,
            ),
        ),
    ]
