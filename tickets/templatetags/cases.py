"""Filters of the case pages."""

import datetime as dt

from django import template

from helpdesk.core import clock

register = template.Library()


@register.filter
def days_overdue(day: dt.date) -> int:
    """Whole days since a due date, in the business zone."""
    return (clock.today() - day).days


@register.filter
def megabytes(size: int) -> str:
    """A file size as people say it: 340 KB, 2.1 MB."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} KB"
