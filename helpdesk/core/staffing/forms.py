"""Forms of the roster."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from helpdesk.core.hours import spans
from helpdesk.core.models import WORKERS, Staffing, Topic, User

MOST = 20  # chats at once


class StaffingForm(forms.Form):
    """What a person can take."""

    capacity = forms.IntegerField(
        label=_("同时接待上限"),
        min_value=1,
        max_value=MOST,
        help_text=_("手上的对话到了这个数，就不再派新的。"),
    )
    skills = forms.MultipleChoiceField(
        label=_("擅长的主题"),
        choices=Topic.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一个都不选，表示都可以。"),
    )
    languages = forms.MultipleChoiceField(
        label=_("语言"),
        choices=settings.LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("一个都不选，表示都可以。"),
    )

    manager = forms.ModelChoiceField(
        label=_("上级"),
        queryset=User.objects.filter(role__in=WORKERS, is_active=True).order_by("name"),
        required=False,
        empty_label=_("没有登记"),
        help_text=_("投诉涉及某人时，其上级不能处理这件投诉。"),
    )

    @classmethod
    def of(cls, person: User) -> "StaffingForm":
        known = getattr(person, "staffing", None) or Staffing()
        initial = {"capacity": known.capacity, "skills": known.skills, "languages": known.languages}
        return cls(initial=initial | {"manager": person.manager_id})


class ShiftsForm(forms.Form):
    """A week: each day its spans, such as ``09:00-12:00 13:30-18:00``; empty is a day off."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, name in WEEKDAYS.items():
            self.fields[f"day{day}"] = forms.CharField(
                label=name,
                max_length=120,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": "09:00-12:00 13:30-18:00"}),
            )

    @classmethod
    def of(cls, person: User) -> "ShiftsForm":
        return cls(initial={f"day{shift.weekday}": shift.spans for shift in person.shifts.all()})

    def clean(self) -> dict[str, Any]:
        for name, text in list(self.cleaned_data.items()):
            try:
                spans(text)
            except ValueError:
                self.add_error(name, _("请写成 09:00-12:00 这样的时段，多段用空格隔开，不能重叠。"))
        return self.cleaned_data

    @property
    def shifts(self) -> dict[int, str]:
        return {day: self.cleaned_data[f"day{day}"] for day in WEEKDAYS}


class LeaveForm(forms.Form):
    first = forms.DateField(label=_("第一天"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("最后一天"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean_last(self) -> dt.date:
        last: dt.date = self.cleaned_data["last"]
        first = self.cleaned_data.get("first")
        if first and last < first:
            raise forms.ValidationError(_("最后一天不能早于第一天。"))
        return last
