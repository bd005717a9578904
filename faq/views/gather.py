"""What the search log and the engine suggest, for all articles."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from faq.permissions import edits_articles, publishes_articles
from faq.suggesting import alike, variant_suggestions
from faq.views.edit import staff_of
from helpdesk.core.asked import number_in
from helpdesk.core.permissions import requires

SHOWN = 50


@requires(edits_articles)
@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    found = variant_suggestions()
    return render(request, "faq/edit/suggestions.html", {"found": found[:SHOWN], "count": len(found)})


@requires(edits_articles)
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """One slice of the articles a request; the address names where it begins."""
    after = number_in(request.GET.get("after", ""))
    pairs, more = alike(after)
    context = {
        "pairs": pairs,
        "more": more,
        "after": after,
        "publishing": publishes_articles(staff_of(request)),
    }
    return render(request, "faq/edit/duplicates.html", context)
