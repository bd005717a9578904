"""Structured data (schema.org) of the public pages, as JSON-LD."""

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from faq.markdown import to_html
from faq.models import Article
from helpdesk.core.templatetags.ui import script

Data = dict[str, Any]
CONTEXT = "https://schema.org"
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}  # nothing ends the script early


def faq_page(article: Article, address: str, language: str) -> Data:
    """One question with its whole answer, as the page shows it."""
    return {
        "@context": CONTEXT,
        "@type": "FAQPage",
        "url": address,
        "inLanguage": language,
        "dateModified": article.updated_at.date().isoformat(),
        "mainEntity": [
            {
                "@type": "Question",
                "name": script(article.question),
                "acceptedAnswer": {"@type": "Answer", "text": to_html(script(article.answer))},
            }
        ],
    }


def breadcrumbs(steps: list[tuple[str, str]]) -> Data:
    """``steps``: name and absolute address, from the first page to this one."""
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": address}
        for place, (name, address) in enumerate(steps, 1)
    ]
    return {"@context": CONTEXT, "@type": "BreadcrumbList", "itemListElement": items}


def site(address: str, search: str) -> Data:
    """The help centre and how it is searched."""
    action = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{query}}"},
        "query-input": "required name=query",
    }
    return {
        "@context": CONTEXT,
        "@type": "WebSite",
        "name": "Helpdesk",
        "url": address,
        "potentialAction": action,
    }


def as_script(data: Data, nonce: str) -> SafeString:
    text = json.dumps(data, ensure_ascii=False).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json" nonce="{nonce}">{text}</script>')  # noqa: S308  # escaped above
