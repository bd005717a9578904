"""Answering an alert, and choosing what to look at."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.core import clock
from helpdesk.core.forms import TextArea
from quality.series import OF_CASES, Measure, Series, grouped, series_of
from quality.states import AlertState
from quality.weekly import products


class DismissForm(forms.Form):
    reason = TextArea(
        label=gettext_lazy("为什么忽略"),
        rows=2,
        help_text=gettext_lazy("例如：已知的活动，或统计口径变了。"),
    )


class AlertsForm(forms.Form):
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[("", gettext_lazy("全部状态")), *AlertState.choices],
    )


class SeriesForm(forms.Form):
    series = forms.ChoiceField(label=gettext_lazy("指标"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        field = cast(forms.ChoiceField, self.fields["series"])
        field.choices = [("", _("选择一个指标")), *grouped(products(clock.today()))]

    def clean_series(self) -> Series:
        found = series_of(self.cleaned_data["series"])
        if found is None:
            raise forms.ValidationError(_("没有这个指标。"))
        return found


class SeriesCasesForm(forms.Form):
    """Which cases of a series, by GET: those of some days; of an overdue share perhaps the late ones."""

    series = forms.CharField(max_length=100)
    since = forms.DateField()
    until = forms.DateField()
    late = forms.BooleanField(required=False)

    def clean_series(self) -> Series:
        found = series_of(self.cleaned_data["series"])
        if found is None or not (found.measure == Measure.OVERDUE or found.dimension in OF_CASES):
            raise forms.ValidationError(_("没有这个指标。"))
        return found
