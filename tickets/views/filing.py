"""A form that files a case: its one-time mark, and the key that makes a repeated submission harmless."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.http import HttpRequest, QueryDict

from tickets.forms.filing import plain
from tickets.models import Submission

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


def submission_key(form: forms.Form, about: str = "") -> str:
    """The same content about the same thing, however often and from however many tabs it is sent."""
    typed: dict[str, Any] = dict(form.cleaned_data)
    typed.pop("anew", None)
    typed["attachments"] = sorted(file.sha256 for file in typed["attachments"])
    return hashlib.sha256((about + json.dumps(typed, sort_keys=True, default=plain)).encode()).hexdigest()


@dataclass(frozen=True)
class Choice:
    label: Any
    name: str
    value: str
    is_chosen: bool


def chooser(chosen: dict[str, str], **offered: Any) -> list[tuple[Any, list[Choice]]]:
    """What a filing form is for, as rows of choices.

    ``offered``: by the name of a row, its words and the choices; ``chosen``: those taken.
    """
    return [
        (title, [Choice(label, name, value, chosen[name] == value) for value, label in choices])
        for name, (title, choices) in offered.items()
    ]


def just_chosen(request: HttpRequest, *names: str) -> dict[str, str]:
    """What one of the chooser's buttons was pressed for; nothing where the form itself was sent."""
    said = {name: request.POST.get(f"choose_{name}", "") for name in names}
    return {name: value for name, value in said.items() if value}


def rechosen(request: HttpRequest, chosen: dict[str, str]) -> dict[str, Any]:
    """What the form begins with when it is for something else now: all that was typed, and a mark."""
    return request.POST.dict() | chosen | {"token": filing_token(request)}


def was_filed(key: str) -> bool:
    """Whether this very submission has made its case already."""
    return Submission.objects.filter(key=key, ticket__isnull=False).exists()
