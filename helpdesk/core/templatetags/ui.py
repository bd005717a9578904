"""Template vocabulary of the design system (a built-in of every template)."""

import datetime as dt
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone, translation
from heroicons.templatetags import heroicons

from helpdesk.core import clock, masking
from helpdesk.core.script import to_traditional
from helpdesk.core.verbs import word_of

register = template.Library()
SOON = 3  # days; from then on a deadline is shown as near

# The same icons, each drawn once: a page has thirty, and drawing one costs as much as ten tags.
heroicon_micro = lru_cache(500)(heroicons.heroicon_micro)
heroicon_mini = lru_cache(500)(heroicons.heroicon_mini)
for icon in (heroicon_micro, heroicon_mini):
    register.simple_tag(icon, name=icon.__name__)


@lru_cache(maxsize=2048)
def traditional(text: str) -> str:
    """Converted once: an article is read far more often than it changes."""
    return to_traditional(text)


@register.filter
def script(text: str) -> str:
    """Content written in Simplified Chinese, in the script of the reader."""
    return traditional(text) if translation.get_language() == "zh-hant" else text


@register.filter
def verb_word(verb: str) -> str:
    """A verb of the audit trail in words."""
    return word_of(verb)


@register.filter
def masked_name(name: str) -> str:
    return masking.mask_name(name)


@register.filter
def masked_contact(contact: str) -> str:
    return masking.mask_contact(contact)


@register.filter
def masked(text: str) -> str:
    return masking.mask_text(text)


@register.filter
def local(instant: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(instant) if instant else None


@register.filter
def html_lang(code: str) -> str:
    """Django's language code as HTML writes it: zh-hans → zh-Hans."""
    language, _, script_code = code.partition("-")
    return f"{language}-{script_code.title()}" if script_code else language


@register.inclusion_tag("core/_due.html")
def due_badge(day: dt.date | None, done: bool = False) -> dict[str, Any]:
    """A deadline: the date first, what remains second; the tone never stands without a word and an icon."""
    left = (day - clock.today()).days if day else 0
    if done:
        tone, icon = "neutral", "check-circle"
    elif left < 0:
        tone, icon = "bad", "exclamation-circle"
    elif left <= SOON:
        tone, icon = "warn", "clock"
    else:
        tone, icon = "neutral", "calendar"
    this_year = day is not None and day.year == clock.today().year
    return {
        "day": day,
        "left": left,
        "late": -left,
        "done": done,
        "tone": tone,
        "icon": icon,
        "format": "m-d" if this_year else "Y-m-d",
    }
