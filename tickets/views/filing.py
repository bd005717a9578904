"""A form that files a case: its one-time mark, and the key that makes a repeated submission harmless."""

import hashlib
import json
import secrets
from typing import Any, cast

from django import forms
from django.http import HttpRequest, QueryDict

TOKENS_KEY = "filing_tokens"


def filing_token(request: HttpRequest, *, renew: bool = False) -> str:
    """A random mark in the session, the same in all its tabs until one of them has filed a case.

    Older marks still count, so that a second click after the first answer is recognised.
    """
    tokens = request.session.get(TOKENS_KEY, [])
    if renew or not tokens:
        tokens = request.session[TOKENS_KEY] = [*tokens, secrets.token_urlsafe(24)][-20:]
    return str(tokens[-1])


def is_known(request: HttpRequest, form: forms.Form) -> bool:
    return form.cleaned_data["token"] in request.session.get(TOKENS_KEY, ())


def rearm(request: HttpRequest, form: forms.Form) -> None:
    """Give a form that goes back to its author a mark that will be accepted."""
    data = cast(QueryDict, form.data).copy()
    data["token"] = filing_token(request)
    form.data = data


def submission_key(form: forms.Form) -> str:
    """The same form with the same content, however often and from however many tabs it is sent."""
    typed: dict[str, Any] = dict(form.cleaned_data)
    typed["attachments"] = sorted(file.sha256 for file in typed["attachments"])
    return hashlib.sha256(json.dumps(typed, sort_keys=True).encode()).hexdigest()
