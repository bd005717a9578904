"""What a request asks for, read out of its words; nonsense is read as nothing."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest


def number_in(text: str) -> int:
    """A key or a count out of an address or a hidden field; 0 for whatever is none, or ten digits long."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def is_partial(request: HttpRequest) -> bool:
    """A part of the page that is put in by htmx, not a person who navigates."""
    return bool(getattr(request, "htmx", False))


def page_of(request: HttpRequest, rows: "QuerySet[Any, Any] | list[Any]", size: int) -> "Page[Any]":
    """The page that ``?page=`` names; the first or the last for a number that is none or too large."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
