"""Planning an improvement, its steps, and the filters of its list."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.core import clock
from helpdesk.core.forms import TextArea
from helpdesk.core.models import User
from quality.models import ImprovementAction, TrendAlert
from quality.models.improvement import ImprovementQuerySet, Kind
from quality.queries import corrections_visible_to, people_who_own
from quality.series import Series, grouped, series_of
from quality.states import ImprovementState
from quality.weekly import products
from tickets.models import CorrectiveAction, Ticket
from tickets.queries import tickets_visible_to

OLDEST = dt.timedelta(days=730)  # an effect longer ago cannot be compared with anything
BIG = 2**31 - 1


def day(label: Any, **options: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


class SourceForm(forms.Form):
    """Where a new improvement comes from; ``reader`` must be allowed to see it."""

    alert = forms.IntegerField(required=False, min_value=1, max_value=BIG)
    ticket = forms.CharField(required=False, max_length=20)
    correction = forms.IntegerField(required=False, min_value=1, max_value=BIG)
    series = forms.CharField(required=False, max_length=100)

    def __init__(self, data: Any, reader: User) -> None:
        super().__init__(data)
        self.reader = reader

    def clean_alert(self) -> TrendAlert | None:
        key = self.cleaned_data["alert"]
        return _found(TrendAlert.objects.filter(pk=key).first()) if key else None

    def clean_ticket(self) -> Ticket | None:
        number = self.cleaned_data["ticket"]
        return _found(tickets_visible_to(self.reader).filter(number=number).first()) if number else None

    def clean_correction(self) -> CorrectiveAction | None:
        key = self.cleaned_data["correction"]
        found = corrections_visible_to(self.reader).filter(pk=key, taken_up=None).first() if key else None
        return _found(found) if key else None

    def clean_series(self) -> Series | None:
        code = self.cleaned_data["series"]
        return _found(series_of(code)) if code else None

    def start(self) -> dict[str, Any]:
        """What a new improvement begins with."""
        alert, ticket, correction = (self.cleaned_data[name] for name in ("alert", "ticket", "correction"))
        series = self.cleaned_data["series"] or (alert.series if alert else None)
        if correction:
            ticket = correction.ticket
        if series is None and ticket is not None:
            series = series_of(
                f"volume:cause:{ticket.cause}" if ticket.cause else f"csat:topic:{ticket.topic}"
            )
        found: dict[str, Any] = {"series": series.code if series else ""}
        found["ticket"] = ticket.number if ticket is not None else ""
        if correction:
            known = {
                "title": correction.what[:120],
                "owner": correction.owner_id,
                "due_on": correction.due_on,
            }
            found |= known | {"description": correction.what[120:]}
        return found


def _found(row: Any) -> Any:
    if row is None:
        raise forms.ValidationError(_("没有找到，或已经不能用了。"))
    return row


class ImprovementForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("做什么"), max_length=120)
    description = TextArea(label=gettext_lazy("怎么做"), rows=4, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=Kind.choices)
    series = forms.ChoiceField(
        label=gettext_lazy("要改善的指标"), help_text=gettext_lazy("完成后按这个指标比较前后。")
    )
    owner = forms.ChoiceField(label=gettext_lazy("负责人"))
    due_on = day(gettext_lazy("完成期限"))
    ticket = forms.CharField(
        label=gettext_lazy("来自工单"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("工单号；它的根本原因会显示在措施里。"),
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1, max_value=BIG)

    def __init__(self, data: Any = None, *, of: ImprovementAction | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.of = of
        self.people = {str(user.pk): user for user in people_who_own()}
        if of is not None:
            del self.fields["ticket"]  # where it came from does not change
            self.people.setdefault(str(of.owner_id), of.owner)
        fields = cast(dict[str, forms.ChoiceField], self.fields)
        fields["owner"].choices = [("", "—"), *((key, str(user)) for key, user in self.people.items())]
        known = products(clock.today())
        kept = of.series if of is not None else series_of(str(self.initial.get("series", "")))
        if kept is not None and kept.dimension == "product" and kept.value not in known:
            known = [*known, kept.value]
        fields["series"].choices = [("", "—"), *grouped(known)]

    def clean_owner(self) -> User:
        return self.people[self.cleaned_data["owner"]]

    def clean_series(self) -> Series:
        return _found(series_of(self.cleaned_data["series"]))  # type: ignore[no-any-return]

    def clean_due_on(self) -> dt.date:
        due: dt.date = self.cleaned_data["due_on"]
        if due < clock.today() and (self.of is None or due != self.of.due_on):
            raise forms.ValidationError(_("完成期限不能早于今天。"))
        return due


class CompleteForm(forms.Form):
    effective_on = day(
        gettext_lazy("生效日"), help_text=gettext_lazy("从这天起算“之后”；之前和之后各取同样多的整周。")
    )
    note = TextArea(label=gettext_lazy("做了什么"), rows=3)

    def clean_effective_on(self) -> dt.date:
        on: dt.date = self.cleaned_data["effective_on"]
        if on > clock.today():
            raise forms.ValidationError(_("生效日不能晚于今天：到那天再标记完成。"))
        if on < clock.today() - OLDEST:
            raise forms.ValidationError(_("生效日太早，没有可比的数据。"))
        return on


class JudgeForm(forms.Form):
    comment = TextArea(
        label=gettext_lazy("结论"),
        rows=3,
        help_text=gettext_lazy("判断由数据得出，这里写它说明什么、接下来怎么办。"),
    )


class DropForm(forms.Form):
    reason = TextArea(label=gettext_lazy("放弃的理由"), rows=2)


class CorrectionForm(forms.Form):
    """Which corrective action of a case, and which improvement."""

    correction = forms.IntegerField(min_value=1, max_value=BIG)
    improvement = forms.IntegerField(min_value=1, max_value=BIG)


class CorrectionsForm(forms.Form):
    shown = forms.ChoiceField(
        label=gettext_lazy("整改"),
        required=False,
        choices=[
            ("", gettext_lazy("还没有并入改进的")),
            ("taken", gettext_lazy("已并入改进的")),
            ("all", gettext_lazy("全部整改")),
        ],
    )


class ImprovementsForm(forms.Form):
    """The filters of the list, by GET."""

    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部状态")),
            ("late", gettext_lazy("已超过期限")),
            *ImprovementState.choices,
        ],
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("种类"), required=False, choices=[("", gettext_lazy("全部种类")), *Kind.choices]
    )
    owner = forms.ChoiceField(label=gettext_lazy("负责人"), required=False)

    def __init__(self, data: Any, rows: ImprovementQuerySet) -> None:
        """``rows`` are those that the reader may see; their owners can be asked for."""
        super().__init__(data)
        self.rows = rows
        owners = rows.order_by("owner__name", "owner").values_list("owner", "owner__name").distinct()
        choices = [("", _("全部负责人")), *((str(pk), name) for pk, name in owners)]
        cast(forms.ChoiceField, self.fields["owner"]).choices = choices

    def found(self) -> ImprovementQuerySet:
        wanted, rows = self.cleaned_data, self.rows
        if wanted["state"] == "late":
            rows = rows.overdue()
        elif wanted["state"]:
            rows = rows.filter(state=wanted["state"])
        if wanted["kind"]:
            rows = rows.filter(kind=wanted["kind"])
        if wanted["owner"]:
            rows = rows.filter(owner=wanted["owner"])
        return rows

    @property
    def filters(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.cleaned_data.items() if value}
