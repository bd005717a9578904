"""What the doors below tell: an answer given there becomes one feedback row here."""

import datetime as dt
from typing import Any

from django.dispatch import receiver

from chat.models import Conversation
from faq.models import Article
from helpdesk.core import clock
from helpdesk.core.signals import feedback_given, feedback_moved, question_unanswered
from quality.models import Door, Feedback, UnansweredQuestion
from tickets.models import Channel, Ticket

Judged = Ticket | Conversation | Article


@receiver(feedback_given, dispatch_uid="quality.feedback")
def keep_feedback(
    *,
    about: Judged,
    score: int,
    resolved: bool | None,
    text: str,
    at: dt.datetime,
    replaces: dt.datetime | None = None,
    **_: Any,
) -> Feedback:
    """Runs inside the transaction of the answer, so that both are kept or neither is.

    Someone who changes their mind about an article has one answer, the latest.
    """
    facts = circumstances(about)
    if replaces is not None:
        Feedback.objects.filter(**subject(about), given_at=replaces).delete()
    return Feedback.objects.create(
        **facts,
        score=score,
        resolved=resolved,
        text=text,
        given_at=at,
        given_on=clock.local_date(at),
    )


@receiver(feedback_moved, dispatch_uid="quality.feedback_moved")
def move_feedback(*, giver: Judged, taker: Judged, at: list[dt.datetime], **_: Any) -> None:
    """So that whoever changes a vote after a merge still has one answer. What it was about then stays."""
    Feedback.objects.filter(**subject(giver), given_at__in=at).update(**subject(taker))


@receiver(question_unanswered, dispatch_uid="quality.questions")
def keep_question(*, about: Conversation, text: str, at: dt.datetime, **_: Any) -> None:
    """One row a question: each line of ``text`` is one message that no article answered."""
    longest = UnansweredQuestion._meta.get_field("text").max_length
    questions = dict.fromkeys(line.strip()[:longest] for line in text.splitlines() if line.strip())
    UnansweredQuestion.objects.bulk_create(
        UnansweredQuestion(
            conversation=about, text=question, topic=about.topic, at=at, on=clock.local_date(at)
        )
        for question in questions
    )


def subject(about: Judged) -> dict[str, Any]:
    """The one column that says what an answer is about."""
    return {type(about)._meta.model_name or "": about}


def circumstances(about: Judged) -> dict[str, Any]:
    """Whom and what the answer is about, copied: a later transfer must not rewrite the past."""
    if isinstance(about, Ticket):
        return {
            "door": Door.TICKET,
            "ticket": about,
            "channel": about.channel,
            "topic": about.topic,
            "team_id": about.team_id,
            "agent_id": about.assignee_id,
        }
    if isinstance(about, Conversation):
        return {
            "door": Door.CHAT,
            "conversation": about,
            "channel": Channel.CHAT,
            "topic": about.topic,
            "team_id": about.team_id,
            "agent_id": about.assignee_id,
        }
    return {"door": Door.ARTICLE, "article": about, "channel": Channel.WEB, "topic": about.topic}
