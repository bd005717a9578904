"""Quality reviews: the list, drawing a week, one page each with its steps, the results, the scorecard."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.core import audit, clock
from helpdesk.core.asked import page_of
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.memo import remembered
from helpdesk.core.models import User
from helpdesk.core.permissions import Rule, requires
from helpdesk.core.small import FEWEST
from quality import actions, present, queries
from quality.forms import (
    AppealForm,
    DecideForm,
    DrawForm,
    ResultsForm,
    ReviewsForm,
    ScoreForm,
    SettleForm,
    VersionForm,
    items_formset,
)
from quality.models import Appeal, Review, Scorecard, Scoring
from quality.permissions import (
    decides_appeal,
    draws_samples,
    edits_scorecard,
    is_reviewed,
    reads_quality,
    reads_reviews,
    reads_words,
    scores_review,
    why_not_impartial,
)
from quality.reviewed import reviewed
from quality.scorecard import Answer, Item, differing
from quality.states import ReviewState
from quality.views.trends import PAGE, reader_of

View = Callable[..., HttpResponseBase]
SHOWN = ("agent", "team", "ticket", "conversation", "sample__scorecard", "settled_by", "appeal__decided_by")


def review_or_404(request: HttpRequest, pk: int) -> Review:
    return get_object_or_404(queries.reviews_visible_to(reader_of(request)).select_related(*SHOWN), pk=pk)


@require_safe
@requires(reads_reviews)
def reviews(request: HttpRequest) -> HttpResponse:
    """Everybody's, or an agent's own; the newest week first."""
    reader = reader_of(request)
    everyone = reads_quality(reader)
    form = ReviewsForm(request.GET, queries.reviews_visible_to(reader), reader, everyone=everyone)
    context: dict[str, Any] = {"form": form, "everyone": everyone, "draws": draws_samples(reader)}
    if not form.is_valid():
        return render(request, "quality/reviews/list.html", context, status=400)
    found = form.found().select_related("agent", "ticket", "conversation", "sample", "appeal")
    page = page_of(request, found, PAGE)
    page.object_list = present.reviews(reader, page.object_list)
    return render(request, "quality/reviews/list.html", context | {"page": page})


# --- The sample of a week ------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@requires(draws_samples)
def draw_sample(request: HttpRequest) -> HttpResponse:
    """Choose the week and how much of it; what is drawn nobody chooses."""
    form, status = DrawForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                sample = actions.draw_sample(actor=reader_of(request), **form.cleaned_data)
            except ActionError as problem:
                form.add_error(None, problem.message)
                status = 409
            else:
                messages.success(request, _("样本已抽好。"))
                return redirect(sample)
    return render(request, "quality/reviews/draw.html", {"form": form}, status=status)


@require_safe
@requires(reads_quality)
def review_sample(request: HttpRequest, pk: int) -> HttpResponse:
    """How it was drawn, and of how much."""
    reader = reader_of(request)
    sample = get_object_or_404(queries.samples_visible_to(reader), pk=pk)
    names = dict(User.objects.filter(pk__in=[row["agent"] for row in sample.had]).values_list("pk", "name"))
    drawn = list(sample.reviews.order_by().values_list("agent", "ticket", "twice"))
    rows = [
        {
            "name": names.get(had["agent"], ""),
            "agent": had["agent"],
            "had": had,
            "tickets": sum(agent == had["agent"] and ticket is not None for agent, ticket, _twice in drawn),
            "chats": sum(agent == had["agent"] and ticket is None for agent, ticket, _twice in drawn),
            "is_short": had["ticket"] + had["chat"] < sample.per_agent,
        }
        for had in sample.had
    ]
    context = {
        "sample": sample,
        "rows": sorted(rows, key=lambda row: str(row["name"])),
        "drawn": len(drawn),
        "twice": sum(twice for _agent, _ticket, twice in drawn),
    }
    return render(request, "quality/reviews/sample.html", context)


# --- One review -----------------------------------------------------------------------------------
def scored_by(review: Review) -> list[Scoring]:
    """What was handed in, for those who look into it after it was."""
    return list(review.scorings.filter(handed_in_at__isnull=False))


def score_form(review: Review, reader: User, data: Any = None) -> ScoreForm:
    own = review.scorings.filter(reviewer=reader).first() or Scoring()
    return ScoreForm(data, items=review.items, given=own.answers, text=own.comment)


def settle_form(review: Review, _reader: User, data: Any = None) -> SettleForm:
    """Asks only for the items in which the two differ."""
    both: list[dict[str, str]] = [one.answers for one in scored_by(review)]
    first, second = both if len(both) > 1 else ({}, {})
    disputed = differing(review.items, first, second)
    agreed = {code: answer for code, answer in first.items() if answer == second.get(code)}
    return SettleForm(data, items=disputed, given=agreed)


def decide_form(review: Review, _reader: User, data: Any = None) -> DecideForm:
    return DecideForm(data, items=review.items, given=review.answers)


def appeal_form(_review: Review, _reader: User, data: Any = None) -> AppealForm:
    return AppealForm(data)


def offered(review: Review, reader: User) -> dict[str, forms.Form]:
    """The forms of the steps that this reader can take now."""
    appeal: Appeal | None = getattr(review, "appeal", None)
    found: dict[str, forms.Form] = {}
    if review.state == ReviewState.OPEN and scores_review(reader, review):
        mine = review.scorings.filter(reviewer=reader, handed_in_at__isnull=False)
        found |= {} if mine.exists() else {"score": score_form(review, reader)}
    elif review.state == ReviewState.DIFFERING and scores_review(reader, review):
        found["settle"] = settle_form(review, reader)
    elif appeal is not None and appeal.granted is None and decides_appeal(reader, review):
        found["decide"] = decide_form(review, reader)
    elif appeal is None and is_reviewed(reader, review) and review.appeal_until:
        found |= {"appeal": AppealForm()} if clock.today() <= review.appeal_until else {}
    return found


def lines_of(review: Review, scorings: list[Scoring]) -> list[dict[str, Any]]:
    """Item by item what each reviewer answered, and what counts."""

    def line(item: Item) -> dict[str, Any]:
        given = [one.answers.get(item.code, "") for one in scorings]
        counted = review.answers.get(item.code, "")
        labels = dict(Answer.choices)
        return {
            "item": item,
            "given": [labels.get(answer, "–") for answer in given],
            "differs": len(set(given)) > 1,
            "counted": labels.get(counted, "–"),
            "answer": counted,
        }

    return [line(item) for item in review.items]


def review_page(
    request: HttpRequest,
    review: Review,
    *,
    status: int = 200,
    given: dict[str, forms.Form] | None = None,
    problem: ActionError | None = None,
) -> HttpResponse:
    with remembered():
        context = context_of(review, reader_of(request), given or {})
    return render(request, "quality/reviews/page.html", context | {"problem": problem}, status=status)


def context_of(review: Review, reader: User, given: dict[str, forms.Form]) -> dict[str, Any]:
    (shown,) = present.reviews(reader, [review])
    found = offered(review, reader)
    scorings = list(queries.scorings_visible_to(reader, review))
    closed = review.state != ReviewState.OPEN
    return {
        "review": review,
        "url": shown.url,
        "forms": found | {name: form for name, form in given.items() if name in found},
        "scorings": scorings,
        "lines": lines_of(review, scorings) if closed or (scorings and scorings[0].handed_in_at) else [],
        "result": review.result,
        "failed": [item for item in review.items if item.code in review.result.failed],
        "appeal": getattr(review, "appeal", None),
        "reads_words": reads_words(reader, review),
        "reads_quality": reads_quality(reader),
        "keeps_off": why_not_impartial(reader, review) if draws_samples(reader) else "",
        "is_reviewed": is_reviewed(reader, review),
        "handed_in": review.scorings.filter(handed_in_at__isnull=False).count(),
        "history": audit.history_of(review) if reads_quality(reader) else (),
    }


@require_safe
@requires(reads_reviews)
def review(request: HttpRequest, pk: int) -> HttpResponse:
    return review_page(request, review_or_404(request, pk))


def step(
    name: str, allowed: Rule, form_of: Callable[[Review, User, Any], Any]
) -> Callable[[Callable[[Review, User, Any], str]], View]:
    """A form of the review's page: a refusal is that page with the reason and what was typed."""

    def decorate(act: Callable[[Review, User, Any], str]) -> View:
        @require_http_methods(["GET", "HEAD", "POST"])
        @requires(allowed)
        def view(request: HttpRequest, pk: int) -> HttpResponseBase:
            row, reader = review_or_404(request, pk), reader_of(request)
            if request.method != "POST":  # opened by its address, after signing in
                return redirect(row)
            form = form_of(row, reader, request.POST)
            if not form.is_valid():
                return review_page(request, row, status=400, given={name: form})
            try:
                message = act(row, reader, form)
            except ActionError as problem:
                fresh = review_or_404(request, pk)
                return review_page(request, fresh, status=409, given={name: form}, problem=problem)
            except ActionForbidden:
                no = ActionError(_("您的账号不能对这件质检做这一步。"))
                return review_page(request, row, status=403, problem=no)
            messages.success(request, message)
            return redirect(row)

        view.__name__ = act.__name__
        return view

    return decorate


@step("score", reads_quality, score_form)
def score_review(row: Review, reader: User, form: ScoreForm) -> str:
    if form.is_draft:
        actions.draft_scoring(row, actor=reader, answers=form.answers, comment=form.text)
        return _("草稿已保存，只有您看得到。")
    actions.score_review(row, actor=reader, answers=form.answers, comment=form.text)
    return _("评分已提交。")


@step("settle", reads_quality, settle_form)
def settle_review(row: Review, reader: User, form: SettleForm) -> str:
    actions.settle_review(row, actor=reader, answers=form.answers, reason=form.text)
    return _("已裁定。")


@step("appeal", reads_reviews, appeal_form)
def appeal_review(row: Review, reader: User, form: AppealForm) -> str:
    actions.appeal_review(row, actor=reader, **form.cleaned_data)
    return _("申诉已提交，由没有评过这件的人决定。")


@step("decide", reads_quality, decide_form)
def decide_appeal(row: Review, reader: User, form: DecideForm) -> str:
    appeal = actions.decide_appeal(row, actor=reader, answers=form.answers, reason=form.text)
    return _("已改判。") if appeal.granted else _("已维持原评。")


# --- Results --------------------------------------------------------------------------------------
@require_safe
@requires(reads_quality)
def review_results(request: HttpRequest) -> HttpResponse:
    """By week, team and agent, with the reviews behind every number."""
    form = ResultsForm(request.GET)
    if not form.is_valid():
        return render(request, "quality/reviews/results.html", {"form": form}, status=400)
    since, until = form.days
    context = {
        "form": form,
        "found": reviewed(form.found(queries.reviews_visible_to(reader_of(request)))),
        "only": {"since": f"{since}", "until": f"{until}", "team": form.cleaned_data["team"]},
        "fewest": FEWEST,
    }
    return render(request, "quality/reviews/results.html", context)


# --- The scorecard --------------------------------------------------------------------------------
@require_safe
@requires(reads_quality)
def scorecard(request: HttpRequest) -> HttpResponse:
    """The version of today, and those before it."""
    current = queries.current_scorecard()
    before = Scorecard.objects.exclude(version=current.version).select_related("made_by").order_by("-version")
    context = {
        "scorecard": current,
        "before": before,
        "total": sum(item.weight for item in current.items),
        "edits": edits_scorecard(reader_of(request)),
    }
    return render(request, "quality/reviews/scorecard.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(edits_scorecard)
def edit_scorecard(request: HttpRequest) -> HttpResponse:
    current, data = queries.current_scorecard(), request.POST if request.method == "POST" else None
    version = VersionForm(data, initial={"version": current.version})
    items, status, problem = items_formset(current.items, data), 200, ""
    if data is not None:
        status = 400
        if version.is_valid() and items.is_valid():
            given = version.cleaned_data["version"]
            try:
                actions.edit_scorecard(
                    actor=reader_of(request), version=given, items=items.items(current.items, given)
                )
            except ActionError as refused:
                problem, status = refused.message, 409
            else:
                messages.success(request, _("新的评分表从下一次抽样起使用。"))
                return redirect("quality:scorecard")
    context = {"version": version, "items": items, "scorecard": current, "problem": problem}
    return render(request, "quality/reviews/edit_scorecard.html", context, status=status)
