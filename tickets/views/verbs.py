"""What staff can do to a case: for every verb its form, its action, and where and how the page shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.core.models import User
from tickets import actions
from tickets.forms import desk as forms
from tickets.models import Ticket

Act = Callable[[Ticket, User, dict[str, Any]], object]


@dataclass(frozen=True)
class Verb:
    """``name`` is the URL name and, unless ``step`` says otherwise, the name in permissions.VERBS."""

    name: str
    group: str  # next: the work itself; talk: words; more: everything else
    title: Promise
    button: Promise
    done: Promise
    form: type[forms.CaseForm]
    act: Act
    step: str = ""
    danger: bool = False
    short: bool = False  # fields beside each other

    @property
    def permission(self) -> str:
        return self.step or self.name


def simple(action: Callable[..., object]) -> Act:
    """An action that takes exactly the fields of its form."""
    return lambda ticket, user, typed: action(ticket, actor=user, **typed)


NOTHING = forms.NothingForm
SAVED = _("已保存。")
VERBS = (
    Verb(
        "classify",
        "next",
        _("分类"),
        _("完成分类"),
        _("已分类。"),
        forms.ClassifyForm,
        simple(actions.classify_ticket),
        short=True,
    ),
    Verb(
        "assign",
        "next",
        _("分派"),
        _("分派"),
        _("已分派。"),
        forms.AssignForm,
        simple(actions.assign_ticket),
    ),
    Verb(
        "investigate",
        "next",
        _("开始调查"),
        _("开始调查"),
        _("已开始调查。"),
        NOTHING,
        simple(actions.investigate_ticket),
    ),
    Verb(
        "draft_decision",
        "next",
        _("写决定书"),
        _("保存草稿"),
        _("草稿已保存，还没有发给客户。"),
        forms.DecisionForm,
        simple(actions.draft_decision),
    ),
    Verb(
        "approve_decision",
        "next",
        _("审批决定书"),
        _("批准决定书"),
        _("已批准。"),
        NOTHING,
        simple(actions.approve_decision),
    ),
    Verb(
        "resolve",
        "next",
        _("提交决定"),
        _("提交决定并发给客户"),
        _("决定已发出。"),
        NOTHING,
        simple(actions.resolve_ticket),
    ),
    Verb(
        "reply",
        "talk",
        _("答复客户"),
        _("发送答复"),
        _("答复已发送。"),
        forms.ReplyForm,
        simple(actions.reply_ticket),
    ),
    Verb(
        "await_customer",
        "talk",
        _("请客户补充"),
        _("发给客户并等待"),
        _("已请客户补充。"),
        forms.AwaitForm,
        simple(actions.await_customer),
    ),
    Verb(
        "note",
        "talk",
        _("内部备注"),
        _("添加备注"),
        _("备注已添加。"),
        forms.NoteForm,
        simple(actions.note_ticket),
    ),
    Verb(
        "log_contact",
        "talk",
        _("联系记录"),
        _("记下联系"),
        _("联系已记录。"),
        forms.ContactForm,
        simple(actions.log_contact),
    ),
    Verb(
        "message",
        "talk",
        _("代客户记录"),
        _("记下客户的话"),
        _("已记下客户的话。"),
        forms.BehalfForm,
        simple(actions.add_customer_message),
    ),
    Verb(
        "decline",
        "more",
        pgettext_lazy("verb", "不予受理"),
        pgettext_lazy("verb", "不予受理"),
        _("已记为不予受理。"),
        forms.ReasonForm,
        simple(actions.decline_ticket),
        danger=True,
    ),
    Verb(
        "reclassify",
        "more",
        _("更正分类"),
        _("保存更正"),
        SAVED,
        forms.ReclassifyForm,
        simple(actions.reclassify_ticket),
        short=True,
    ),
    Verb(
        "reassign",
        "more",
        _("改派"),
        _("改派"),
        _("已改派。"),
        forms.AssignForm,
        simple(actions.reassign_ticket),
    ),
    Verb(
        "extend_deadline",
        "more",
        _("延长期限"),
        _("延长期限"),
        _("期限已延长。"),
        forms.ExtendForm,
        simple(actions.extend_deadline),
    ),
    Verb(
        "reopen",
        "more",
        _("重新调查"),
        _("重新调查"),
        _("已重新开始调查。"),
        forms.ReasonForm,
        simple(actions.reopen_ticket),
    ),
    Verb(
        "request_review",
        "more",
        _("代客户申请核查"),
        _("提交核查申请"),
        _("已收到核查申请。"),
        forms.ReasonForm,
        simple(actions.request_review),
    ),
    Verb(
        "renew_tracking_code",
        "more",
        _("换发查询码"),
        _("换发查询码"),
        _("已换发查询码，旧的已失效。"),
        NOTHING,
        simple(actions.renew_tracking_code),
    ),
    Verb(
        "withdraw",
        "more",
        _("按客户要求撤回"),
        _("撤回"),
        _("已撤回。"),
        forms.ReasonForm,
        simple(actions.withdraw_ticket),
        danger=True,
    ),
    Verb(
        "add_evidence",
        "evidence",
        _("添加材料"),
        _("上传"),
        _("材料已保存。"),
        forms.StaffEvidenceForm,
        simple(actions.add_evidence),
        step="evidence",
    ),
)
