from django.db import migrations, models

from helpdesk.core.audit import triggers


def protect(apps, schema_editor):
    triggers.install(schema_editor.connection)


def unprotect(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    """The body holds the data now; nothing changes from here on."""

    dependencies = [("core", "0005_chain_old_entries")]

    operations = [
        migrations.RemoveField("auditentry", "data"),
        migrations.AddConstraint(
            "auditentry", models.UniqueConstraint(fields=("chain", "n"), name="audit_one_place")
        ),
        migrations.AddConstraint(
            "auditentry", models.UniqueConstraint(fields=("chain", "prev"), name="audit_one_successor")
        ),
        migrations.RunPython(protect, unprotect),
    ]
