"""The filters of the quality pages. They come by GET; what is missing has a default."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from faq.analytics import NO_TOPIC
from helpdesk.core import clock
from helpdesk.core.models import Topic
from quality.models import Door
from quality.queries import Days, Scope, period
from tickets.models import Channel

WEEKS = 8  # unless asked otherwise
PERIODS = [(8, _("近 8 周")), (13, _("近 13 周")), (26, _("近 26 周")), (52, _("近 52 周"))]
SCORES = {"low": (1, 2, 3), "high": (4, 5), "1": (1,), "2": (2,), "3": (3,), "4": (4,), "5": (5,)}


class SearchesForm(forms.Form):
    weeks = forms.TypedChoiceField(label=_("时间"), required=False, choices=PERIODS, coerce=int)
    topic = forms.ChoiceField(
        label=_("主题"),
        required=False,
        choices=[("", _("全部主题")), *Topic.choices, (NO_TOPIC, _("没有找到主题"))],
    )

    def clean_weeks(self) -> int:
        weeks: int = self.cleaned_data["weeks"] or WEEKS
        return weeks


class ScopeForm(forms.Form):
    topic = forms.ChoiceField(label=_("主题"), required=False, choices=[("", _("全部主题")), *Topic.choices])
    door = forms.ChoiceField(
        label=_("评价来源"), required=False, choices=[("", _("工单和聊天")), *Door.choices]
    )
    channel = forms.ChoiceField(
        label=_("渠道"), required=False, choices=[("", _("全部渠道")), *Channel.choices]
    )

    @property
    def scope(self) -> Scope:
        found = self.cleaned_data
        return Scope(topic=found["topic"], door=found["door"], channel=found["channel"])


class TrendsForm(ScopeForm):
    weeks = forms.TypedChoiceField(label=_("时间"), required=False, choices=PERIODS, coerce=int)
    field_order = ("weeks", "topic", "door", "channel")

    def clean_weeks(self) -> int:
        weeks: int = self.cleaned_data["weeks"] or WEEKS
        return weeks


def _scores() -> list[tuple[str, Any]]:
    """Counted out for every reader, in their language."""
    groups = [("", _("全部评分")), ("low", _("不满意（1–3 分）")), ("high", _("满意（4–5 分）"))]
    return [*groups, *((str(n), _("%d 分") % n) for n in (1, 2, 3, 4, 5))]


class CasesForm(ScopeForm):
    VOLUME = "volume"
    what = forms.ChoiceField(
        required=False,
        choices=[("", _("评价")), (VOLUME, _("来件"))],
        widget=forms.HiddenInput,
    )
    since = forms.DateField(label=_("从"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=_("到"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    score = forms.ChoiceField(
        label=_("评分"),
        required=False,
        choices=_scores,
    )
    field_order = ("since", "until", "topic", "door", "channel", "score", "what")

    def __init__(self, data: QueryDict) -> None:
        """Without days, those of the trends page as it opens; the fields show them."""
        shown = data.copy()
        since, until = period(WEEKS, today=clock.today())
        shown["since"] = data.get("since") or since.isoformat()
        shown["until"] = data.get("until") or until.isoformat()
        super().__init__(shown)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = found.get("since"), found.get("until")
        if since and until and since > until:
            self.add_error("until", _("截止日早于起始日。"))
        return found

    @property
    def days(self) -> Days:
        return self.cleaned_data["since"], self.cleaned_data["until"]

    @property
    def scores(self) -> tuple[int, ...]:
        return SCORES.get(self.cleaned_data["score"], ())

    @property
    def volume(self) -> bool:
        return str(self.cleaned_data["what"]) == self.VOLUME


class ExportForm(forms.Form):
    """Why a table leaves the desk; the filters of its page go with it."""

    reason = forms.CharField(label=_("导出原因"), max_length=200)
