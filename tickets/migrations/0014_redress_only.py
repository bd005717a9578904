from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0013_move_redress")]
    operations = [migrations.RemoveField("decision", "redress")]
