"""Drawing a sample, answering a scorecard's items, appealing, editing the scorecard, and the filters."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.core import clock
from helpdesk.core.forms import TextArea
from helpdesk.core.models import Team, User
from quality.forms.filters import PERIODS, WEEKS
from quality.models import Review, ReviewSample, Scoring
from quality.queries import monday_of, people_reviewed, period
from quality.scorecard import WORDS, Answer, Item
from quality.states import ReviewState

RECENT = 12  # complete weeks that can be drawn
BIG = 2**31 - 1


def complete_weeks() -> list[dt.date]:
    """Mondays, the newest first."""
    last = monday_of(clock.today())
    return [last - dt.timedelta(weeks=n) for n in range(1, RECENT + 1)]


class DrawForm(forms.Form):
    week = forms.TypedChoiceField(label=gettext_lazy("哪一周"), coerce=dt.date.fromisoformat)
    per_agent = forms.IntegerField(
        label=gettext_lazy("每人几件"),
        min_value=1,
        max_value=20,
        initial=3,
        help_text=gettext_lazy("工单和聊天都有的，各至少一件，其余按数量分；不够的有多少抽多少。"),
    )
    percent_twice = forms.IntegerField(
        label=gettext_lazy("两人评分的比例（%）"),
        min_value=0,
        max_value=100,
        initial=20,
        help_text=gettext_lazy("从样本里随机选出这么多，由两个人各自评分，互相看不到。"),
    )
    seed = forms.CharField(
        label=gettext_lazy("随机种子"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("留空就随机产生。种子会记下来：同一周、同一种子、同样的数据，抽到的一样。"),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        drawn = set(ReviewSample.objects.values_list("week", flat=True))
        free = [week for week in complete_weeks() if week not in drawn]
        field = cast(forms.TypedChoiceField, self.fields["week"])
        field.choices = [(f"{w}", f"{w} – {w + dt.timedelta(days=6)}") for w in free]


class AnswersForm(forms.Form):
    """Some items of a review's scorecard, each with its three answers, and words.

    ``given`` are the answers so far; they stand for the items that are not asked for.
    """

    words = "reason"

    def __init__(
        self, data: Any = None, *, items: Sequence[Item], given: Mapping[str, str], text: str = ""
    ) -> None:
        start = {f"item_{code}": answer for code, answer in given.items()}
        super().__init__(data, initial=start | {self.words: text})
        self.given = dict(given)
        self.names = {f"item_{item.code}": item.code for item in items}
        asked = {
            f"item_{item.code}": forms.ChoiceField(
                label=item.label,
                choices=Answer.choices,
                widget=forms.RadioSelect,
                help_text=(_("关键项 · 权重 %d") if item.critical else _("权重 %d")) % item.weight,
            )
            for item in items
        }
        self.fields = asked | self.fields

    @property
    def answers(self) -> dict[str, str]:
        chosen = {code: str(self.cleaned_data.get(name, "")) for name, code in self.names.items()}
        return self.given | {code: answer for code, answer in chosen.items() if answer}

    @property
    def text(self) -> str:
        return str(self.cleaned_data.get(self.words, ""))


class ScoreForm(AnswersForm):
    words = "comment"
    comment = TextArea(
        label=gettext_lazy("评语"),
        rows=4,
        required=False,
        help_text=gettext_lazy("被评的人会看到。有没做到的项目时必须写明。"),
    )

    @property
    def is_draft(self) -> bool:
        return "draft" in self.data

    def full_clean(self) -> None:
        """A draft may leave items open."""
        for field in self.fields.values() if self.is_bound and self.is_draft else ():
            field.required = False
        super().full_clean()


class SettleForm(AnswersForm):
    reason = TextArea(label=gettext_lazy("为什么这样定"), rows=3)


class DecideForm(AnswersForm):
    reason = TextArea(
        label=gettext_lazy("决定的理由"),
        rows=3,
        help_text=gettext_lazy("改了上面任何一项就是改判，一项不改就是维持原评。"),
    )


class AppealForm(forms.Form):
    reason = TextArea(label=gettext_lazy("申诉理由"), rows=4)


# --- The scorecard --------------------------------------------------------------------------------
class VersionForm(forms.Form):
    version = forms.IntegerField(min_value=1, max_value=BIG, widget=forms.HiddenInput)


class ItemForm(forms.Form):
    code = forms.CharField(required=False, max_length=30, widget=forms.HiddenInput)
    text = forms.CharField(label=gettext_lazy("看什么"), required=False, max_length=200)
    weight = forms.IntegerField(label=gettext_lazy("权重"), required=False, min_value=1, max_value=100)
    critical = forms.BooleanField(label=gettext_lazy("关键项"), required=False)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if found.get("text") and not found.get("weight") and "weight" not in self.errors:
            self.add_error("weight", _("写上权重，1 到 100。"))
        return found


class BaseItems(forms.BaseFormSet):  # type: ignore[type-arg]  # no generic at run time
    def items(self, current: Sequence[Item], version: int) -> list[Item]:
        """Those with words. Whose words are the product's keeps them in every language."""
        known = {item.code for item in current}
        found: list[Item] = []
        for place, form in enumerate(self.forms, 1):
            given = form.cleaned_data
            if not (text := given.get("text")):
                continue
            code = given["code"] if given["code"] in known else f"v{version + 1}_{place}"
            known.discard(code)
            kept = "" if text == str(WORDS.get(code, "")) else text
            found.append(Item(code, given["weight"], critical=given["critical"], text=kept))
        return found


ItemsFormSet = forms.formset_factory(ItemForm, formset=BaseItems, extra=3, max_num=30, absolute_max=40)


def items_formset(items: Sequence[Item], data: Any = None) -> BaseItems:
    start = [{"code": i.code, "text": i.label, "weight": i.weight, "critical": i.critical} for i in items]
    return cast(BaseItems, ItemsFormSet(data, initial=start, prefix="items"))


# --- Filters --------------------------------------------------------------------------------------
class ReviewsForm(forms.Form):
    """The filters of the list, by GET."""

    since = forms.DateField(
        label=gettext_lazy("从哪一周"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("到哪一周"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    agent = forms.ChoiceField(label=gettext_lazy("客服"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("团队"), required=False)
    shown = forms.ChoiceField(
        label=gettext_lazy("显示"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("todo", gettext_lazy("我还可以评的")),
            *ReviewState.choices,
            ("failed", gettext_lazy("关键项没做到")),
            ("appealed", gettext_lazy("申诉待决定")),
            ("objected", gettext_lazy("有申诉的")),
            ("granted", gettext_lazy("申诉后改判")),
            ("twice", gettext_lazy("两人都评过")),
        ],
    )

    def __init__(self, data: Any, rows: "QuerySet[Review]", reader: User, *, everyone: bool) -> None:
        """``rows`` are those that the reader may see; with ``everyone`` they can choose whose."""
        super().__init__(data)
        self.rows, self.reader = rows, reader
        if not everyone:
            del self.fields["agent"], self.fields["team"]
            return
        fields = cast(dict[str, forms.ChoiceField], self.fields)
        people = [(str(user.pk), str(user)) for user in people_reviewed(rows)]
        fields["agent"].choices = [("", _("全部客服")), *people]
        fields["team"].choices = team_choices()

    def found(self) -> "QuerySet[Review]":
        wanted, rows = self.cleaned_data, self.rows
        if wanted["since"]:
            rows = rows.filter(sample__week__gte=monday_of(wanted["since"]))
        if wanted["until"]:
            rows = rows.filter(sample__week__lte=wanted["until"])
        if wanted.get("agent"):
            rows = rows.filter(agent=wanted["agent"])
        if wanted.get("team"):
            rows = in_team(rows, wanted["team"])
        counted = self._shown(rows, wanted["shown"]).annotate(
            handed_in=Count("scorings", filter=Q(scorings__handed_in_at__isnull=False))
        )
        return counted.order_by("-sample__week", "agent__name", "pk")  # counting drops the usual order

    def _shown(self, rows: "QuerySet[Review]", shown: str) -> "QuerySet[Review]":
        if shown == "todo":
            own = Scoring.objects.filter(
                review=OuterRef("pk"), reviewer=self.reader, handed_in_at__isnull=False
            )
            return rows.filter(~Exists(own), state=ReviewState.OPEN)
        if shown in ReviewState:
            return rows.filter(state=shown)
        others: dict[str, dict[str, Any]] = {
            "failed": {"failed": True},
            "appealed": {"appeal__isnull": False, "appeal__granted": None},
            "objected": {"appeal__isnull": False},
            "granted": {"appeal__granted": True},
            "twice": {"twice": True, "state__in": (ReviewState.DIFFERING, ReviewState.DONE)},
        }
        return rows.filter(**others.get(shown, {}))

    @property
    def is_narrowed(self) -> bool:
        return any(self.cleaned_data.values())


class ResultsForm(forms.Form):
    weeks = forms.TypedChoiceField(label=gettext_lazy("时间"), required=False, choices=PERIODS, coerce=int)
    team = forms.ChoiceField(label=gettext_lazy("团队"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        cast(forms.ChoiceField, self.fields["team"]).choices = team_choices()

    def clean_weeks(self) -> int:
        weeks: int = self.cleaned_data["weeks"] or WEEKS
        return weeks

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        return period(self.cleaned_data["weeks"], today=clock.today())

    def found(self, rows: "QuerySet[Review]") -> "QuerySet[Review]":
        since, until = self.days
        rows = rows.filter(sample__week__gte=since, sample__week__lte=until)
        return in_team(rows, self.cleaned_data["team"]) if self.cleaned_data["team"] else rows


NO_TEAM = "none"


def team_choices() -> list[tuple[str, str]]:
    teams = [(str(pk), name) for pk, name in Team.objects.values_list("pk", "name")]
    return [("", _("全部团队")), *teams, (NO_TEAM, _("没有团队"))]


def in_team(rows: "QuerySet[Review]", team: str) -> "QuerySet[Review]":
    return rows.filter(team=None) if team == NO_TEAM else rows.filter(team_id=int(team))
