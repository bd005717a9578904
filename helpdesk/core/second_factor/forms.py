"""Forms about one's own second factor."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core.administration.forms import Confirmed


class CodeForm(forms.Form):
    """``code`` is typed on a phone as often as not: digits first, and the phone may offer it."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )

    def __init__(self, *args: Any, help_text: Any = "", **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["code"].help_text = help_text


class ConfirmedCodeForm(Confirmed, CodeForm):
    """Who is signed in shows again all that signing in asks for."""

    field_order = ["code", "own_password"]
