import django.db.models.deletion
from django.db import migrations, models

import helpdesk.core.fields


class Migration(migrations.Migration):
    """Room for the chain, empty until the next migration fills it."""

    dependencies = [("core", "0003_calendaryear")]

    operations = [
        migrations.AlterField("auditentry", "actor_label", models.CharField(max_length=160)),
        migrations.AddField("auditentry", "body", models.TextField(default=""), preserve_default=False),
        migrations.AddField("auditentry", "chain", models.CharField(max_length=110, default=""), preserve_default=False),
        migrations.AddField("auditentry", "hash", models.CharField(max_length=64, default=""), preserve_default=False),
        migrations.AddField("auditentry", "n", models.PositiveIntegerField(default=0), preserve_default=False),
        migrations.AddField("auditentry", "prev", models.CharField(max_length=64, default=""), preserve_default=False),
        migrations.CreateModel(
            name="SealedValues",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="sealed",
                        serialize=False,
                        to="core.auditentry",
                    ),
                ),
                ("texts", helpdesk.core.fields.EncryptedTextField()),
            ],
        ),
    ]
