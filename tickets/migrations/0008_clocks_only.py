from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tickets", "0007_move_deadline_events")]
    operations = [migrations.DeleteModel("DeadlineEvent")]
