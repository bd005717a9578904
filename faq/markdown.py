"""An article's Markdown as HTML that is safe to show."""

from collections.abc import Sequence

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "del", "code", "pre"),
    *("blockquote", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
NUMERIC = {"style": "text-align:right"}

_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _as_in_a_page(tokens: Sequence[Token]) -> None:
    """Alignment as a class: our content policy allows no style attribute. One h1, which is the page's."""
    for token in tokens:
        if token.tag == "h1":
            token.tag = "h2"
        if token.attrs.pop("style", None) == NUMERIC["style"]:
            token.attrs["class"] = "num"


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Links lead to a page of ours or to an https address, never to ``//elsewhere``."""
    if (tag, name) == ("a", "href") and value.startswith(("//", "/\\", "\\")):
        return None
    return value


def to_html(text: str) -> SafeString:
    tokens = _markdown.parse(text)
    _as_in_a_page(tokens)
    clean = nh3.clean(
        _markdown.renderer.render(tokens, _markdown.options, {}),
        tags=TAGS,
        attributes={"a": {"href", "title"}},
        allowed_classes={"th": {"num"}, "td": {"num"}},
        attribute_filter=_attribute,
        url_schemes={"https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(_scrollable_tables(clean))  # noqa: S308  # nh3 has just cleaned it


def _scrollable_tables(clean: str) -> str:
    """On a phone a wide table is scrolled sideways, and the keyboard must be able to, too."""
    opening = format_html('<div class="table-scroll" role="group" tabindex="0" aria-label="{}">', _("表格"))
    return clean.replace("<table>", f"{opening}<table>").replace("</table>", "</table></div>")
