"""What people wrote, on a page."""

import re

from django import template
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()
ADDRESS = re.compile(r"https?://[\w\-.~:/?#\[\]@!$&'()*+,;=%]+", re.ASCII)  # as in page.js
ENDS_A_SENTENCE = ".,;:!?'()[]"


@register.filter
def own_links(text: str, request: HttpRequest) -> SafeString:
    """Addresses of this site become links; those of other sites stay text, so that no message leads away."""
    host = request.get_host()
    parts: list[str] = []  # what is no SafeString is escaped when they are joined
    start = 0
    for found in ADDRESS.finditer(text):
        address = found[0].rstrip(ENDS_A_SENTENCE)
        if address.split("/")[2] != host:
            continue
        parts.append(text[start : found.start()])
        parts.append(format_html('<a href="{0}" target="_blank" rel="noopener">{0}</a>', address))
        start = found.start() + len(address)
    parts.append(text[start:])
    return format_html_join("", "{}", ((part,) for part in parts))
