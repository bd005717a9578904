"""The editors' pages: the list, one article with its versions, the editor, preview and difference."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from faq.actions import create_article, draft_article
from faq.diff import compare_texts
from faq.forms.article import (
    ArticlesForm,
    DraftForm,
    NewArticleForm,
    OtherForm,
    ScheduleForm,
    SendBackForm,
    slug_for,
)
from faq.models import Article, ArticleText, ArticleVersion, Status
from faq.permissions import edits_articles, publishes_articles, reads_drafts, writes_article
from faq.queries import nearest_to
from faq.states import VersionState
from faq.suggesting import alike_to, variant_suggestions
from faq.versions import (
    articles_editable_by,
    filtered,
    history_of,
    mark_of,
    open_version,
    publication_gaps,
    review_is_due,
    text_in_work,
    versions_visible_to,
)
from faq.views.public import LIKELY, RELATED, article_page
from helpdesk.core.actors import signed_in
from helpdesk.core.asked import number_in, page_of
from helpdesk.core.errors import ActionError
from helpdesk.core.models import User
from helpdesk.core.permissions import requires

PER_PAGE = 30
SUGGESTED = 8
NO_TEXT = ArticleText("", "", "", "", "")


def staff_of(request: HttpRequest) -> User:
    return cast(User, signed_in(request))  # the guards let nobody else in


def article_or_404(request: HttpRequest, slug: str) -> Article:
    seen = articles_editable_by(staff_of(request)).select_related("owner", "merged_into")
    return get_object_or_404(seen, slug=slug)


def version_or_404(request: HttpRequest, article: Article, number: str) -> ArticleVersion:
    versions = versions_visible_to(staff_of(request), article)
    return get_object_or_404(versions, number=number_in(number))


def shown_text(article: Article) -> ArticleText:
    """What customers read or last read: nothing where the article was never published."""
    return NO_TEXT if article.status == Status.DRAFT else ArticleText.of(article)


@requires(reads_drafts)
@require_safe
def articles(request: HttpRequest) -> HttpResponse:
    """All articles, filtered by what the address says."""
    form = ArticlesForm(request.GET)
    wanted = form.wanted()
    seen = articles_editable_by(staff_of(request))
    context = {
        "form": form,
        "wanted": wanted,
        "page": page_of(request, filtered(seen, wanted), PER_PAGE),
        "due": seen.filter(review_is_due()).count(),
        "editing": edits_articles(staff_of(request)),
    }
    return render(request, "faq/edit/articles.html", context)


# --- One article -----------------------------------------------------------------------------
@requires(reads_drafts)
@never_cache
@require_safe
def edit_article(request: HttpRequest, slug: str) -> HttpResponse:
    return desk_page(request, article_or_404(request, slug))


def desk_page(
    request: HttpRequest,
    article: Article,
    *,
    status: int = 200,
    problem: ActionError | None = None,
    forms: dict[str, Any] | None = None,
) -> HttpResponse:
    """``forms`` are those that were refused, with what was typed in them."""
    user = staff_of(request)
    version = open_version(article)
    editing = edits_articles(user)
    context: dict[str, Any] = {
        "article": article,
        "version": version,
        "changes": compare_texts(shown_text(article), version.text) if version else [],
        "mark": mark_of(article),
        "gaps": publication_gaps(version, user) if version else [],
        "versions": versions_visible_to(user, article).prefetch_related("writers"),
        "history": history_of(article),
        "merges": article.merges_in.filter(undone_at=None).select_related("source", "by"),
        "merge": article.merges_away.filter(undone_at=None).first(),
        "suggestions": variant_suggestions(article)[:SUGGESTED] if editing else [],
        "alike": alike_to(article) if publishes_articles(user) else [],
        "editing": editing,
        "writing": writes_article(user, article),
        "publishing": publishes_articles(user),
        "schedule": ScheduleForm(initial={"owner": article.owner_id, "review_by": article.review_by}),
        "send_back": SendBackForm(),
        "other": OtherForm(),
        "problem": problem,
    }
    return render(request, "faq/edit/article.html", context | (forms or {}), status=status)


# --- The editor --------------------------------------------------------------------------------
@requires(reads_drafts)
@require_http_methods(["GET", "HEAD", "POST"])
def new_article(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        form = NewArticleForm(initial={"question": request.GET.get("question", "")[:120]})
        return render(request, "faq/edit/editor.html", {"form": form})
    form = NewArticleForm(request.POST)
    if not form.is_valid():
        return render(request, "faq/edit/editor.html", {"form": form}, status=400)
    typed = form.cleaned_data
    slug = typed["slug"] or slug_for(form.text.question)
    article = create_article(actor=staff_of(request), slug=slug, text=form.text, note=typed["note"])
    messages.success(request, _("草稿已保存，客户还看不到。"))
    return redirect(article.get_editing_url())


@requires(reads_drafts)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, slug: str) -> HttpResponse:
    """Write on the version in work, or begin one: from what customers read, or from an old version."""
    article = article_or_404(request, slug)
    if request.method != "POST":
        text = text_in_work(article)
        if "from" in request.GET:
            text = version_or_404(request, article, request.GET["from"]).text
        return editor(request, article, DraftForm(initial=text.columns() | {"mark": mark_of(article)}))
    form = DraftForm(request.POST)
    if not form.is_valid():
        return editor(request, article, form, status=400)
    typed = form.cleaned_data
    try:
        draft_article(
            article, actor=staff_of(request), text=form.text, mark=typed["mark"], note=typed["note"]
        )
    except ActionError as problem:
        return _conflict(request, article, form, problem)
    messages.success(request, _("草稿已保存，客户看到的还没有变。"))
    return redirect(article.get_editing_url())


def _conflict(request: HttpRequest, article: Article, form: DraftForm, problem: ActionError) -> HttpResponse:
    """Nothing was written. All that was typed is kept, beside what somebody else saved meanwhile.

    The page now stands on theirs: to save again is to decide, having seen the difference.
    """
    theirs = text_in_work(article)
    mark = mark_of(article)
    changes = compare_texts(theirs, form.text) if form.cleaned_data["mark"] != mark else []
    form.data = {**form.data.dict(), "mark": mark}  # type: ignore[attr-defined]  # request.POST
    return editor(request, article, form, status=409, problem=problem, theirs=changes)


def editor(
    request: HttpRequest,
    article: Article,
    form: DraftForm,
    *,
    status: int = 200,
    problem: ActionError | None = None,
    theirs: list[Any] | None = None,
) -> HttpResponse:
    version = open_version(article)
    context = {
        "article": article,
        "form": form,
        "version": version,
        "problem": problem,
        "theirs": theirs,
        "writing": writes_article(staff_of(request), article),
        "locked": version is not None and version.state == VersionState.REVIEW,
    }
    return render(request, "faq/edit/editor.html", context, status=status)


# --- Reading versions --------------------------------------------------------------------------
@requires(reads_drafts)
@never_cache
@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The customer's page with the text of a version: the one in work unless the address names another."""
    article = article_or_404(request, slug)
    if "version" in request.GET:
        version: ArticleVersion | None = version_or_404(request, article, request.GET["version"])
    else:
        version = open_version(article)
    text = ArticleText.of(version or article)
    shown = Article(pk=article.pk, slug=article.slug, status=article.status)
    for name in ("topic", "question", "summary", "answer", "source", "calculator"):
        setattr(shown, name, getattr(text, name))
    shown.updated_at = version.saved_at if version else article.updated_at
    picked = list(Article.objects.published().filter(slug__in=text.related))
    related = picked or nearest_to(shown, RELATED, LIKELY)
    return article_page(request, shown, text.question, preview=version or article, related=related)


@requires(reads_drafts)
@never_cache
@require_safe
def diff(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions of an article, word by word; by default the newest against the one before it."""
    article = article_or_404(request, slug)
    versions = list(versions_visible_to(staff_of(request), article))
    if not versions:
        raise Http404
    new = versions[0]
    if "to" in request.GET:
        new = version_or_404(request, article, request.GET["to"])
    if "from" in request.GET:
        old: ArticleVersion | None = version_or_404(request, article, request.GET["from"])
    else:
        old = next((version for version in versions if version.number < new.number), None)
    before = old.text if old else NO_TEXT
    context = {
        "article": article,
        "versions": versions,
        "old": old,
        "new": new,
        "changes": compare_texts(before, new.text),
    }
    return render(request, "faq/edit/diff.html", context)
