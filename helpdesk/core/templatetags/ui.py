"""Template vocabulary of the design system (a built-in of every template)."""

import datetime as dt

from django import template
from django.utils import timezone, translation
from opencc import OpenCC

from helpdesk.core import clock, masking

register = template.Library()
_traditional = OpenCC("s2twp")


@register.filter
def script(text: str) -> str:
    """Content written in Simplified Chinese, in the script of the reader."""
    return str(_traditional.convert(text)) if translation.get_language() == "zh-hant" else text


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
def days_until(day: dt.date | None) -> int | None:
    """Whole days from today, in the business zone; negative when it is past."""
    return (day - clock.today()).days if day else None


@register.filter
def local(instant: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(instant) if instant else None
