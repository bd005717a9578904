"""What customers and visitors type: a new case, its number and code, and everything on its page."""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core.forms import TextArea
from helpdesk.core.models import Topic, User
from tickets.forms.fields import ContactField, FileField, FilesField
from tickets.models import Kind

FILES_HELP = _("PNG、JPEG、WebP、PDF 或 TXT，每个不超过 25 MB，最多 5 个。")
SCORES = ((5, _("非常满意")), (4, _("满意")), (3, _("一般")), (2, _("不满意")), (1, _("非常不满意")))


def counted(help_text: Any = "", **kwargs: Any) -> TextArea:
    """A long text whose characters are counted while typing and whose draft the browser keeps."""
    field = TextArea(help_text=help_text, **kwargs)
    field.widget.attrs.update({"data-count": str(field.max_length), "data-draft": ""})
    return field


class FilingForm(forms.Form):
    """A new case. A signed-in customer is not asked again for what the desk already knows."""

    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    kind = forms.ChoiceField(label=_("要办的事"), choices=Kind.choices, initial=Kind.COMPLAINT)
    topic = forms.ChoiceField(label=_("关于"), choices=Topic.choices, initial=Topic.OTHER)
    narrative = counted(
        label=_("发生了什么"), help_text=_("什么时候、在哪里、谁、涉及多少钱。请不要写密码或验证码。"), rows=6
    )
    request = counted(label=_("希望怎样解决"), rows=3)
    product = forms.CharField(label=_("产品或借款"), max_length=60, required=False)
    attachments = FilesField(required=False, help_text=FILES_HELP)
    name = forms.CharField(
        label=_("姓名"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact = ContactField(
        help_text=_("只用来联系您处理这件事。"), widget=forms.TextInput(attrs={"autocomplete": "tel"})
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user:
            self.fields.pop("name")
            if user.phone or user.email:
                self.fields.pop("contact")

    def who(self) -> dict[str, str]:
        """Name and contact: what was typed, else what the account says."""
        typed: dict[str, str] = self.cleaned_data
        if self.user is None:
            return {"complainant": typed["name"], "contact": typed["contact"]}
        known = self.user.phone or self.user.email
        return {"complainant": str(self.user), "contact": known or typed["contact"]}


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
