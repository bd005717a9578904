"""Cases with somebody behind them, one that was told twice, and one of each kind."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from helpdesk.core import clock
from helpdesk.core.actors import Guest
from helpdesk.demo.case_stories import complainant, picture, record_steps
from helpdesk.demo.content import cases, read
from helpdesk.demo.telling import Desk, Story
from tickets import actions
from tickets.models import Channel, Kind, Severity, Ticket


def intake_stories(desk: Desk) -> Iterator[Story]:
    yield _represented(desk)
    yield _group(desk)
    yield _regulator(desk)
    yield _told_twice(desk)
    for n, kind in enumerate(read("words")["details"]):
        yield _of_kind(desk, kind, n)


def _fields(text: list[str], person: int, topic: str, **more: Any) -> dict[str, Any]:
    who = {"complainant": complainant(person), "contact": f"1380000{person:04}"}
    return {"kind": Kind.COMPLAINT, "narrative": text[0], "request": text[1], "topic": topic} | who | more


def _represented(desk: Desk) -> Story:
    yield desk.ago(days=2.3)
    who = {"name": complainant(171), "contact": "13800000171", "relation": "family"}
    fields = _fields(read("words")["intake"]["represented"], 170, "fees", channel=Channel.WEB)
    represented_by = who | {"answer_to": "representative", "authorisation": picture(901)}
    actions.file_ticket(actor=Guest(), represented_by=represented_by, **fields)


def _group(desk: Desk) -> Story:
    yield desk.ago(days=1.7)
    members = [
        {"name": complainant(n), "contact": f"1380000{n:04}", "speaks": n < 182} for n in range(180, 188)
    ]
    fields = _fields(read("words")["intake"]["group"], 180, "repayment", channel=Channel.COUNTER)
    actions.file_ticket(actor=desk.staff["agent"], group=members, **fields)


def _regulator(desk: Desk) -> Story:
    yield desk.ago(days=3.1)
    words = read("words")["intake"]
    due_on = clock.today() + dt.timedelta(days=10)
    referral = {"authority": words["authority"], "number": "YS-2026-0117", "due_on": due_on}
    fields = _fields(words["regulator"], 190, "fees", channel=Channel.REGULATOR)
    actions.file_ticket(actor=desk.staff["supervisor"], referral=referral, **fields)


def _told_twice(desk: Desk) -> Story:
    """By phone and again on the web; an agent sees that it is one matter."""
    yield desk.ago(days=3.4)
    words = read("words")["intake"]
    agent = desk.staff["agent"]
    filed = [
        _fields([text, words["twice_request"]], 195, "repayment", channel=channel)
        for text, channel in zip(words["twice"], (Channel.PHONE, Channel.WEB), strict=True)
    ]
    first = actions.file_ticket(actor=agent, **filed[0])
    yield desk.ago(days=1.2)
    second = actions.file_ticket(actor=Guest(), **filed[1])
    yield desk.ago(days=0.3)
    actions.merge_ticket(second, actor=agent, into=first, same_person=True, reason=words["merged"])


def _of_kind(desk: Desk, kind: str, n: int) -> Story:
    """In the agent's hands, with its first step done."""
    text = next(text for text in cases() if text.kind == kind).told(
        {"n": 3, "yuan": "128.00", "day": "5 月 6 日", "hour": 10}
    )
    yield desk.ago(days=2 + n / 2)
    agent, boss = desk.staff["agent"], desk.staff["supervisor"]
    fields = _fields([text.narrative, text.request], 160 + n, text.topic, channel=Channel.WEB)
    ticket = actions.file_ticket(
        actor=Guest(), **fields | {"kind": kind}, details=read("words")["details"][kind]
    )
    yield desk.ago(days=1.5)
    _triage(ticket, text.business, text.cause, boss)
    actions.assign_ticket(ticket, actor=boss, assignee=agent, no_conflict=True)
    yield desk.ago(days=1)
    actions.investigate_ticket(ticket, actor=agent)
    record_steps(ticket, agent, most=1)


def _triage(ticket: Ticket, business: str, cause: str, boss: Any) -> None:
    for flag in ticket.red_flags.filter(state="open"):
        actions.review_flag(ticket, actor=boss, flag=flag.code, verdict="confirmed")
    labels = {"kind": ticket.kind, "business": business, "cause": cause}
    actions.classify_ticket(ticket, actor=boss, severity=Severity.ORDINARY, **labels)
