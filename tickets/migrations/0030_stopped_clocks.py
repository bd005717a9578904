"""Whether the clock of a case stands still, on the case: a day that does not come is not overdue."""

from django.db import migrations, models

MOVES = ("started", "restarted", "stopped", "resumed")


def tell(apps, schema_editor):
    """From the events, also of clocks that ended while they stood still. A stop after the day did not count."""
    Clock, Ticket = apps.get_model("tickets", "Clock"), apps.get_model("tickets", "Ticket")
    for clock in Clock.objects.filter(purpose="case", events__kind="stopped").distinct().iterator():
        last = clock.events.filter(kind__in=MOVES).order_by("id").last()
        if last.kind == "stopped" and (clock.due_on is None or last.on <= clock.due_on):
            Ticket.objects.filter(pk=clock.ticket_id).update(due_stopped=True)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0029_flags_raised_again")]

    operations = [
        *(
            migrations.RemoveIndex(model_name="ticket", name=f"ticket_open_{name}")
            for name in ("due", "by_assignee", "by_team")
        ),
        migrations.AddField("ticket", "due_stopped", models.BooleanField(default=False)),
        *(
            migrations.AddIndex(
                model_name="ticket",
                index=models.Index(
                    condition=models.Q(("unfinished", True)), fields=fields, name=f"ticket_open_{name}"
                ),
            )
            for name, fields in {
                "due": ["due_on", "id", "due_stopped"],
                "by_assignee": ["assignee", "due_on", "id", "due_stopped"],
                "by_team": ["team", "due_on", "id", "assignee", "due_stopped"],
            }.items()
        ),
        migrations.RunPython(tell, migrations.RunPython.noop),
    ]
