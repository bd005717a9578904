from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0033_clocks_counted_from_another_receipt")]
    operations = [
        migrations.AlterField(
            "clock",
            "purpose",
            models.CharField(
                choices=[
                    ("case", "处理时限"),
                    ("contact", "首次联系"),
                    ("regulator", "监管转办"),
                    ("partner", "合作机构协查"),
                    ("matter", "单独计时的事项"),
                ],
                max_length=20,
            ),
        ),
    ]
