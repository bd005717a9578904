"""The public pages of the knowledge base. They work without JavaScript; htmx adds suggestions."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.http import require_POST, require_safe

from faq.actions import log_search, open_from_search, vote_article
from faq.forms import VoteForm
from faq.forms.calculator import FORMS
from faq.models import Article, ArticleVote, Calculator, SearchLog
from faq.permissions import is_unopened
from faq.queries import (
    Hit,
    articles_visible_to,
    popular,
    search_articles,
    topics_with_counts,
)
from faq.search.confidence import THRESHOLD
from faq.search.normalise import LONGEST
from helpdesk.core.actors import actor_of
from helpdesk.core.models import Topic
from helpdesk.core.permissions import public

POPULAR = 6
SUGGESTED = 5
NEAREST = 3  # offered where the engine is not sure
LIKELY = 0.2  # less sure than this, an article is not shown at all
POSSIBLE = 0.15  # the same for a question that is still being typed
SEARCHES_KEY, VOTER_KEY = "faq_searches", "faq_voter"
SEARCHES_KEPT = 20


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    articles = articles_visible_to(actor_of(request))
    context = {"topics": topics_with_counts(articles), "popular": popular(articles, POPULAR)}
    return render(request, "faq/home.html", context)


@public
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    if not query:
        return redirect("faq:home")
    hits = [hit for hit in search_articles(query) if hit.confidence >= LIKELY]
    context: dict[str, Any] = {"query": query, "cut": len(query) > LONGEST, "longest": LONGEST}
    context |= outcome(hits)
    if not context["hits"]:
        context["topics"] = topics_with_counts(articles_visible_to(actor_of(request)))
    context["log"] = remember_search(request, query, hits)
    return render(request, "faq/search.html", context)


def outcome(hits: list[Hit]) -> dict[str, Any]:
    """A clear best answer and what is related to it; or the nearest few, said to be uncertain."""
    if hits and hits[0].confidence >= THRESHOLD:
        return {"hits": hits, "best": hits[0], "others": hits[1:]}
    return {"hits": hits[:NEAREST], "best": None, "others": hits[:NEAREST]}


def remember_search(request: HttpRequest, query: str, hits: list[Hit]) -> SearchLog:
    """Log the search, and let this session say later which answer it opened."""
    language = translation.get_language() or ""
    log = log_search(actor=actor_of(request), query=query, language=language, hits=hits)
    request.session[SEARCHES_KEY] = [*request.session.get(SEARCHES_KEY, []), log.pk][-SEARCHES_KEPT:]
    return log


@public
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The list under the search box while typing; nothing is logged of a half-typed question."""
    query = request.GET.get("q", "").strip()
    hits = [hit for hit in search_articles(query, SUGGESTED) if hit.confidence >= POSSIBLE]
    return render(request, "faq/_suggestions.html", {"query": query, "hits": hits})


@public
@require_safe
def topic(request: HttpRequest, topic: Topic) -> HttpResponse:
    articles = articles_visible_to(actor_of(request))
    context = {
        "topic": topic,
        "articles": popular(articles.filter(topic=topic), count=500),
        "topics": topics_with_counts(articles),
    }
    return render(request, "faq/topic.html", context)


@public
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(articles_visible_to(actor_of(request)), slug=slug)
    asked = search_behind(request)
    if asked and is_unopened(actor_of(request), asked):
        open_from_search(asked, actor=actor_of(request), article=found)
    return article_page(request, found, asked.query if asked else found.question)


def search_behind(request: HttpRequest) -> SearchLog | None:
    """The search this page was opened from, if this very session made it."""
    made = {str(number): number for number in request.session.get(SEARCHES_KEY, [])}
    number = made.get(request.GET.get("s", ""))
    return SearchLog.objects.filter(pk=number).first() if number else None


def article_page(
    request: HttpRequest, found: Article, question: str, form: VoteForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "article": found,
        "question": question,
        "related": articles_visible_to(actor_of(request)).filter(pk__in=found.related.values("pk")),
        "vote": vote_of(request, found),
        "form": form or VoteForm(),
        "canonical": request.build_absolute_uri(found.get_absolute_url()),
    }
    return render(request, "faq/article.html", context, status=status)


def vote_of(request: HttpRequest, found: Article) -> ArticleVote | None:
    voter = request.session.get(VOTER_KEY)
    return ArticleVote.objects.filter(article=found, voter=voter).first() if voter else None


@public
@require_POST
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(articles_visible_to(actor_of(request)), slug=slug)
    form = VoteForm(request.POST)
    if not form.is_valid():
        if "HX-Request" in request.headers:
            return vote_box(request, found, form)
        return article_page(request, found, found.question, form, status=422)
    voter = request.session.setdefault(VOTER_KEY, str(uuid.uuid4()))
    vote_article(found, actor=actor_of(request), voter=uuid.UUID(voter), **form.cleaned_data)
    if "HX-Request" in request.headers:
        return vote_box(request, found, VoteForm())
    return redirect(f"{found.get_absolute_url()}#vote")


def vote_box(request: HttpRequest, found: Article, form: VoteForm) -> HttpResponse:
    context = {"article": found, "vote": vote_of(request, found), "form": form}
    return render(request, "faq/_vote.html", context, status=422 if form.errors else 200)


@public
@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """The numbers are in the address, so that it can be kept or sent; nothing is stored."""
    name = request.GET.get("kind")
    kind = Calculator(name) if name in Calculator.values else Calculator.SCHEDULE
    form_class = FORMS[kind]
    example = not any(field in request.GET for field in form_class.base_fields)
    form = form_class(form_class.EXAMPLE if example else request.GET)
    valid = form.is_valid()
    context = {
        "kind": kind,
        "kinds": Calculator,
        "form": form,
        "example": example,
        "result": form.result() if valid else None,
        "answer": f"faq/calculator/_{kind.value}.html",
        "canonical": request.build_absolute_uri(f"{request.path}?kind={kind.value}"),
    }
    return render(request, "faq/calculator/page.html", context, status=200 if valid else 422)
