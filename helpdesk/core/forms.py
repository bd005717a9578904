"""What every form shares: the renderer, and text fields that keep and check what was typed."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

MAX_TEXT = 5_000  # characters of a narrative, a reply or a note


class Renderer(TemplatesSetting):
    form_template_name = "core/form.html"
    field_template_name = "core/field.html"


class TextArea(forms.CharField):
    """Several lines, at most ``max_length`` characters, with a clear count in the error."""

    def __init__(self, *, rows: int = 5, max_length: int = MAX_TEXT, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(max_length=max_length, **kwargs)
        # The browser must not cut what was pasted: we say how long it is instead.
        self.widget.attrs.pop("maxlength", None)
        self.error_messages["max_length"] = _("最多 %(limit_value)d 字，现在是 %(show_value)d 字。")
