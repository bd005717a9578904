"""What can be done to an article: one address a verb, each a form on the editors' pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from faq import actions
from faq.forms.article import OtherForm, ScheduleForm, SendBackForm, VariantForm
from faq.models import Article, ArticleMerge
from faq.permissions import edits_articles, publishes_articles, reads_drafts
from faq.views.edit import article_or_404, desk_page, staff_of
from helpdesk.core.asked import number_in
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.permissions import Rule, requires
from helpdesk.core.redirects import leads_here

View = Callable[..., HttpResponseBase]
Done = tuple[str, str]  # what the message says, and the address that undoes it


def back(request: HttpRequest, article: Article) -> HttpResponse:
    """To the list that the button stood in, else to the article."""
    place = request.POST.get("next", "")
    return redirect(place if place and leads_here(place) else article.get_editing_url())


def verb(allowed: Rule) -> Callable[[Callable[[HttpRequest, Article], Done | HttpResponse]], View]:
    """A verb on one article: a refusal is the article's page with the reason (403, 409)."""

    def decorate(act: Callable[[HttpRequest, Article], Done | HttpResponse]) -> View:
        @requires(allowed)
        @require_http_methods(["GET", "HEAD", "POST"])
        def view(request: HttpRequest, slug: str) -> HttpResponseBase:
            article = article_or_404(request, slug)
            if request.method != "POST":  # opened by its address, after signing in
                return redirect(article.get_editing_url())
            try:
                result = act(request, article)
            except ActionError as problem:
                return desk_page(request, article_or_404(request, slug), status=409, problem=problem)
            except ActionForbidden:
                no = ActionError(_("您的账号不能对这篇文章做这一步。"))
                return desk_page(request, article, status=403, problem=no)
            if isinstance(result, HttpResponse):
                return result
            message, undo = result
            messages.success(request, message, extra_tags=undo)
            return back(request, article)

        view.__name__ = act.__name__
        return view

    return decorate


def undo_at(name: str, article: Article, **query: str) -> str:
    address = reverse(f"faq:{name}", args=[article.slug])
    return f"{address}?{urlencode(query)}" if query else address


# --- Review ------------------------------------------------------------------------------------
@verb(reads_drafts)
def submit(request: HttpRequest, article: Article) -> Done:
    actions.submit_article(article, actor=staff_of(request))
    return _("已提交审核。"), ""


@verb(edits_articles)
def send_back(request: HttpRequest, article: Article) -> Done | HttpResponse:
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return desk_page(request, article, status=400, forms={"send_back": form})
    actions.send_back_article(article, actor=staff_of(request), **form.cleaned_data)
    return _("已退回，作者会看到理由。"), ""


@verb(publishes_articles)
def publish(request: HttpRequest, article: Article) -> Done:
    actions.publish_article(article, actor=staff_of(request), mark=request.POST.get("mark", ""))
    return _("已发布，客户现在看到的是这一版。"), ""


@verb(reads_drafts)
def discard(request: HttpRequest, article: Article) -> Done:
    version = actions.discard_draft(article, actor=staff_of(request))
    return _("草稿已放弃。"), undo_at("take_up_draft", article, number=str(version.number))


@verb(reads_drafts)
def take_up(request: HttpRequest, article: Article) -> Done:
    number = number_in(request.GET.get("number") or request.POST.get("number", ""))
    get_object_or_404(article.versions, number=number)
    actions.take_up_draft(article, actor=staff_of(request), number=number)
    return _("草稿已恢复。"), ""


@verb(edits_articles)
def withdraw(request: HttpRequest, article: Article) -> Done:
    actions.withdraw_article(article, actor=staff_of(request))
    return _("已下线，客户不再看到。"), undo_at("restore_article", article)


@verb(edits_articles)
def restore(request: HttpRequest, article: Article) -> Done:
    restored = actions.restore_article(article, actor=staff_of(request))
    return _("已恢复为“%(status)s”。") % {"status": restored.get_status_display()}, ""


@verb(edits_articles)
def schedule(request: HttpRequest, article: Article) -> Done | HttpResponse:
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        return desk_page(request, article, status=400, forms={"schedule": form})
    actions.schedule_article(article, actor=staff_of(request), **form.cleaned_data)
    return _("已保存。"), ""


# --- Variants from the search log --------------------------------------------------------------
def about_variant(
    action: Callable[..., object], done: Promise, undo: str = ""
) -> Callable[[HttpRequest, Article], Done | HttpResponse]:
    def act(request: HttpRequest, article: Article) -> Done | HttpResponse:
        form = VariantForm(request.GET if "text" in request.GET else request.POST)
        if not form.is_valid():
            raise ActionError(_("没有说明是哪一种问法。"))
        text = form.cleaned_data["text"]
        action(article, actor=staff_of(request), text=text)
        return str(done) % {"text": text}, undo_at(undo, article, text=text) if undo else ""

    act.__name__ = action.__name__
    return act


edits = verb(edits_articles)
accept_variant = edits(
    about_variant(actions.accept_variant, gettext_lazy("已加入问法“%(text)s”。"), "remove_variant")
)
remove_variant = edits(about_variant(actions.remove_variant, gettext_lazy("已去掉问法“%(text)s”。")))
dismiss_variant = edits(
    about_variant(actions.dismiss_variant, gettext_lazy("不再建议“%(text)s”。"), "recall_variant")
)
recall_variant = edits(about_variant(actions.recall_variant, gettext_lazy("“%(text)s”会再次建议。")))


# --- Duplicates --------------------------------------------------------------------------------
def other_of(request: HttpRequest) -> OtherForm:
    return OtherForm(request.GET if "other" in request.GET else request.POST)


@verb(publishes_articles)
def merge(request: HttpRequest, article: Article) -> Done | HttpResponse:
    form = other_of(request)
    if not form.is_valid():
        return desk_page(request, article, status=400, forms={"other": form})
    into = form.cleaned_data["other"]
    made = actions.merge_articles(article, actor=staff_of(request), into=into)
    done = _("已并入“%(question)s”，原来的地址会转到那里。") % {"question": into.question}
    return done, reverse("faq:unmerge_articles", args=[made.pk])


@verb(edits_articles)
def distinguish(request: HttpRequest, article: Article) -> Done | HttpResponse:
    form = other_of(request)
    if not form.is_valid():
        return desk_page(request, article, status=400, forms={"other": form})
    other = form.cleaned_data["other"]
    actions.distinguish_articles(article, actor=staff_of(request), other=other)
    return _("这两篇不再提示合并。"), undo_at("compare_again", article, other=other.slug)


@verb(edits_articles)
def compare_again(request: HttpRequest, article: Article) -> Done | HttpResponse:
    form = other_of(request)
    if not form.is_valid():
        return desk_page(request, article, status=400, forms={"other": form})
    actions.compare_again(article, actor=staff_of(request), other=form.cleaned_data["other"])
    return _("会再次提示合并。"), ""


@requires(publishes_articles)
@require_POST
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    made: Any = get_object_or_404(ArticleMerge, pk=pk)
    article = actions.unmerge_articles(made, actor=staff_of(request))
    messages.success(request, _("合并已撤销，两篇文章都恢复原样。"))
    return redirect(article.get_editing_url())
