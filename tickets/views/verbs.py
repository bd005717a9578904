"""What staff can do to a case: for every verb its form, its action, and where and how the page shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.core.models import User
from tickets import actions
from tickets.forms import assign as people
from tickets.forms import desk as forms
from tickets.forms import letters, partner, ties
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


def _without(typed: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in typed.items() if key != name}


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
        people.AssignForm,
        simple(actions.assign_ticket),
    ),
    Verb(
        "take_over",
        "next",
        _("接手"),
        _("我来接手"),
        _("已接手。"),
        people.TakeOverForm,
        simple(actions.take_over),
    ),
    Verb(
        "assign_by_rule",
        "next",
        _("按规则分派"),
        _("按规则分派"),
        _("已分派。"),
        NOTHING,
        simple(actions.assign_by_rule),
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
        "record_details",
        "next",
        _("补记这类请求的内容"),
        _("记下"),
        _("已记下，必办步骤按它列出。"),
        ties.DetailsForm,
        simple(actions.record_details),
        short=True,
    ),
    Verb(
        "complete_step",
        "next",
        _("记录必办步骤"),
        _("记下这一步"),
        _("步骤已记录。"),
        ties.StepForm,
        simple(actions.complete_step),
    ),
    Verb(
        "open_matter",
        "more",
        _("为其中一项单独计时"),
        _("单独计时"),
        _("已开始计时，这一类的必办步骤已列出。"),
        ties.MatterForm,
        simple(actions.open_matter),
        short=True,
    ),
    Verb(
        "grant_approval",
        "next",
        _("审批"),
        _("批准"),
        _("已批准。"),
        letters.GrantForm,
        simple(actions.grant_approval),
    ),
    Verb(
        "draft_decision",
        "next",
        _("写决定书"),
        _("保存草稿"),
        _("草稿已保存，还没有发给客户。"),
        letters.DecisionForm,
        simple(actions.draft_decision),
    ),
    Verb(
        "propose_redress",
        "next",
        _("补偿"),
        _("加入决定"),
        _("补偿已加入决定。"),
        letters.RedressForm,
        simple(actions.propose_redress),
        short=True,
    ),
    Verb(
        "record_correction",
        "next",
        _("整改"),
        _("记下"),
        _("整改已记录。"),
        letters.CorrectionForm,
        simple(actions.record_correction),
    ),
    Verb(
        "resolve",
        "next",
        _("提交决定"),
        _("提交决定并发给客户"),
        _("决定已提交。"),
        letters.ResolveForm,
        simple(actions.resolve_ticket),
    ),
    Verb(
        "retry_delivery",
        "next",
        _("重发邮件"),
        _("重发"),
        _("正在重发。"),
        letters.RetryForm,
        simple(actions.retry_delivery),
    ),
    Verb(
        "pay_redress",
        "next",
        _("登记支付"),
        _("登记为已支付"),
        _("已登记支付。"),
        letters.PayRedressForm,
        simple(actions.pay_redress),
        short=True,
    ),
    Verb(
        "complete_correction",
        "next",
        _("完成整改"),
        _("登记为已完成"),
        _("整改已完成。"),
        letters.CompleteCorrectionForm,
        simple(actions.complete_correction),
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
        "stop_waiting",
        "talk",
        _("不再等客户"),
        _("不再等待，继续调查"),
        _("已继续调查。"),
        forms.ReasonForm,
        simple(actions.stop_waiting),
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
        "ask_partner",
        "partner",
        _("请合作机构协查"),
        _("发出协查"),
        _("协查已登记。"),
        partner.AskPartnerForm,
        simple(actions.ask_partner),
    ),
    Verb(
        "close_partner_task",
        "partner",
        _("登记协查结果"),
        _("登记"),
        SAVED,
        partner.ClosePartnerTaskForm,
        simple(actions.close_partner_task),
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
        "change_topic",
        "more",
        _("改主题"),
        _("保存主题"),
        SAVED,
        forms.TopicForm,
        simple(actions.change_topic),
        short=True,
    ),
    Verb(
        "reassign",
        "more",
        _("改派"),
        _("改派"),
        _("已改派。"),
        people.AssignForm,
        simple(actions.reassign_ticket),
    ),
    Verb(
        "correct_contact",
        "more",
        _("更正姓名、联系方式或渠道"),
        _("保存更正"),
        SAVED,
        forms.CorrectContactForm,
        simple(actions.correct_contact),
    ),
    Verb(
        "record_representation",
        "more",
        _("登记或更正代理人"),
        _("登记"),
        SAVED,
        forms.RepresentationForm,
        simple(actions.record_representation),
    ),
    Verb(
        "refuse_approval",
        "more",
        _("不批准"),
        _("不批准"),
        _("已退回。"),
        letters.RefuseForm,
        simple(actions.refuse_approval),
        danger=True,
    ),
    Verb(
        "request_extension",
        "more",
        _("申请延长期限"),
        _("提请审批"),
        _("已提请审批。"),
        letters.RequestExtensionForm,
        simple(actions.request_extension),
    ),
    Verb(
        "cancel_redress",
        "more",
        _("取消补偿"),
        _("取消这笔补偿"),
        _("已取消。"),
        letters.CancelRedressForm,
        simple(actions.cancel_redress),
    ),
    Verb(
        "hand_back",
        "more",
        _("退回队列"),
        _("退回"),
        _("已退回队列。"),
        people.HandBackForm,
        simple(actions.hand_back),
    ),
    Verb(
        "undo_handover",
        "more",
        _("撤销接手"),
        _("交还原处理人"),
        _("已交还。"),
        NOTHING,
        simple(actions.undo_handover),
    ),
    Verb(
        "involve",
        "more",
        _("登记涉及的人"),
        _("登记"),
        SAVED,
        people.InvolveForm,
        simple(actions.involve_person),
        short=True,
    ),
    Verb(
        "clear_person",
        "more",
        _("收回“涉及的人”"),
        _("收回"),
        _("已收回。此人可以处理这件工单。"),
        people.ClearPersonForm,
        simple(actions.clear_person),
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
        "stop_deadline",
        "more",
        _("暂停计时"),
        _("暂停计时"),
        _("计时已暂停。"),
        forms.StopForm,
        simple(actions.stop_deadline),
    ),
    Verb(
        "resume_deadline",
        "more",
        _("恢复计时"),
        _("恢复计时"),
        _("计时已恢复。"),
        forms.ReasonForm,
        simple(actions.resume_deadline),
    ),
    Verb(
        "restart_deadline",
        "more",
        _("因新事实重新计时"),
        _("重新计时"),
        _("已重新计时。"),
        forms.RestartForm,
        simple(actions.restart_deadline),
    ),
    Verb(
        "reopen",
        "more",
        _("重新调查"),
        _("重新调查"),
        _("已重新开始调查。"),
        forms.TheirWordForm,
        simple(actions.reopen_ticket),
    ),
    Verb(
        "request_review",
        "more",
        _("代客户申请核查"),
        _("提交核查申请"),
        _("已收到核查申请。"),
        forms.TheirWordForm,
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
        forms.WithdrawnForm,
        simple(actions.withdraw_ticket),
        danger=True,
    ),
    Verb(
        "merge",
        "more",
        _("并入另一件"),
        _("并入"),
        _("已合并。24 小时内可以撤销。"),
        ties.MergeForm,
        lambda ticket, user, typed: actions.merge_ticket(
            ticket, actor=user, into=typed["other"], **_without(typed, "other")
        ),
        danger=True,
    ),
    Verb(
        "unmerge",
        "more",
        _("撤销合并"),
        _("撤销合并"),
        _("已撤销，两件分开办理。"),
        NOTHING,
        simple(actions.unmerge_ticket),
    ),
    Verb(
        "split",
        "more",
        _("拆出一件"),
        _("拆分"),
        _("已拆出一件。"),
        ties.SplitForm,
        simple(actions.split_ticket),
    ),
    Verb(
        "link",
        "more",
        _("关联另一件"),
        _("关联"),
        _("已关联。"),
        ties.LinkForm,
        simple(actions.link_ticket),
    ),
    Verb(
        "unlink",
        "more",
        _("取消关联"),
        _("取消关联"),
        _("已取消关联。"),
        ties.UnlinkForm,
        simple(actions.unlink_ticket),
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
