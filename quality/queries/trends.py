"""Reading feedback and volume: a fixed number of queries, whatever the period."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, TruncWeek

from chat.models import Conversation
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.models import Topic
from quality.figures import SATISFIED, Change, Tally, TopicRow, Trends, Week, by_fall
from quality.models import Door, Feedback
from quality.permissions import reads_quality
from tickets.models import Channel, Severity, Ticket

WEEK = dt.timedelta(weeks=1)
DAY = dt.timedelta(days=1)
GRAVE = (Severity.MAJOR, Severity.COMPLEX)  # the gravest first; all other cases are alike
SERVED = (Door.TICKET, Door.CHAT)  # somebody looked after whoever answers
Days = tuple[dt.date, dt.date]  # both included
Sums = dict[tuple[dt.date, str], Tally]  # (Monday, topic)


@dataclass(frozen=True)
class Scope:
    """What is counted: the filters that all numbers of a page share. Empty means all.

    Without a door, answers are those about cases and chats: a vote about an article asks for no number or
    code, so anybody may send many.
    """

    topic: str = ""
    door: str = ""
    channel: str = ""


def feedback_visible_to(actor: Actor) -> QuerySet[Feedback]:
    """Those who watch quality see all of it; nobody else sees any."""
    return Feedback.objects.all() if reads_quality(actor) else Feedback.objects.none()


def feedback_in(rows: QuerySet[Feedback], scope: Scope, *spans: Days) -> QuerySet[Feedback]:
    inside = Q()
    for span in spans:
        inside |= Q(given_on__range=span)
    if scope.topic:
        inside &= Q(topic=scope.topic)
    if scope.channel:
        inside &= Q(channel=scope.channel)
    return rows.filter(inside, door__in=[scope.door] if scope.door else SERVED)


def answers_in(
    rows: QuerySet[Feedback], scope: Scope, days: Days, scores: Sequence[int]
) -> QuerySet[Feedback]:
    """The answers behind a number, newest first."""
    found = feedback_in(rows, scope, days)
    return found.filter(score__in=scores) if scores else found


def tickets_in(scope: Scope, *spans: Days) -> QuerySet[Ticket]:
    """New cases; one that a chat became is counted with the chat, not twice."""
    if scope.door not in ("", Door.TICKET):
        return Ticket.objects.none()
    from_chat = Exists(Conversation.objects.filter(ticket=OuterRef("pk")))
    found = Ticket.objects.filter(~from_chat & _instants("received_at", spans))
    if scope.topic:
        found = found.filter(topic=scope.topic)
    return found.filter(channel=scope.channel) if scope.channel else found


def conversations_in(scope: Scope, *spans: Days) -> QuerySet[Conversation]:
    """New chats; what an agent marked as spam is none."""
    if scope.door not in ("", Door.CHAT) or scope.channel not in ("", Channel.CHAT):
        return Conversation.objects.none()
    found = Conversation.objects.filter(_instants("created_at", spans), spam=False)
    return found.filter(topic=scope.topic) if scope.topic else found


def volume_in(scope: Scope, *spans: Days) -> QuerySet[Any, dict[str, Any]]:
    """New cases and chats in one list, newest first: ``at, door, key, topic, via, rank``.

    ``rank`` is 0 for the gravest; a chat is as grave as an ordinary case.
    """
    fields = ("at", "door", "key", "topic", "via", "rank")
    tickets = tickets_in(scope, *spans).annotate(
        at=F("received_at"),
        door=Value(Door.TICKET.value, CharField()),
        key=Cast("number", CharField()),
        via=F("channel"),
        rank=gravity(),
    )
    chats = conversations_in(scope, *spans).annotate(
        at=F("created_at"),
        door=Value(Door.CHAT.value, CharField()),
        key=Cast("id", CharField()),
        via=Value(Channel.CHAT.value, CharField()),
        rank=Value(len(GRAVE), IntegerField()),
    )
    both: QuerySet[Any, dict[str, Any]] = (
        tickets.order_by().values(*fields).union(chats.order_by().values(*fields), all=True)
    )
    return both.order_by("-at", "key")


def gravity() -> Case:
    """Of a case, to sort by: 0 is the gravest."""
    places = (When(severity=severity, then=Value(place)) for place, severity in enumerate(GRAVE))
    return Case(*places, default=Value(len(GRAVE)), output_field=IntegerField())


def _instants(field: str, spans: Iterable[Days]) -> Q:
    inside = Q()
    for first, last in spans:
        inside |= Q(**{f"{field}__gte": clock.start_of_day(first), f"{field}__lt": clock.end_of_day(last)})
    return inside


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def period(weeks: int, *, today: dt.date) -> Days:
    """The running ISO week and the ``weeks - 1`` before it."""
    return monday_of(today) - (weeks - 1) * WEEK, today


def trends(rows: QuerySet[Feedback], scope: Scope, weeks: int, *, today: dt.date) -> Trends:
    """Week by week and against the period before, which has the same number of days."""
    since, until = period(weeks, today=today)
    now: Days = (since, until)
    before: Days = (since - weeks * WEEK, until - weeks * WEEK)
    sums = _sums(rows, scope, now, before)
    mondays = [since + n * WEEK for n in range(weeks)]
    topics = [Topic(scope.topic)] if scope.topic else list(Topic)
    found = [_topic_row(topic, sums, mondays, until) for topic in topics]
    return Trends(
        since=since,
        until=until,
        since_before=before[0],
        until_before=before[1],
        weeks=[_week(monday, until, [sums[monday, topic] for topic in topics]) for monday in mondays],
        topics=sorted(found, key=by_fall),
        change=Change(
            now=_total(row.change.now for row in found), before=_total(row.change.before for row in found)
        ),
    )


def _sums(rows: QuerySet[Feedback], scope: Scope, *spans: Days) -> Sums:
    """Three grouped queries: answers, new cases, new chats, by week and topic."""
    sums: Sums = defaultdict(Tally)
    answers = (
        feedback_in(rows, scope, *spans)
        .order_by()
        .annotate(week=TruncWeek("given_on"))
        .values_list("week", "topic")
        .annotate(
            count=Count("id"), satisfied=Count("id", filter=Q(score__gte=SATISFIED)), points=Sum("score")
        )
    )
    for week, topic, count, satisfied, points in answers:
        sums[week, topic] += Tally(answers=count, satisfied=satisfied, points=points)
    zone = clock.business_zone()
    for incoming, instant in (
        (tickets_in(scope, *spans), "received_at"),
        (conversations_in(scope, *spans), "created_at"),
    ):
        by_week = (
            incoming.order_by()
            .annotate(week=TruncWeek(instant, tzinfo=zone, output_field=DateField()))
            .values_list("week", "topic")
            .annotate(count=Count("pk"))
        )
        for week, topic, count in by_week:
            sums[week, topic] += Tally(volume=count)
    return sums


def _topic_row(topic: Topic, sums: Sums, mondays: list[dt.date], until: dt.date) -> TopicRow:
    earlier = [monday - len(mondays) * WEEK for monday in mondays]
    return TopicRow(
        topic=topic,
        weeks=[_week(monday, until, [sums[monday, topic]]) for monday in mondays],
        change=Change(
            now=_total(sums[monday, topic] for monday in mondays),
            before=_total(sums[monday, topic] for monday in earlier),
        ),
    )


def _week(monday: dt.date, until: dt.date, tallies: list[Tally]) -> Week:
    last = monday == monday_of(until)
    return Week(monday, until if last else monday + 6 * DAY, _total(tallies), running=last)


def _total(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total += tally
    return total
