"""Handing over a tracking code: ten minutes in the browser that asked, never in a URL or our data."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from tickets.models import Ticket

COOKIE = "tracking_code"
SECONDS = 600


def hand_over(page: str, ticket: Ticket, code: str) -> HttpResponse:
    """Go to the one page (received, or the desk's logged) that can read the code."""
    response = redirect(page)
    response.set_signed_cookie(
        COOKIE,
        f"{ticket.number} {code}",
        salt=COOKIE,
        max_age=SECONDS,
        path=reverse(page),
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def handed_over(request: HttpRequest) -> tuple[str, str]:
    """The number and code that this page was given, or two empty strings."""
    shown = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=SECONDS) or ""
    number, _space, code = shown.partition(" ")
    return number, code
