"""The life of a review: drawn with its week, scored by one or two, settled, appealed once."""

import datetime as dt
import secrets

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from quality import sampling
from quality.models import Appeal, Review, ReviewSample, Scorecard, Scoring
from quality.permissions import decides_appeal, draws_samples, edits_scorecard, is_reviewed, scores_review
from quality.queries import current_scorecard, work_of
from quality.scorecard import Answer, Answers, Item, differing, result_of
from quality.states import ReviewState
from tickets.models import Ticket


# --- The sample of a week ------------------------------------------------------------------------
@creation("review_sample.drawn", allowed=draws_samples)
def draw_sample(
    *, actor: User, week: dt.date, per_agent: int, percent_twice: int, seed: str = ""
) -> ReviewSample:
    """Of a week that is over, once. Without a seed a new one is made; either way it is on record."""
    if week.weekday() or week + dt.timedelta(days=7) > clock.today():
        raise ActionError(_("只能抽已经结束的整周。"))
    work = work_of(week)
    if not work:
        raise ActionError(_("这一周没有作出决定的工单，也没有结束的聊天，没有可抽的。"))
    seed = seed or secrets.token_hex(8)
    scorecard = current_scorecard()
    try:
        with transaction.atomic():
            if scorecard.pk is None:
                scorecard.save()
            sample = ReviewSample.objects.create(
                week=week,
                seed=seed,
                per_agent=per_agent,
                percent_twice=percent_twice,
                scorecard=scorecard,
                had=_had(work),
                drawn_by=actor,
                drawn_at=clock.now(),
            )
    except IntegrityError as twice:
        raise ActionError(_("这一周已经抽过样本，不能重抽。")) from twice
    chosen = sampling.drawn(work, per_agent, seed)
    _keep(sample, chosen, sampling.scored_twice(chosen, percent_twice, seed))
    return sample


def _had(work: list[sampling.Work]) -> list[dict[str, int]]:
    agents = sorted({one.agent for one in work})
    strata = ("ticket", "chat")
    return [
        {"agent": pk} | {name: sum((one.agent, one.stratum) == (pk, name) for one in work) for name in strata}
        for pk in agents
    ]


def _keep(sample: ReviewSample, chosen: list[sampling.Work], twice: set[sampling.Work]) -> None:
    cases = [one.key for one in chosen if one.stratum == "ticket"]
    tickets = dict(Ticket.objects.filter(number__in=cases).values_list("number", "pk"))
    teams = dict(User.objects.filter(pk__in={one.agent for one in chosen}).values_list("pk", "team"))
    Review.objects.bulk_create(
        Review(
            sample=sample,
            agent_id=one.agent,
            team_id=teams[one.agent],
            ticket_id=tickets.get(one.key) if one.stratum == "ticket" else None,
            conversation_id=one.key if one.stratum == "chat" else None,
            twice=one in twice,
        )
        for one in chosen
    )


# --- Scoring --------------------------------------------------------------------------------------
@action("review.drafted", allowed=scores_review)
def draft_scoring(review: Review, *, actor: User, answers: Answers, comment: str) -> Scoring:
    """Kept until it is handed in; only its reviewer sees it."""
    scoring = _own_scoring(review, actor)
    scoring.answers, scoring.comment = dict(answers), comment
    scoring.save()
    return scoring


@action("review.scored", allowed=scores_review)
def score_review(review: Review, *, actor: User, answers: Answers, comment: str) -> Review:
    """The first to hand in counts; of a review that is scored twice, the first two."""
    scoring = _own_scoring(review, actor)
    _check_answers(review, answers)
    if Answer.NO in answers.values() and not comment:
        raise ActionError(_("有没做到的项目，请在评语里写明是什么。"), state=review.state)
    scoring.answers, scoring.comment, scoring.handed_in_at = dict(answers), comment, clock.now()
    scoring.save()
    first, *rest = review.scorings.filter(handed_in_at__isnull=False)
    if review.twice and not rest:
        return review
    if rest and differing(review.items, first.answers, rest[0].answers):
        review.differ()
    else:
        review.count(first.answers)
        review.finish()
    review.save()
    return review


@action("review.settled", allowed=scores_review)
def settle_review(review: Review, *, actor: User, answers: Answers, reason: str) -> Review:
    """What counts where two differ, item by item; where they agree nobody changes it."""
    _check_answers(review, answers)
    if review.state == ReviewState.DIFFERING:
        first, second = review.scorings.filter(handed_in_at__isnull=False)
        disputed = {item.code for item in differing(review.items, first.answers, second.answers)}
        if any(answers[code] != first.answers[code] for code in first.answers.keys() - disputed):
            raise ActionError(_("两人一致的项目不能改。"), state=review.state)
    elif review.state == ReviewState.OPEN:
        raise ActionError(_("还没有两个人的评分可以裁定。"), state=review.state)
    review.count(answers)
    review.finish()
    review.settled_by, review.settled_because = actor, reason
    review.save()
    return review


def _own_scoring(review: Review, actor: User) -> Scoring:
    """The reviewer's own row, saved or not, while it may still be written."""
    found = review.scorings.filter(reviewer=actor).first() or Scoring(review=review, reviewer=actor)
    if found.handed_in_at:
        raise ActionError(_("您已经提交过这件的评分。"), state=review.state)
    if review.state != ReviewState.OPEN:
        raise ActionError(_("别人先提交了评分，这件不用再评了。"), state=review.state)
    return found


def _check_answers(review: Review, answers: Answers) -> None:
    if {item.code for item in review.items} != answers.keys() or not set(answers.values()) <= set(Answer):
        raise ActionError(_("每一项都要评：做到、没做到或不适用。"), state=review.state)
    if result_of(review.items, answers).score is None:
        raise ActionError(_("至少要有一项适用，才能得出结果。"), state=review.state)


# --- Appeal ---------------------------------------------------------------------------------------
@action("review.appealed", allowed=is_reviewed)
def appeal_review(review: Review, *, actor: User, reason: str) -> Appeal:
    """Once, by whoever was reviewed, within the days that the page names."""
    if review.appeal_until is None or review.score is None:
        raise ActionError(_("这件质检还没有完成。"), state=review.state)
    if Appeal.objects.filter(review=review).exists():
        raise ActionError(_("这件质检已经申诉过，只能申诉一次。"), state=review.state)
    if clock.today() > review.appeal_until:
        raise ActionError(
            _("申诉期到 %(day)s 为止，已经过了。") % {"day": f"{review.appeal_until:%F}"}, state=review.state
        )
    return Appeal.objects.create(
        review=review,
        reason=reason,
        made_at=clock.now(),
        before=review.answers,
        score_before=review.score,
    )


@action("review.appeal_decided", allowed=decides_appeal)
def decide_appeal(review: Review, *, actor: User, answers: Answers, reason: str) -> Appeal:
    """Granted is an appeal after which something counts differently; else the review stands."""
    appeal = Appeal.objects.filter(review=review).first()
    if appeal is None or appeal.granted is not None:
        raise ActionError(_("没有待决定的申诉，可能已有人先处理。"), state=review.state)
    _check_answers(review, answers)
    appeal.granted = dict(answers) != appeal.before
    appeal.answer, appeal.decided_by, appeal.decided_at = reason, actor, clock.now()
    appeal.save()
    review.count(answers)
    review.save()
    return appeal


# --- The scorecard --------------------------------------------------------------------------------
@creation("scorecard.edited", allowed=edits_scorecard)
def edit_scorecard(*, actor: User, version: int, items: list[Item]) -> Scorecard:
    """A new version for the samples to come; what was drawn before keeps its own."""
    current = current_scorecard()
    if current.version != version:
        raise ActionError(_("在您编辑时，别人保存了改动。请看过新的内容再改。"))
    if not items:
        raise ActionError(_("评分表至少要有一项。"))
    try:
        with transaction.atomic():
            if current.pk is None:
                current.save()
            return Scorecard.objects.create(
                version=version + 1,
                rows=[vars(item) for item in items],
                made_by=actor,
                made_at=clock.now(),
            )
    except IntegrityError as first:
        raise ActionError(_("在您编辑时，别人保存了改动。请看过新的内容再改。")) from first
