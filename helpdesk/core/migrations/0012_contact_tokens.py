"""What an account is found by: the keyed hashes of its phone and e-mail."""

from django.db import migrations, models

from helpdesk.core.contacts import contact_token

BATCH = 1_000


def fill(apps, schema_editor):
    User = apps.get_model("core", "User")
    waiting = []
    for user in User.objects.only("pk", "phone", "email").iterator(BATCH):
        user.phone_token, user.email_token = contact_token(user.phone), contact_token(user.email)
        waiting.append(user)
        if len(waiting) == BATCH:
            User.objects.bulk_update(waiting, ["phone_token", "email_token"])
            waiting = []
    User.objects.bulk_update(waiting, ["phone_token", "email_token"])


class Migration(migrations.Migration):
    dependencies = [("core", "0011_manager")]

    operations = [
        *(
            migrations.AddField(
                "user", name, models.CharField(blank=True, default="", editable=False, max_length=32)
            )
            for name in ("phone_token", "email_token")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        *(
            migrations.AddIndex(
                "user", models.Index(fields=[name], name=f"user_by_{name}", condition=~models.Q(**{name: ""}))
            )
            for name in ("phone_token", "email_token")
        ),
    ]
