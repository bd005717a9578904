"""The queue's filters, and the forms around them."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django import forms
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from helpdesk.core.models import WORKERS, Topic, User
from tickets.models import Channel, Kind, Severity
from tickets.queue import QueueFilter
from tickets.redflags import NAMES
from tickets.states import State
from tickets.taxonomy import BUSINESS, CAUSE

SCOPES = (
    ("mine", _("我的")),
    ("team", _("本组")),
    ("unassigned", _("未分派")),
    ("all", pgettext_lazy("cases", "全部")),
)
LONGEST = 100  # characters of a value in an address
FORMS_KEPT = 300


class Holder(NamedTuple):
    """Somebody who can hold cases."""

    pk: int
    name: str
    team: int | None
    team_name: str


def _choice(label: Any, any_of_them: Any, choices: Iterable[Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=(("", any_of_them), *choices), required=False)


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, required=False)


class QueueForm(forms.Form):
    """The queue's filters. What cannot be understood is left out, never an error page."""

    scope = forms.ChoiceField(choices=SCOPES, required=False, widget=forms.HiddenInput)
    text = forms.CharField(label=_("编号或内容"), max_length=LONGEST, required=False)
    state = forms.ChoiceField(
        label=_("状态"),
        choices=(("open", _("未结束")), ("any", _("所有状态")), *State.choices),
        required=False,
    )
    topic = _choice(_("关于"), _("所有主题"), Topic.choices)
    kind = _choice(_("类型"), _("所有类型"), Kind.choices)
    severity = _choice(_("严重程度"), _("所有程度"), Severity.choices)
    overdue = forms.BooleanField(label=_("只看逾期"), required=False)
    business = _choice(_("业务类别"), _("所有业务"), BUSINESS)
    cause = _choice(_("投诉原因"), _("所有原因"), CAUSE)
    channel = _choice(_("渠道"), _("所有渠道"), Channel.choices)
    red_flag = _choice(_("红旗"), _("不限"), (("any", _("有红旗的")), *NAMES.items()))
    team = forms.TypedChoiceField(label=_("团队"), coerce=int, empty_value=None, required=False)
    assignee = forms.TypedChoiceField(label=_("处理人"), coerce=int, empty_value=None, required=False)
    received_from = _day(_("收到，从"))
    received_to = _day(_("收到，到"))
    due_from = _day(_("到期，从"))
    due_to = _day(_("到期，到"))

    MORE = ("business", "cause", "channel", "red_flag", "team", "assignee")
    DAYS = ("received_from", "received_to", "due_from", "due_to")

    def __init__(self, data: Mapping[str, Any], people: Iterable[Holder]) -> None:
        super().__init__(data)
        people = list(people)
        teams = {person.team: person.team_name for person in people if person.team}
        self._offer("team", _("所有团队"), sorted(teams.items(), key=lambda team: team[1]))
        self._offer("assignee", _("所有处理人"), [(person.pk, person.name) for person in people])
        self._drawn: dict[str | None, SafeString] = {}

    def _offer(self, name: str, any_of_them: Any, rows: Iterable[tuple[int, str]]) -> None:
        field = cast(forms.TypedChoiceField, self.fields[name])
        field.choices = [("", any_of_them), *((str(pk), label) for pk, label in rows)]

    def drawn(self) -> SafeString:
        """The fields as HTML; once for every language in which the form is read."""
        language = get_language()
        if language not in self._drawn:
            self._drawn[language] = render_to_string("tickets/desk/_filters.html", {"form": self})
        return self._drawn[language]

    def wanted(self) -> QueueFilter:
        """What was chosen, with the defaults where nothing (or nonsense) was."""
        self.is_valid()
        return QueueFilter(**{name: value for name, value in self.cleaned_data.items() if value})

    def chosen(self) -> dict[str, str]:
        """The filters that count, as an address writes them."""
        self.is_valid()
        return {name: str(self.data[name])[:LONGEST] for name, value in self.cleaned_data.items() if value}

    def chips(self) -> list[tuple[str, str | Promise, str]]:
        """Every filter in force but the tab, as (field, label, value in words)."""
        return [
            (name, self.fields[name].label or "", self._words(name, value))
            for name, value in self.chosen().items()
            if name != "scope" and (name, value) != ("state", "open")
        ]

    def _words(self, name: str, value: str) -> str:
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return ""
        return str(dict(getattr(field, "choices", ())).get(value, value))

    def left_out(self) -> list[str | Promise]:
        """The labels of what could not be understood: a colleague who left, a date that is none."""
        return [self.fields[name].label or "" for name in self.errors if name in self.fields]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in (*self.MORE, *self.DAYS)]

    @property
    def uses_more(self) -> bool:
        return any(name in self.MORE + self.DAYS for name in self.chosen())


def queue_form(data: Mapping[str, Any], people: Iterable[Holder]) -> QueueForm:
    """The form of these filters. One that was made before is taken again: a bound form is only read, and all
    that it shows comes from these two."""
    typed = tuple((name, str(data[name])) for name in QueueForm.base_fields if name in data)
    return _queue_form(typed, tuple(people))


@lru_cache(FORMS_KEPT)
def _queue_form(typed: tuple[tuple[str, str], ...], people: tuple[Holder, ...]) -> QueueForm:
    form = QueueForm(dict(typed), people)
    form.is_valid()
    return form


def can_hold_cases() -> list[Holder]:
    """The people whom a filter offers, by name; one query."""
    people = User.objects.filter(is_active=True, role__in=WORKERS)
    rows = people.order_by("name", "pk").values_list("pk", "name", "username", "team", "team__name")
    return [Holder(pk, name or username, team, label or "") for pk, name, username, team, label in rows]


class ViewForm(forms.Form):
    """A saved view."""

    name = forms.CharField(label=_("名称"), max_length=40)
    shared = forms.BooleanField(label=_("本组的人也能用"), required=False)
    default = forms.BooleanField(label=_("打开队列时先看这个视图"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if user.team_id is None:
            del self.fields["shared"]


class ChangeViewForm(ViewForm):
    take_over = forms.BooleanField(label=_("改用队列现在的条件和列"), required=False)

    def keep_only(self, *, others: bool, filters: bool) -> None:
        """Of somebody else's view only whether one begins with it; filters only where there are some."""
        for name in ("name", "shared", "take_over"):
            if others or (name == "take_over" and not filters):
                self.fields.pop(name, None)
