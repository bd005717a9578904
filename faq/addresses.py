"""What search engines and shared links are told of a page: its one address in each language it exists in.

The plain address answers in the reader's own language (x-default); ``?lang=`` names one. Articles are
written in Simplified Chinese and converted to Traditional; only pages whose own text is translated are
offered in English.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import translation

from helpdesk.core.templatetags.ui import html_lang

CHINESE = ("zh-hans", "zh-hant")
ALL = (*CHINESE, "en")
LOCALES = {"zh-hans": "zh_CN", "zh-hant": "zh_TW", "en": "en_US"}  # as Open Graph writes them


@dataclass(frozen=True)
class Address:
    """Absolute addresses of one page."""

    canonical: str
    alternates: list[tuple[str, str]]  # hreflang, address
    image: str
    locale: str


def address_of(
    request: HttpRequest, path: str, languages: tuple[str, ...] = CHINESE, query: dict[str, str] | None = None
) -> Address:
    """``query`` is what of the query belongs to the page; everything else is no page of its own."""
    urls = {code: request.build_absolute_uri(in_language(path, code, query)) for code in languages}
    current = translation.get_language() or settings.LANGUAGE_CODE
    shown = current if current in urls else settings.LANGUAGE_CODE
    alternates = [(html_lang(code), url) for code, url in urls.items()]
    return Address(
        canonical=urls[shown],
        alternates=[*alternates, ("x-default", urls[settings.LANGUAGE_CODE])],
        image=request.build_absolute_uri(static("core/share.png")),
        locale=LOCALES[shown],
    )


def in_language(path: str, code: str, query: dict[str, str] | None = None) -> str:
    """The default language needs no mark."""
    named = dict(query or {}) | ({} if code == settings.LANGUAGE_CODE else {"lang": code})
    return f"{path}?{urlencode(named)}" if named else path
