"""Each door's answer becomes exactly one row, in the same transaction."""

import datetime as dt
import uuid

import pytest
from django.db import transaction

from faq.actions import merge_articles, unmerge_articles, vote_article
from faq.models import Article
from helpdesk.core.actors import Guest
from helpdesk.core.errors import ActionForbidden
from helpdesk.core.signals import feedback_given
from quality.models import Door, Feedback
from tests.quality.rows import article, chat, local
from tests.tickets.factories import make_ticket
from tickets import actions
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


def only_row() -> Feedback:
    return Feedback.objects.get()


def facts(row: Feedback) -> dict[str, object]:
    names = ("door", "ticket_id", "conversation_id", "article_id", "topic", "channel", "team_id", "agent_id")
    return {name: getattr(row, name) for name in names}


def test_ticket_feedback_is_one_row_with_its_circumstances(cast):
    ticket = make_ticket(cast, "resolved", topic="fees", channel="chat")
    actions.give_feedback(ticket, actor=cast.customer, score=2, resolved=False, text="太慢")
    assert facts(only_row()) == {
        "door": Door.TICKET,
        "ticket_id": ticket.pk,
        "conversation_id": None,
        "article_id": None,
        "topic": "fees",
        "channel": "chat",
        "team_id": cast.agent.team_id,
        "agent_id": cast.agent.pk,
    }
    row = only_row()
    assert (row.score, row.resolved, row.text) == (2, False, "太慢")
    assert row.given_at == Ticket.objects.get().closed_at


def test_a_changed_vote_is_one_answer_the_latest(db):
    one, voter, other = article("repayment"), uuid.uuid4(), uuid.uuid4()
    vote_article(one, actor=Guest(), voter=other, helpful=True)
    vote_article(one, actor=Guest(), voter=voter, helpful=True)
    vote_article(one, actor=Guest(), voter=voter, helpful=False, reason="没有说怎么操作")
    rows = Feedback.objects.order_by("given_at").values_list("score", "text")
    assert list(rows) == [(5, ""), (1, "没有说怎么操作")]


def test_a_vote_takes_its_answer_along_when_articles_are_merged_and_back(cast):
    keep, gone = article("repayment"), article("fees")
    here, there = uuid.uuid4(), uuid.uuid4()
    for one, voter in ((gone, here), (keep, there)):
        vote_article(one, actor=Guest(), voter=voter, helpful=True)
    merge = merge_articles(gone, actor=cast.analyst, into=keep)
    vote_article(keep, actor=Guest(), voter=here, helpful=False)
    rows = Feedback.objects.order_by("score").values_list("article", "score")
    assert list(rows) == [(keep.pk, 1), (keep.pk, 5)]
    unmerge_articles(merge, actor=cast.analyst)
    vote_article(Article.objects.get(pk=gone.pk), actor=Guest(), voter=here, helpful=True)
    assert sorted(rows.all()) == sorted([(keep.pk, 5), (gone.pk, 5)])


def test_chat_rating_is_one_row_with_its_circumstances(cast):
    conversation = chat("2026-11-20", "overdue", assignee=cast.agent, team=cast.agent.team)
    feedback_given.send(
        type(conversation), about=conversation, score=5, resolved=None, text="", at=local("2026-11-20")
    )
    assert facts(only_row()) == {
        "door": Door.CHAT,
        "ticket_id": None,
        "conversation_id": conversation.pk,
        "article_id": None,
        "topic": "overdue",
        "channel": "chat",
        "team_id": cast.agent.team_id,
        "agent_id": cast.agent.pk,
    }


def test_article_vote_is_one_row_without_people():
    about = article("privacy")
    feedback_given.send(Article, about=about, score=1, resolved=None, text="", at=local("2026-11-20"))
    assert facts(only_row()) == {
        "door": Door.ARTICLE,
        "ticket_id": None,
        "conversation_id": None,
        "article_id": about.pk,
        "topic": "privacy",
        "channel": "web",
        "team_id": None,
        "agent_id": None,
    }


def test_the_day_is_that_of_the_business_zone():
    before_midnight = local("2026-11-20", "23:59")
    for at in (before_midnight, local("2026-11-21", "00:00")):
        stored = at.astimezone(dt.UTC)  # as the clock gives it
        feedback_given.send(Article, about=article(), score=5, resolved=None, text="", at=stored)
    days = Feedback.objects.order_by("given_at").values_list("given_on", flat=True)
    assert [f"{day}" for day in days] == ["2026-11-20", "2026-11-21"]


def test_a_later_transfer_does_not_rewrite_the_row(cast):
    ticket = make_ticket(cast, "closed", topic="fees")
    Ticket.objects.filter(pk=ticket.pk).update(topic="other", assignee=cast.other_agent)
    row = only_row()
    assert (row.topic, row.agent_id) == ("fees", cast.agent.pk)


def test_a_failed_answer_leaves_no_row(cast):
    ticket = make_ticket(cast, "resolved")
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.give_feedback(ticket, actor=cast.customer, score=2, resolved=False, text="")
        raise RuntimeError
    assert Feedback.objects.count() == 0
    assert Ticket.objects.get().state == "resolved"


def test_a_row_that_cannot_be_kept_undoes_the_answer(cast):
    """The receiver's failure is the answer's failure: never a closed case without its feedback."""

    def refuse(**_):
        raise RuntimeError

    ticket = make_ticket(cast, "resolved")
    feedback_given.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            actions.give_feedback(ticket, actor=cast.customer, score=2, resolved=False, text="")
    finally:
        feedback_given.disconnect(refuse)
    assert (Feedback.objects.count(), Ticket.objects.get().state) == (0, "resolved")


def test_who_may_not_answer_leaves_no_row(cast):
    ticket = make_ticket(cast, "resolved")
    with pytest.raises(ActionForbidden):
        actions.give_feedback(ticket, actor=Guest(), score=5, resolved=True, text="")
    assert Feedback.objects.count() == 0
