"""What every form shares: the renderer, and text fields that keep and check what was typed."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import Topic
from helpdesk.core.widgets import draw

MAX_TEXT = 5_000  # characters of a narrative, a reply or a note


class Renderer(TemplatesSetting):
    form_template_name = "core/form.html"
    field_template_name = "core/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        drawn = draw(template_name, context["widget"]) if "widget" in context else None
        return super().render(template_name, context, request) if drawn is None else drawn


class TextArea(forms.CharField):
    """Several lines, at most ``max_length`` characters, with a clear count in the error."""

    def __init__(self, *, rows: int = 5, max_length: int = MAX_TEXT, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(max_length=max_length, **kwargs)
        # The browser must not cut what was pasted: we say how long it is instead.
        self.widget.attrs.pop("maxlength", None)
        self.error_messages["max_length"] = _("最多 %(limit_value)d 字，现在是 %(show_value)d 字。")
        self.error_messages["min_length"] = _("请至少写 %(limit_value)d 个字，现在是 %(show_value)d 个。")

    def to_python(self, value: Any) -> Any:
        """A line break is one character, as the writer sees it; browsers send two."""
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class SampleForm(forms.Form):
    """One field of each kind, for the live page of the design system."""

    name = forms.CharField(label=_("姓名"), max_length=60, help_text=_("与借款合同上的一致。"))
    kind = forms.ChoiceField(
        label=_("类型"), choices=[("1", _("投诉")), ("2", _("咨询"))], widget=forms.RadioSelect
    )
    topic = forms.ChoiceField(label=_("主题"), choices=[("", "—"), *Topic.choices], required=False)
    text = TextArea(label=_("发生了什么"), min_length=10)
    file = forms.FileField(label=_("证据"), required=False)
    agree = forms.BooleanField(label=_("我已阅读并同意处理这些信息"))
