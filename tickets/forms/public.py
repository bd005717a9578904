"""What customers and visitors type: a new case, its number and code, and everything on its page."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import User
from tickets.forms.fields import FileField
from tickets.forms.filing import FilingFields, counted

SCORES = ((5, _("非常满意")), (4, _("满意")), (3, _("一般")), (2, _("不满意")), (1, _("非常不满意")))


class FilingForm(FilingFields):
    """A new case. A signed-in customer is not asked again for what the desk already knows."""

    def __init__(
        self, *args: Any, user: User | None = None, known: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.known = user, dict(known or {})
        if user:
            self.known = {"name": str(user), "contact": user.phone or user.email}
        for name in ("name", "contact"):
            if self.known.get(name):
                self.fields.pop(name)
        if "narrative" in self.fields:
            self.fields["narrative"].help_text = _("什么时候、在哪里、谁、涉及多少钱。请不要写密码或验证码。")
        if "name" in self.fields:
            self.fields["name"].widget.attrs["autocomplete"] = "name"
        if "contact" in self.fields:
            self.fields["contact"].widget.attrs["autocomplete"] = "tel"
            self.fields["contact"].help_text = _("只用来联系您处理这件事。")

    def filer(self) -> dict[str, str]:
        """What was typed, else what is known."""
        return {name: self.known.get(name) or self.cleaned_data[name] for name in ("name", "contact")}


class TrackForm(forms.Form):
    """Number and tracking code; full-width characters, small letters and spaces are forgiven."""

    number = forms.CharField(
        label=_("受理编号"),
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": "C-2026-000123", "autocapitalize": "characters"}),
    )
    code = forms.CharField(
        label=_("查询码"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def clean_number(self) -> str:
        return "".join(unicodedata.normalize("NFKC", self.cleaned_data["number"]).upper().split())

    def clean_code(self) -> str:
        return unicodedata.normalize("NFKC", self.cleaned_data["code"]).strip()


class MessageForm(forms.Form):
    text = counted(label=_("写给处理人员"), rows=4)


class EvidenceForm(forms.Form):
    file = FileField(label=_("补充材料"), help_text=_("PNG、JPEG、WebP、PDF 或 TXT，不超过 25 MB。"))


class WithdrawForm(forms.Form):
    reason = counted(label=_("撤回原因"), rows=3, required=False)


class ReviewForm(forms.Form):
    reason = counted(label=_("您不同意哪一点，为什么"), rows=5)


class ReopenForm(forms.Form):
    reason = counted(label=_("新的事实或材料"), rows=4)


class FeedbackForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("您对这次处理满意吗"), choices=SCORES, coerce=int, widget=forms.RadioSelect
    )
    resolved = forms.TypedChoiceField(
        label=_("问题解决了吗"),
        choices=(("yes", _("解决了")), ("no", _("没有解决"))),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    text = counted(label=_("想说的话"), rows=3, required=False)
