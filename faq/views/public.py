"""The public pages of the knowledge base. They work without JavaScript; htmx adds suggestions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from faq import structured
from faq.actions import log_search, open_from_search, vote_article
from faq.addresses import ALL, address_of
from faq.forms import VoteForm
from faq.forms.calculator import FORMS
from faq.models import Article, ArticleVersion, ArticleVote, Calculator, SearchLog
from faq.permissions import is_unopened
from faq.queries import (
    Hit,
    articles_that_took_in,
    articles_visible_to,
    popular,
    related_to,
    search_articles,
    topics_with_counts,
)
from faq.search.confidence import THRESHOLD
from faq.search.normalise import LONGEST
from faq.throttle import allow_search_log, allow_vote
from faq.visits import known_visitor, visitor_of
from helpdesk.core.actors import actor_of
from helpdesk.core.asked import is_partial
from helpdesk.core.models import Topic
from helpdesk.core.permissions import public
from helpdesk.core.templatetags.ui import html_lang, script

POPULAR = 6
SUGGESTED = 5
NEAREST = 3  # offered where the engine is not sure
LIKELY = 0.2  # less sure than this, an article is not shown at all
POSSIBLE = 0.15  # the same for a question that is still being typed
SEARCHES_KEY = "faq_searches"
SEARCHES_KEPT = 20
RELATED = 4


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    articles = articles_visible_to(actor_of(request))
    address = address_of(request, reverse("faq:home"), ALL)
    context = {
        "topics": topics_with_counts(articles),
        "popular": popular(articles, POPULAR),
        "address": address,
        "site": structured.site(address.canonical, request.build_absolute_uri(reverse("faq:search"))),
    }
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
    context["log"] = remember_search(request, query, context["hits"])
    return render(request, "faq/search.html", context)


def outcome(hits: list[Hit]) -> dict[str, Any]:
    """A clear best answer and what is related to it; or the nearest few, said to be uncertain."""
    if hits and hits[0].confidence >= THRESHOLD:
        return {"hits": hits, "best": hits[0], "others": hits[1:]}
    return {"hits": hits[:NEAREST], "best": None, "others": hits[:NEAREST]}


def remember_search(
    request: HttpRequest, query: str, hits: list[Hit], *, suggested: bool = False
) -> SearchLog | None:
    """Log the search, and let this session say later which answer it opened.

    None of an address that has searched very often: what it asks is answered all the same.
    """
    if not allow_search_log(request):
        return None
    log = log_search(
        actor=actor_of(request),
        query=query,
        language=translation.get_language() or "",
        hits=hits,
        visitor=visitor_of(request),
        suggested=suggested,
    )
    request.session[SEARCHES_KEY] = [*request.session.get(SEARCHES_KEY, []), log.pk][-SEARCHES_KEPT:]
    return log


@public
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The list under the search box while typing; nothing is logged until one of them is chosen."""
    query = request.GET.get("q", "").strip()
    hits = suggestions(query)
    return render(request, "faq/_suggestions.html", {"query": query, "hits": hits})


def suggestions(query: str) -> list[Hit]:
    return [hit for hit in search_articles(query, SUGGESTED) if hit.confidence >= POSSIBLE]


@public
@require_safe
def topic(request: HttpRequest, topic: Topic) -> HttpResponse:
    articles = articles_visible_to(actor_of(request))
    path = reverse("faq:topic", args=[topic])
    context = {
        "address": address_of(request, path),
        "trail": trail(request, (str(topic.label), path)),
        "topic": topic,
        "articles": popular(articles.filter(topic=topic), count=500),
        "topics": topics_with_counts(articles),
    }
    return render(request, "faq/topic.html", context)


@public
@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    found = articles_visible_to(actor_of(request)).filter(slug=slug).first()
    if found is None:
        return redirect(get_object_or_404(articles_that_took_in(slug)))
    if typed := request.GET.get("asked", "").strip():
        log = remember_search(request, typed, suggestions(typed), suggested=True)
        return redirect(found.get_absolute_url() + (f"?s={log.pk}" if log else ""))
    asked = search_behind(request)
    if asked and is_unopened(actor_of(request), asked):
        open_from_search(asked, actor=actor_of(request), article=found)
    return article_page(request, found, asked.query if asked else found.question)


def search_behind(request: HttpRequest) -> SearchLog | None:
    """The search this page was opened from, if this very session made it."""
    made = {str(number): number for number in request.session.get(SEARCHES_KEY, [])}
    number = made.get(request.GET.get("s", ""))
    return SearchLog.objects.filter(pk=number).first() if number else None


def article_page(  # what may differ in a preview or after a refusal, each by name
    request: HttpRequest,
    found: Article,
    question: str,
    form: VoteForm | None = None,
    status: int = 200,
    *,
    preview: Article | ArticleVersion | None = None,
    related: list[Article] | None = None,
) -> HttpResponse:
    """``preview`` is what an editor looks at before customers do: then nothing can be sent from the page."""
    address = address_of(request, found.get_absolute_url())
    language = "zh-hant" if translation.get_language() == "zh-hant" else "zh-hans"
    topic = Topic(found.topic)
    here = (script(found.question), found.get_absolute_url())
    if related is None:
        related = related_to(found, articles_visible_to(actor_of(request)), RELATED, LIKELY)
    context = {
        "article": found,
        "preview": preview,
        "question": question,
        "address": address,
        "faq_page": structured.faq_page(found, address.canonical, html_lang(language)),
        "trail": trail(request, (str(topic.label), reverse("faq:topic", args=[topic])), here),
        "related": related,
        "vote": vote_of(request, found),
        "form": form or VoteForm(),
        "calculator": FORMS[Calculator(found.calculator)].example() if found.calculator else None,
    }
    return render(request, "faq/article.html", context, status=status)


def trail(request: HttpRequest, *steps: tuple[str, str]) -> structured.Data:
    """The way from the first page to this one, as absolute addresses."""
    way = [(_("常见问题"), reverse("faq:home")), *steps]
    return structured.breadcrumbs([(name, request.build_absolute_uri(path)) for name, path in way])


def vote_of(request: HttpRequest, found: Article) -> ArticleVote | None:
    voter = known_visitor(request)
    return ArticleVote.objects.filter(article=found, voter=voter).first() if voter else None


@public
@require_POST
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(articles_visible_to(actor_of(request)), slug=slug)
    form, status = VoteForm(request.POST), 422
    if form.is_valid() and not allow_vote(request):
        form.add_error(None, _("这个网络地址评价得太频繁。您写的都还在，请 10 分钟后再提交。"))
        status = 429
    if form.errors:
        if is_partial(request):
            return vote_box(request, found, form, status)
        return article_page(request, found, found.question, form, status)
    vote_article(found, actor=actor_of(request), voter=visitor_of(request), **form.cleaned_data)
    if is_partial(request):
        return vote_box(request, found, VoteForm())
    return redirect(f"{found.get_absolute_url()}#vote")


def vote_box(request: HttpRequest, found: Article, form: VoteForm, status: int = 200) -> HttpResponse:
    context = {"article": found, "vote": vote_of(request, found), "form": form}
    return render(request, "faq/_vote.html", context, status=status)
