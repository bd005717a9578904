"""Tells the browser, on the page after a success, that a kept draft was accepted and may go."""

from django.http import HttpRequest

KEY = "accepted_draft"


def accept(request: HttpRequest, name: str) -> None:
    request.session[KEY] = name


def accepted(request: HttpRequest) -> str:
    """The draft accepted by the request before this one; said once."""
    return str(request.session.pop(KEY, "")) if KEY in request.session else ""
