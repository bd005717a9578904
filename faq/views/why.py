"""Why the search ranks a question's articles as it does."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from faq.live import live_index
from faq.models import Article
from faq.permissions import edits_articles
from faq.search.confidence import THRESHOLD
from faq.search.explain import Because, explain
from faq.search.normalise import LONGEST
from helpdesk.core.permissions import requires


@requires(edits_articles)
@require_safe
def why(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "")[:LONGEST].strip()
    told = explain(live_index.get(), query)
    articles = Article.objects.published().in_bulk([because.match.entry_id for because in told.found])
    context = {
        "query": query,
        "why": told,
        "threshold": round(100 * THRESHOLD),
        "found": [
            {"article": articles[because.match.entry_id], "because": because, **_percent(because)}
            for because in told.found
            if because.match.entry_id in articles
        ],
    }
    return render(request, "faq/edit/why.html", context)


def _percent(because: Because) -> dict[str, int]:
    """The parts as shares of the score, which together are 100."""
    typed = round(100 * because.typed / because.score)
    spelling = round(100 * because.spelling / because.score)
    return {
        "typed": typed,
        "spelling": spelling,
        "related": 100 - typed - spelling,
        "sure": round(100 * because.match.confidence),
    }
