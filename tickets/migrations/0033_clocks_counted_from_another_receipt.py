from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0032_sealed_texts")]
    operations = [
        migrations.AlterField(
            "clockevent",
            "kind",
            models.CharField(
                choices=[
                    ("started", "开始计时"),
                    ("reclassified", "按分类调整"),
                    ("extended", "批准延长"),
                    ("stopped", "暂停计时"),
                    ("resumed", "恢复计时"),
                    ("restarted", "重新计时"),
                    ("ended", "计时结束"),
                    ("received", "改从这天起算"),
                ],
                max_length=20,
            ),
        ),
    ]
