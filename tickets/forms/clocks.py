"""What would be if: a case that nobody has filed."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from helpdesk.core import clock
from helpdesk.core.calendar import Calendar
from tickets.deadlines import Explanation, Fact, Milestone, Pack, packs, what_if
from tickets.deadlines.names import called
from tickets.models import ClockEvent

Kind = ClockEvent.Kind
NOON = dt.time(12)


def day(label: Any, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, **options)


class WhatIfForm(forms.Form):
    """Every field stands in the address; nothing is stored."""

    rule = forms.ChoiceField(label=_("规则与期限"))
    received_on = forms.DateField(label=_("收到日期"), widget=forms.DateInput(attrs={"type": "date"}))
    extended_on = day(_("批准延长的日期"))
    notice_sent_on = day(_("告知客户的日期"), help_text=_("延长要在原截止日之前告知，否则期限不变。"))
    stopped_on = day(_("暂停计时的日期"))
    resumed_on = day(_("恢复计时的日期"))
    restarted_on = day(_("收到新材料的日期"), help_text=_("从这天重新计时。"))
    ended_on = day(_("撤回或办结的日期"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        newest = {pack.code: pack for pack in packs()}
        self.rules = {
            pack.rule(code): (pack, m) for pack in newest.values() for code, m in pack.milestones.items()
        }
        field = cast(forms.ChoiceField, self.fields["rule"])
        field.choices = [
            (
                called(pack.name),
                [(pack.rule(code), called(m.name or code)) for code, m in pack.milestones.items()],
            )
            for pack in newest.values()
        ]

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        received = typed.get("received_on")
        for name in ("extended_on", "stopped_on", "restarted_on", "ended_on", "notice_sent_on"):
            if received and typed.get(name) and typed[name] < received:
                self.add_error(name, _("不能早于收到日期。"))
        stopped, resumed = typed.get("stopped_on"), typed.get("resumed_on")
        if resumed and (stopped is None or resumed < stopped):
            self.add_error("resumed_on", _("先有暂停，才有恢复。"))
        return typed

    def chosen(self) -> tuple[Pack, Milestone]:
        return self.rules[self.cleaned_data["rule"]]

    def answer(self, known: Calendar) -> Explanation:
        """Where a clock would stand after what was typed."""
        pack, milestone = self.chosen()
        return what_if(pack, self.facts(pack, milestone), known)

    def facts(self, pack: Pack, milestone: Milestone) -> list[Fact]:
        """What was typed, as events in the order of their days."""
        typed = self.cleaned_data
        following = next((m for m in pack.milestones.values() if m.after == milestone.code), None)
        told: list[tuple[str, Milestone | None, dt.date | None]] = [
            (Kind.EXTENDED, following, typed.get("extended_on")),
            (Kind.STOPPED, milestone, typed.get("stopped_on")),
            (Kind.RESUMED, milestone, typed.get("resumed_on")),
            (Kind.RESTARTED, milestone, typed.get("restarted_on")),
            (Kind.ENDED, milestone, typed.get("ended_on")),
        ]
        later = sorted(((kind, m, on) for kind, m, on in told if m and on), key=lambda item: item[2])
        facts = [self._fact(Kind.STARTED, pack, milestone, typed["received_on"])]
        return facts + [self._fact(kind, pack, m, on) for kind, m, on in later]

    def _fact(self, kind: str, pack: Pack, milestone: Milestone, on: dt.date) -> Fact:
        noon = dt.datetime.combine(on, NOON, clock.business_zone())
        sent = self.cleaned_data.get("notice_sent_on")
        rule = pack.rule(milestone.code)
        return Fact(kind, rule, milestone.n, milestone.unit, on, noon, sent, is_approved=True)
