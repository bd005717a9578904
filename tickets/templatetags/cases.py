"""Filters of the case pages."""

import secrets
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tickets import cells, letters
from tickets.deadlines.names import called
from tickets.models import Clock, Ticket
from tickets.refusals import why_refused
from tickets.views.posting import MARK

register = template.Library()


@register.filter
def refusal(error: str) -> str:
    return why_refused(error)


@register.filter
def rule_name(name: str) -> str:
    return called(name)


@register.filter
def due_words(ticket: Ticket) -> str:
    return letters.due_words(ticket)


@register.filter
def megabytes(size: int) -> str:
    """A file size as people say it: 340 KB, 2.1 MB."""
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} KB"


@register.filter
def yuan(amount: Decimal) -> str:
    """1234.5 → 1,234.50 元"""
    return letters.money(amount)


@register.simple_tag
def once() -> SafeString:
    """The mark of a form that is done once, however often it is sent."""
    return format_html('<input type="hidden" name="{}" value="{}">', MARK, secrets.token_urlsafe(12))


@register.simple_tag(takes_context=True)
def without(context: template.Context, name: str) -> str:
    """The query of this page without one filter, from its first page. The tab stays."""
    query = context["request"].GET.copy()
    for gone in (name, "page"):
        query.pop(gone, None)
    query.setdefault("scope", "all")
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def queue_rows(context: template.Context) -> SafeString:
    """The rows of the queue's page. With `page`, `columns` and, for those who may act, `acts`."""
    picked = context["request"].GET.get("pick") == "page"
    columns = [name for name, _label in context["columns"]]
    return cells.rows(context["page"].rows, columns, picking=bool(context["acts"]), picked=picked)


@register.simple_tag
def due_date(case: Ticket) -> SafeString:
    return cells.due(case)


@register.simple_tag
def clock_due(running: Clock) -> SafeString:
    return cells.due_of(running)


@register.simple_tag
def state_badge(case: Ticket, desk: object) -> SafeString:
    """``desk`` is true on the pages of staff."""
    return cells.state(case, desk=bool(desk))


@register.simple_tag
def severity_badge(case: Ticket) -> SafeString:
    return cells.severity(case)
