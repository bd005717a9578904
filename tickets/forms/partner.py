"""Asking a partner, and what came of it."""

from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.forms.desk import CaseForm, drafted
from tickets.models import PartnerTask


class AskPartnerForm(CaseForm):
    partner = forms.CharField(
        label=_("合作机构"), max_length=60, help_text=_("例如催收公司、合作银行、保险公司。")
    )
    what = drafted(_("请对方做什么"), rows=3, help_text=_("时限按服务时限计算，到期前后会提醒处理人。"))


class ClosePartnerTaskForm(CaseForm):
    task = forms.TypedChoiceField(label=_("哪一项"), coerce=int)
    outcome = forms.ChoiceField(
        label=_("结果"),
        choices=[
            ("answered", pgettext_lazy("partner task", "已回复")),
            ("cancelled", pgettext_lazy("partner task", "不再需要")),
        ],
    )
    answer = drafted(_("对方说了什么，或为什么不再需要"), rows=3)

    def prepare(self) -> None:
        waiting = [task for task in self.ticket.partner_tasks.all() if task.state == PartnerTask.State.OPEN]
        field = cast(forms.TypedChoiceField, self.fields["task"])
        field.choices = [(task.pk, f"{task.partner}：{task.what[:40]}") for task in waiting]
