"""Asking a partner, and what came of it."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.core import clock
from tickets.deadlines import newest, promised_on
from tickets.forms.desk import CaseForm, drafted
from tickets.models import PartnerTask


class AskPartnerForm(CaseForm):
    partner = forms.CharField(
        label=_("合作机构"), max_length=60, help_text=_("例如催收公司、合作银行、保险公司。")
    )
    what = drafted(_("请对方做什么"), rows=3)
    due_on = forms.DateField(
        label=_("期限"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("已按服务时限填好，可以改。到期前后会提醒处理人。"),
    )

    def known(self) -> dict[str, Any]:
        pack = newest("desk_service_level")
        promise = pack.milestones.get("partner_task")
        return {"due_on": promised_on(pack, promise)} if promise else {}

    def clean_due_on(self) -> dt.date | None:
        due_on: dt.date | None = self.cleaned_data["due_on"]
        if due_on and due_on < clock.today():
            raise forms.ValidationError(_("期限不能早于今天。"))
        return due_on


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
