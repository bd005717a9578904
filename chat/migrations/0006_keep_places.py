from django.db import migrations, models


def keep_places(apps, schema_editor):
    """Who waits already keeps the place that the beginning of the chat gave."""
    apps.get_model("chat", "Conversation").objects.update(queued_at=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("chat", "0005_bot_and_queue_place")]

    operations = [migrations.RunPython(keep_places, migrations.RunPython.noop)]
