from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0024_dates_of_receipt_and_merges_apart")]
    operations = [
        migrations.AlterField(
            "involved",
            "part",
            models.CharField(
                choices=[
                    ("named", "投诉涉及的人"),
                    ("collector", "这笔账的催收员"),
                    ("recused", "自行回避"),
                    ("cleared", "已核实与此人无关"),
                ],
                max_length=10,
                verbose_name="关系",
            ),
        ),
    ]
