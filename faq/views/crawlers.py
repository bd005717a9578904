"""What search engines ask for: the list of pages, and what to leave alone."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from faq.addresses import ALL, CHINESE, Address, address_of
from faq.models import Calculator
from faq.queries import articles_visible_to, topics_with_counts
from helpdesk.core.actors import Guest
from helpdesk.core.permissions import public

MOST = 50_000  # addresses that the sitemap protocol allows in one file
PRIVATE = ("/search/", "/suggest/", "/accounts/", "/tickets/", "/chat/", "/quality/", "/people/", "/audit/")


@public
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page that anybody may read, once in each language it exists in, with its alternates."""
    context = {"pages": list(_pages(request))[:MOST]}
    return render(request, "faq/sitemap.xml", context, content_type="application/xml")


def _pages(request: HttpRequest) -> Iterable[tuple[str, Address, str]]:
    """Address, alternates and the day of the last change, if the page has one."""
    articles = articles_visible_to(Guest())
    yield from _in(ALL, address_of(request, reverse("faq:home"), ALL))
    for kind in Calculator.values:
        yield from _in(ALL, address_of(request, reverse("faq:calculator"), ALL, {"kind": kind}))
    for entry in topics_with_counts(articles):
        yield from _in(CHINESE, address_of(request, reverse("faq:topic", args=[entry.topic])))
    for article in articles.only("slug", "updated_at"):
        yield from _in(
            CHINESE, address_of(request, article.get_absolute_url()), f"{article.updated_at:%Y-%m-%d}"
        )


def _in(
    languages: tuple[str, ...], address: Address, changed: str = ""
) -> Iterable[tuple[str, Address, str]]:
    for _code, url in address.alternates[: len(languages)]:
        yield url, address, changed


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in PRIVATE)]
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('faq:sitemap'))}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
