"""The further version of a rule pack."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import ActionError
from helpdesk.core.forms import TextArea
from tickets.actions.packs import read_version
from tickets.deadlines import Pack


class PackForm(forms.Form):
    text = TextArea(
        label=_("规则（TOML）"),
        rows=28,
        max_length=20_000,
        strip=False,
        help_text=_("从最新的一版抄来。effective_from 是新版开始适用的日子：这天起登记的工单按它计算。"),
    )
    note = forms.CharField(label=_("修改说明"), max_length=200, help_text=_("改了什么，依据哪个文件。"))
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args: Any, pack: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pack = pack
        self.fields["text"].widget.attrs |= {"spellcheck": "false"}
        self.read: Pack | None = None

    def clean_text(self) -> str:
        """Read as the action will read it, so that a mistake is told before anything is saved."""
        text = str(self.cleaned_data["text"])
        try:
            self.read = read_version(self.pack, text)
        except ActionError as wrong:
            raise forms.ValidationError(wrong.message) from wrong
        return text
