"""The editors' page of words that mean the same. A change counts in the search within a second."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from faq import actions
from faq.forms.synonym import LONGEST, NewSynonymForm, WordsForm
from faq.models import Synonym
from faq.permissions import edits_articles
from faq.search.normalise import normalise
from faq.views.edit import staff_of
from helpdesk.core.asked import page_of
from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import requires

PER_PAGE = 25


def page(
    request: HttpRequest,
    *,
    new: NewSynonymForm,
    changed: Synonym | None = None,
    form: WordsForm | None = None,
) -> HttpResponse:
    """The list, or what of it has the words asked for; a refused change keeps what was typed."""
    wanted = request.GET.get("q", "").strip()[:LONGEST]
    if changed:
        groups = [changed]
    else:
        groups = [group for group in Synonym.objects.all() if has(group, normalise(wanted))]
    shown = page_of(request, groups, PER_PAGE)
    forms = [(group, form if form and changed == group else words_form(group)) for group in shown]
    context = {"page": shown, "groups": forms, "new": new, "wanted": wanted, "changed": changed}
    return render(request, "faq/edit/synonyms.html", context, status=400 if form or new.errors else 200)


def has(group: Synonym, wanted: str) -> bool:
    return wanted in normalise(group.concept) or any(wanted in word for word in group.words)


def back(request: HttpRequest) -> HttpResponse:
    """To the part of the list that was open."""
    asked = request.GET.urlencode()
    return redirect(reverse("faq:synonyms") + (f"?{asked}" if asked else ""))


def words_form(group: Synonym, data: object = None) -> WordsForm:
    return WordsForm(
        data,
        concept=group.concept,
        initial={"words": " ".join(group.words)},
        auto_id=f"id_%s_{group.pk}",
    )


@requires(edits_articles)
@require_http_methods(["GET", "HEAD", "POST"])
def synonyms(request: HttpRequest) -> HttpResponse:
    form = NewSynonymForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page(request, new=form)
    try:
        actions.add_synonym(actor=staff_of(request), **form.cleaned_data)
    except ActionError as problem:
        form.add_error("concept", str(problem))
        return page(request, new=form)
    messages.success(request, _("已加上“%(concept)s”这一组。") % form.cleaned_data)
    return redirect("faq:synonyms")


@requires(edits_articles)
@require_POST
def change_synonym(request: HttpRequest, pk: int) -> HttpResponse:
    group = get_object_or_404(Synonym, pk=pk)
    form = words_form(group, request.POST)
    if not form.is_valid():
        return page(request, new=NewSynonymForm(), changed=group, form=form)
    actions.change_synonym(group, actor=staff_of(request), words=form.cleaned_data["words"])
    said = _("已保存“%(concept)s”。") % {"concept": group.concept}
    messages.success(request, said, extra_tags=reverse("faq:put_back_synonym", args=[pk]))
    return back(request)


@requires(edits_articles)
@require_POST
def put_back_synonym(request: HttpRequest, pk: int) -> HttpResponse:
    group = actions.put_back_synonym(get_object_or_404(Synonym, pk=pk), actor=staff_of(request))
    messages.success(request, _("“%(concept)s”已恢复为上一次的说法。") % {"concept": group.concept})
    return back(request)
