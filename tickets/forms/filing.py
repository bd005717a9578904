"""What both filing forms share: the fields that a kind of case and the people behind it need, and no others.

``kind`` and ``party`` are chosen before (by links, so that no script is needed) and travel as hidden fields;
the form of a submission is built from what it says itself.
"""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from faq.forms.numbers import Amount
from helpdesk.core.forms import TextArea
from helpdesk.core.models import Topic
from helpdesk.core.uploads import CheckedFile
from tickets.forms.fields import ContactField, FileField, FilesField, PastDay, clean_contact
from tickets.kinds import DETAILS, Automated, Right
from tickets.models import Kind, Party, PlanRequest, Representation

FILES_HELP = _("PNG、JPEG、WebP、PDF 或 TXT，每个不超过 25 MB，最多 5 个。")
MOST_SPEAKERS = 5
_CUT = re.compile(r"[\s,，、;；]+")


def counted(help_text: Any = "", **kwargs: Any) -> TextArea:
    """A long text whose characters are counted while typing and whose draft the browser keeps."""
    field = TextArea(help_text=help_text, **kwargs)
    field.widget.attrs.update({"data-count": str(field.max_length), "data-draft": ""})
    return field


def text(label: Any, *, help_text: Any = "", required: bool = True, most: int = 200) -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, help_text=help_text)


def choice(label: Any, choices: Iterable[Any]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", _("请选择")), *choices])


class PeopleField(TextArea):
    """People, one a line: a name and, where it must be, a phone or address. Cleans to dicts."""

    def __init__(self, *, needs_contact: bool, **kwargs: Any) -> None:
        super().__init__(rows=4, max_length=20_000, **kwargs)
        self.needs_contact = needs_contact

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        return [self._person(n, line) for n, line in enumerate(lines, 1) if line]

    def _person(self, n: int, line: str) -> dict[str, str]:
        name, *rest = _CUT.split(line, maxsplit=1)
        contact = "".join(rest).strip()
        if (self.needs_contact and not contact) or len(name) > 60:
            raise ValidationError(
                _now("第 %(n)d 行请写姓名和手机或邮箱，中间空一格。") % {"n": n}, code="person"
            )
        try:
            return {"name": name, "contact": clean_contact(contact) if contact else ""}
        except ValidationError as error:
            raise ValidationError(
                _now("第 %(n)d 行：%(why)s") % {"n": n, "why": error.messages[0]}, code="person"
            ) from error


def kind_fields(kind: str) -> dict[str, forms.Field]:
    """The fields of a kind, named as in its dataclass."""
    match kind:
        case Kind.PRIVACY_REQUEST:
            return {
                "right": choice(_("您的请求"), Right.choices),
                "scope": text(
                    _("涉及哪些信息"), help_text=_("例如：通话录音、联系人、全部。"), required=False
                ),
            }
        case Kind.CREDIT_REPORT_DISPUTE:
            return {
                "record": text(_("有异议的记录"), help_text=_("哪一笔借款、哪个月、写着什么。")),
                "reported_on": PastDay(label=_("信用报告的日期"), required=False),
                "truth": text(_("您认为应当是"), required=False),
            }
        case Kind.HARDSHIP_REQUEST:
            return {
                "wish": choice(_("您希望怎样调整"), PlanRequest.Wish.choices),
                "cause": choice(_("主要原因"), PlanRequest.Cause.choices),
                "payable": Amount(_("每月能还多少（元）"), low="0", required=False),
            }
        case Kind.AUTOMATED_DECISION_REVIEW:
            return {
                "decision": choice(_("哪个决定"), Automated.choices),
                "decided_on": PastDay(label=_("决定的日期"), required=False),
            }
    return {}


# The same fields where staff take down what a customer said.
SAID_TO_STAFF = {
    "right": _("客户的请求"),
    "truth": _("客户认为应当是"),
    "wish": _("客户希望怎样调整"),
    "payable": _("客户每月能还多少（元）"),
}


def kind_fields_for_staff(kind: str) -> dict[str, forms.Field]:
    found = kind_fields(kind)
    for name in found.keys() & SAID_TO_STAFF.keys():
        found[name].label = SAID_TO_STAFF[name]
    return found


# Where the fields of a kind say what is asked for, nobody has to write it again; what each is mostly about.
ASKED = {Kind.PRIVACY_REQUEST: ("right", "scope"), Kind.HARDSHIP_REQUEST: ("wish",)}
ABOUT = {
    Kind.PRIVACY_REQUEST: Topic.PRIVACY,
    Kind.HARDSHIP_REQUEST: Topic.REPAYMENT,
    Kind.AUTOMATED_DECISION_REVIEW: Topic.APPLICATION,
}


def party_fields(party: str) -> dict[str, forms.Field]:
    if party == Party.OTHER:
        return {
            "principal_name": text(_("客户本人的姓名"), most=60),
            "principal_contact": ContactField(label=_("客户本人的手机或邮箱")),
            "relation": choice(_("与客户的关系"), Representation.Relation.choices),
            "answer_to": choice(_("答复发给"), Representation.AnswerTo.choices),
            "authorisation": FileField(
                label=_("授权书"),
                help_text=_("客户本人签名的授权书，照片或 PDF。没有授权书不能代理。"),
                error_messages={"required": _("代理他人须附上客户本人签名的授权书。")},
            ),
        }
    if party == Party.GROUP:
        return {
            "speakers": PeopleField(
                label=_("其他代表"),
                needs_contact=True,
                required=False,
                help_text=_("一行一人：姓名 手机或邮箱。连同第一位最多 5 名代表。"),
            ),
            "members": PeopleField(
                label=_("其他成员"),
                needs_contact=False,
                required=False,
                help_text=_("一行一人：姓名，有的话加上手机或邮箱。名单加密保存。"),
            ),
        }
    return {}


class FilingFields(forms.Form):
    """The fields of every new case, in the order in which people are asked."""

    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    kind = forms.ChoiceField(choices=Kind.choices, initial=Kind.COMPLAINT, widget=forms.HiddenInput)
    party = forms.ChoiceField(choices=Party.choices, required=False, widget=forms.HiddenInput)
    topic = forms.ChoiceField(label=_("关于"), choices=Topic.choices, initial=Topic.OTHER)
    narrative = counted(label=_("发生了什么"), rows=6)
    request = counted(label=_("希望怎样解决"), rows=3)
    product = forms.CharField(label=_("产品或借款"), max_length=60, required=False)
    attachments = FilesField(required=False, help_text=FILES_HELP)
    name = forms.CharField(label=_("姓名"), max_length=60)
    contact = ContactField()
    anew = forms.BooleanField(label=_("这是另一件事，仍然另外提交"), required=False)
    kind_fields = staticmethod(kind_fields)

    # Where the people are asked for, before ``name``; a subclass may begin with fields of its own.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.for_kind = self._chosen("kind", Kind, Kind.COMPLAINT)
        self.for_whom = self._chosen("party", Party, Party.SELF)
        own, people = self.kind_fields(self.for_kind), party_fields(self.for_whom)
        if self.initial.get("topic", Topic.OTHER) == Topic.OTHER:  # nobody has said it yet
            self.initial["topic"] = ABOUT.get(Kind(self.for_kind), Topic.OTHER)
        self.fields["request"].required = self.for_kind not in ASKED
        self.fields.update(own | people)
        self.details = tuple(own)
        order = [name for name in self.fields if name not in own and name not in people]
        order[order.index("narrative") : order.index("narrative")] = list(own)
        self.order_fields([*order, *people])
        if "anew" in self.fields:
            self.fields["anew"].widget = forms.HiddenInput()  # shown where there is something to decide
        if self.for_whom == Party.OTHER:
            self.fields["name"].label, self.fields["contact"].label = _("代理人姓名"), _("代理人手机或邮箱")
        if self.for_whom == Party.GROUP:
            self.fields["name"].label = _("第一位代表的姓名")
            self.fields["contact"].label = _("第一位代表的手机或邮箱")

    def _chosen(self, name: str, choices: Any, default: str) -> str:
        said = self.data.get(name) if self.is_bound else self.initial.get(name)
        return str(said) if said in choices.values else default

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.for_kind in ASKED and not data.get("request"):
            said = [self._said(name) for name in ASKED[Kind(self.for_kind)] if data.get(name)]
            data["request"] = _now("：").join(said)
        if self.for_whom == Party.GROUP and "speakers" in data and "members" in data:
            speakers = 1 + len(data["speakers"])
            if speakers > MOST_SPEAKERS:
                words = {"most": MOST_SPEAKERS, "count": speakers}
                message = _now(
                    "群体投诉最多推选 %(most)d 名代表，现在是 %(count)d 名。其余的人请写在成员名单里。"
                )
                self.add_error("speakers", message % words)
            elif not data["speakers"] and not data["members"]:
                self.add_error("members", _now("群体投诉至少有两个人，请写上其他人。"))
        return data

    def filer(self) -> dict[str, str]:
        """Who fills in the form: ``name`` and ``contact``."""
        return {"name": self.cleaned_data["name"], "contact": self.cleaned_data["contact"]}

    def people(self) -> dict[str, Any]:
        """The people behind the case, as ``file_ticket`` takes them."""
        typed, who = self.cleaned_data, self.filer()
        if self.for_whom == Party.OTHER:
            return {
                "complainant": typed["principal_name"],
                "contact": typed["principal_contact"],
                "represented_by": who
                | {name: typed[name] for name in ("relation", "answer_to", "authorisation")},
            }
        group = []
        if self.for_whom == Party.GROUP:
            group = [one | {"speaks": True} for one in (who, *typed["speakers"])]
            group += [one | {"speaks": False} for one in typed["members"]]
        return {"complainant": who["name"], "contact": who["contact"], "group": group}

    def asked(self) -> dict[str, Any]:
        """The fields of the kind, as ``file_ticket`` takes them."""
        if self.for_kind not in DETAILS:
            return {}
        return {"details": {name: self.cleaned_data[name] for name in self.details}}

    def _said(self, name: str) -> str:
        """What was chosen or typed in a field, in words."""
        value = self.cleaned_data[name]
        return str(dict(getattr(self.fields[name], "choices", ())).get(value, value))

    def told(self) -> str:
        """All that was typed about the matter, as a message to the case that it belongs to."""
        typed, parts = self.cleaned_data, [self.cleaned_data["narrative"]]
        for name in ("request", *self.details, "product"):
            if typed.get(name) not in (None, ""):
                words = {"label": self.fields[name].label, "said": self._said(name)}
                parts.append(_now("%(label)s：%(said)s") % words)
        return "\n\n".join(parts)

    def story(self) -> dict[str, Any]:
        """The rest of ``file_ticket``'s fields."""
        names = ("kind", "topic", "narrative", "request", "product")
        typed = self.cleaned_data
        return {name: typed[name] for name in names} | {"files": typed["attachments"]}


def plain(value: Any) -> str:
    """For keys: a file is its content."""
    return value.sha256 if isinstance(value, CheckedFile) else str(value)
