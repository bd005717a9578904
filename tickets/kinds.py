"""What a kind of case needs beyond a complaint: its own fields, mandatory steps, and the letter's wording.

The fields of a kind are a dataclass; ``Ticket.details`` keeps them as JSON. The steps are done one by one
(``tickets/actions/kind.py``), and a case is not resolved while one is missing. Its clock comes from the rule
packs by the name of the kind (tickets/rules).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.core.models import User
from tickets.models import Clock, Kind, KindStep, PlanRequest, RedFlag, Ticket


class Right(models.TextChoices):
    """What a privacy request asks for."""

    ACCESS = "access", _("查阅个人信息")
    COPY = "copy", _("复制或转移个人信息")
    CORRECT = "correct", _("更正或补充")
    DELETE = "delete", _("删除")
    WITHDRAW = "withdraw_consent", _("撤回同意")
    CLOSE = "close_account", _("注销账号")


class Automated(models.TextChoices):
    """A decision that a system made by itself."""

    REFUSED = "refused", _("借款申请没有通过")
    LIMIT = "limit", _("额度被降低或冻结")
    PRICE = "price", _("利率或费用的高低")
    OTHER = "other", pgettext_lazy("automated decision", "其他")


class Details:
    """The fields of one kind. Choices are checked when they are written."""

    choices: ClassVar[Mapping[str, type[models.TextChoices]]] = {}
    labels: ClassVar[Mapping[str, Promise]] = {}


@dataclass(frozen=True)
class PrivacyRequest(Details):
    right: str
    scope: str

    choices: ClassVar[Mapping[str, type[models.TextChoices]]] = {"right": Right}
    labels: ClassVar[Mapping[str, Promise]] = {"right": _("请求"), "scope": _("涉及哪些信息")}


@dataclass(frozen=True)
class CreditReportDispute(Details):
    record: str
    reported_on: str  # an ISO date, or ""
    truth: str

    labels: ClassVar[Mapping[str, Promise]] = {
        "record": _("有异议的记录"),
        "reported_on": _("信用报告的日期"),
        "truth": _("本人认为应当是"),
    }


@dataclass(frozen=True)
class HardshipRequest(Details):
    wish: str
    cause: str
    payable: str  # yuan a month, or ""

    choices: ClassVar[Mapping[str, type[models.TextChoices]]] = {
        "wish": PlanRequest.Wish,
        "cause": PlanRequest.Cause,
    }
    labels: ClassVar[Mapping[str, Promise]] = {
        "wish": pgettext_lazy("plan request", "希望"),
        "cause": _("主要原因"),
        "payable": _("每月能还（元）"),
    }


@dataclass(frozen=True)
class AutomatedDecisionReview(Details):
    decision: str
    decided_on: str  # an ISO date, or ""

    choices: ClassVar[Mapping[str, type[models.TextChoices]]] = {"decision": Automated}
    labels: ClassVar[Mapping[str, Promise]] = {"decision": _("哪个决定"), "decided_on": _("决定的日期")}


@dataclass(frozen=True)
class Step:
    """Something that must be done before a case of the kind is resolved; ``asks`` what is then recorded."""

    code: str
    label: Promise
    asks: Promise
    only_for: tuple[str, ...] = ()  # rights; empty means every case of the kind
    not_by_owner: bool = False  # not by somebody named in the step ``owner_recorded``


OWNER = "owner_recorded"
ERASING = (Right.DELETE, Right.CLOSE)
DETAILS: dict[str, type[Any]] = {
    Kind.PRIVACY_REQUEST: PrivacyRequest,
    Kind.CREDIT_REPORT_DISPUTE: CreditReportDispute,
    Kind.HARDSHIP_REQUEST: HardshipRequest,
    Kind.AUTOMATED_DECISION_REVIEW: AutomatedDecisionReview,
}
STEPS: dict[str, tuple[Step, ...]] = {
    Kind.PRIVACY_REQUEST: (
        Step("identity_checked", _("核验申请人身份"), _("怎样核验的（不要写证件号码）")),
        Step(
            "data_provided",
            _("提供个人信息"),
            _("提供了什么、以什么方式；不提供的，写明理由"),
            (Right.ACCESS, Right.COPY),
        ),
        Step(
            "data_corrected",
            _("更正个人信息"),
            _("改了什么，通知了哪些接收方；不改的，写明理由"),
            (Right.CORRECT,),
        ),
        Step(
            "consent_withdrawn",
            _("停止基于同意的处理"),
            _("停止了哪些处理，通知了哪些接收方；不停止的，写明理由"),
            (Right.WITHDRAW,),
        ),
        Step(
            "retention_told",
            _("说明依法须保留的信息"),
            _("哪些须保留、为什么、到何时；这些信息已冻结，只作保存"),
            ERASING,
        ),
        Step(
            "data_deleted", _("删除其余信息"), _("删除了什么，通知了哪些接收方；不删除的，写明理由"), ERASING
        ),
    ),
    Kind.CREDIT_REPORT_DISPUTE: (
        Step("dispute_marked", _("标注异议"), _("哪天在报送的信息上标注了异议；不标注的，写明理由")),
        Step("furnisher_contacted", _("联系报送方核查"), _("联系了谁、哪天、对方怎样答复")),
        Step("record_checked", _("核对原始凭证"), _("核对了哪些凭证，结果如何")),
        Step("correction_noticed", _("更正通知"), _("哪天通知更正；无误的，写明不更正的理由")),
    ),
    Kind.HARDSHIP_REQUEST: (
        Step(
            "terms_recorded", _("记录批准或拒绝的条件"), _("同意的：新计划的金额、日期、期限；拒绝的：理由")
        ),
    ),
    Kind.AUTOMATED_DECISION_REVIEW: (
        Step(OWNER, _("记录自动化系统的负责人"), _("系统名称和负责人姓名")),
        Step(
            "human_reviewed",
            _("由系统负责人以外的人复核"),
            _("看了哪些材料，结论是什么"),
            not_by_owner=True,
        ),
        Step("explanation_given", _("向客户说明决定的理由"), _("怎样说明的：主要因素、各自的影响")),
    ),
}
# What may be a matter within a case of another kind, and which red flag speaks for it.
MATTERS = tuple(kind for kind in Kind.values if kind not in (Kind.ENQUIRY, Kind.SUGGESTION))
SIGNS: dict[str, str] = {
    "RF11": Kind.CREDIT_REPORT_DISPUTE,
    "RF16": Kind.PRIVACY_REQUEST,
    "RF19": Kind.AUTOMATED_DECISION_REVIEW,
}
# What the letter of a kind begins with; people change it to fit the case.
REMEDIES: dict[str, Promise] = {
    Kind.PRIVACY_REQUEST: _(
        "如对处理结果有异议，可以在三十日内申请核查，也可以向履行个人信息保护职责的部门投诉。依法须保留的信息只作保存，期满即删除。"
    ),
    Kind.CREDIT_REPORT_DISPUTE: _(
        "如仍有异议，可以在三十日内申请核查，可以请求征信机构在信用报告中附注您的声明，也可以向征信业监督管理部门投诉。"
    ),
    Kind.HARDSHIP_REQUEST: _("如情况又有变化，可以随时再次申请；对结果有异议的，可以在三十日内申请核查。"),
    Kind.AUTOMATED_DECISION_REVIEW: _(
        "如对复核结果有异议，可以在三十日内申请核查，也可以要求不以自动化方式作出关于您的决定。"
    ),
}


def check(kind: str, data: Mapping[str, Any]) -> dict[str, str]:
    """What is stored of the typed fields. Raises ValueError with the name of a field that does not fit."""
    made = DETAILS[kind]
    values: dict[str, str] = {}
    for field in fields(made):
        value = data.get(field.name)
        text = "" if value is None else f"{value}".strip()
        if field.name in made.choices and text not in made.choices[field.name].values:
            raise ValueError(field.name)
        if field.name.endswith("_on") and text:
            dt.date.fromisoformat(text)
        values[field.name] = text
    return asdict(made(**values))


def words_of(kind: str, values: Mapping[str, str]) -> list[str]:
    """What of these the customer wrote, beside what was chosen from a list."""
    return [text for name, text in values.items() if text and name not in DETAILS[kind].choices]


def details_of(ticket: Ticket) -> Any:
    """The dataclass of a case's own kind, or None: it was filed as another kind or without fields."""
    row = getattr(ticket, "details", None)
    return DETAILS[row.kind](**row.data) if row and row.kind == ticket.kind else None


def lacks_details(ticket: Ticket) -> bool:
    """Whether nobody has filled in the fields of the case's kind: it came by e-mail, or as another kind."""
    return ticket.kind in DETAILS and details_of(ticket) is None and not hasattr(ticket, "plan_request")


def data_of(ticket: Ticket) -> dict[str, str] | None:
    """The same as it is stored, for another case about the same matter."""
    details = details_of(ticket)
    return None if details is None else asdict(details)


def shown(ticket: Ticket) -> list[tuple[Promise, str]]:
    """Label and value of every field that was filled in."""
    details = details_of(ticket)
    if details is None:
        return []
    values = [(name, getattr(details, name)) for name in details.labels]
    return [
        (details.labels[name], str(details.choices[name](value).label) if name in details.choices else value)
        for name, value in values
        if value
    ]


def matters_of(ticket: Ticket) -> list[str]:
    """The kinds of what has a clock of its own within the case, oldest first."""
    running = [c.subject for c in ticket.clocks.all() if c.is_of_matter and c.state != Clock.State.ENDED]
    return list(dict.fromkeys(running))


def further_matters(ticket: Ticket) -> list[str]:
    """The kinds that a further matter of the case may be of."""
    taken = {ticket.kind, *matters_of(ticket)}
    return [kind for kind in MATTERS if kind not in taken]


def suggested_matters(ticket: Ticket) -> dict[str, str]:
    """Those that a confirmed red flag speaks for, by the code of the flag."""
    confirmed = [row.code for row in ticket.red_flags.all() if row.state == RedFlag.State.CONFIRMED]
    further = further_matters(ticket) if confirmed else []
    return {code: SIGNS[code] for code in confirmed if SIGNS.get(code) in further}


def steps_of(ticket: Ticket) -> list[Step]:
    """The mandatory steps of a case and of the matters in it. A privacy request that names no right needs
    them all, and so does one that is a matter."""
    details = details_of(ticket)
    right = getattr(details, "right", "")
    steps = STEPS.get(ticket.kind, ())
    own = [step for step in steps if not step.only_for or not right or right in step.only_for]
    return own + [step for kind in matters_of(ticket) for step in STEPS.get(kind, ())]


def is_owner(person: User, recorded: KindStep) -> bool:
    """Whether the step that records a system's owner names this person."""
    return bool(person.name) and person.name in recorded.text


def done_steps(ticket: Ticket) -> dict[str, KindStep]:
    """The latest record of every step, by code. A review by the owner of the system is none, also where it
    came out only afterwards whose system it is."""
    latest = {row.code: row for row in ticket.kind_steps.all()}
    owner = latest.get(OWNER)
    if owner is None:
        return latest
    guarded = {step.code for step in steps_of(ticket) if step.not_by_owner}
    return {code: row for code, row in latest.items() if code not in guarded or not is_owner(row.by, owner)}
