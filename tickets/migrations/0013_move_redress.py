from django.db import migrations
from django.db.models import F

CHANNELS = {"web": "portal", "chat": "portal", "social": "portal", "regulator": "post"}


def move(apps, schema_editor):
    """An amount in a decision becomes a row; a channel of intake becomes a way of sending."""
    decisions = apps.get_model("tickets", "Decision").objects
    redress = apps.get_model("tickets", "Redress").objects
    for old, new in CHANNELS.items():
        decisions.filter(sent_through=old).update(sent_through=new)
    for decision in decisions.filter(redress__gt=0, sent_at__isnull=False).iterator():
        redress.create(
            ticket_id=decision.ticket_id,
            decision=decision,
            kind="compensation",
            amount=decision.redress,
            due_on=decision.sent_at.date(),
            proposed_by_id=decision.drafted_by_id,
            proposed_at=decision.drafted_at,
        )


def move_back(apps, schema_editor):
    decisions = apps.get_model("tickets", "Decision").objects
    decisions.filter(sent_through="portal").update(sent_through="web")
    decisions.filter(sent_through="post").update(sent_through="counter")
    for row in apps.get_model("tickets", "Redress").objects.filter(decision__isnull=False):
        decisions.filter(pk=row.decision_id).update(redress=F("redress") + row.amount)


class Migration(migrations.Migration):
    dependencies = [("tickets", "0012_letters")]
    operations = [migrations.RunPython(move, move_back)]
