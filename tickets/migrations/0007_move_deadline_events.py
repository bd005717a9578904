from django.db import migrations
from django.utils import timezone


def move(apps, schema_editor):
    """Every case gets the clock that its events have told of so far."""
    tables = {name: apps.get_model("tickets", name) for name in ("Ticket", "Clock", "ClockEvent", "DeadlineEvent")}
    tickets = tables["Ticket"].objects.only("pk", "due_on", "due_rule")
    for ticket in tickets.order_by("pk").iterator(chunk_size=500):
        events = list(tables["DeadlineEvent"].objects.filter(ticket=ticket).order_by("pk"))
        if not events:
            continue
        ended = events[-1].kind == "ended"
        clock = tables["Clock"].objects.create(
            ticket=ticket,
            purpose="case",
            state="ended" if ended else "running",
            rule=ticket.due_rule,
            due_on=ticket.due_on,
            next_step_at=None if ended else timezone.now(),  # the next sweep works out the rest
        )
        for event in events:
            tables["ClockEvent"].objects.create(
                clock=clock,
                kind=event.kind,
                rule=event.rule,
                n=event.days,
                unit="cal",
                on=event.on,
                zone=event.zone,
                reason=event.reason,
                notice_sent_on=event.notice_sent_on,
                approved_by_id=event.by_id if event.kind == "extended" else None,
                by_id=event.by_id,
                at=event.at,
            )


def move_back(apps, schema_editor):
    events = apps.get_model("tickets", "ClockEvent").objects
    for event in events.filter(clock__purpose="case", unit="cal").select_related("clock").order_by("pk"):
        if event.kind in ("stopped", "resumed"):
            continue  # the older table knew no such thing
        apps.get_model("tickets", "DeadlineEvent").objects.create(
            ticket_id=event.clock.ticket_id,
            kind=event.kind,
            rule=event.rule,
            days=event.n,
            on=event.on,
            zone=event.zone,
            reason=event.reason,
            notice_sent_on=event.notice_sent_on,
            by_id=event.by_id,
            at=event.at,
        )


class Migration(migrations.Migration):
    dependencies = [("tickets", "0006_clocks")]
    operations = [migrations.RunPython(move, move_back)]
