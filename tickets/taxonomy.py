"""The labels by which cases are classified: business category × cause, and root causes.

The labels follow the usual practice of complaint registers; the national standard's own codes are not
used, because its text was not at hand.
"""

from typing import TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Labels: TypeAlias = list[tuple[str, str | Promise]]

BUSINESS: Labels = [
    ("savings", _("人民币储蓄")),
    ("bank_card", _("银行卡")),
    ("loan", pgettext_lazy("business", "贷款")),
    ("payment", _("支付结算")),
    ("collection", _("债务催收")),
    ("wealth", _("自营理财")),
    ("agency", _("银行代理业务")),
    ("intermediary", _("其他中间业务")),
    ("cash", _("人民币管理")),
    ("foreign_exchange", _("外汇")),
    ("precious_metal", _("贵金属")),
    ("treasury", _("国库")),
    ("personal_information", _("个人金融信息")),
    ("other", pgettext_lazy("business", "其他")),
]

CAUSE: Labels = [
    ("service", _("服务态度及服务质量")),
    ("systems", _("服务设施、设备、业务系统")),
    ("rules", _("管理制度、业务规则与流程")),
    ("marketing", _("营销方式和手段")),
    ("disclosure", _("信息披露")),
    ("choice", _("自主选择权")),
    ("pricing", _("定价收费")),
    ("returns", _("产品收益")),
    ("contract", _("合同条款")),
    ("funds", _("消费者资金安全")),
    ("information", _("消费者信息安全")),
    ("collection", _("债务催收方式和手段")),
]

# Why it happened, as the decision finds it; the quality team groups by these.
ROOT_CAUSES: Labels = [
    ("staff_conduct", _("人员行为")),
    ("staff_knowledge", _("人员业务能力")),
    ("process", _("流程缺陷")),
    ("product", _("产品设计")),
    ("disclosure", _("信息披露不足")),
    ("system", _("系统故障或数据错误")),
    ("third_party", _("合作机构")),
    ("customer_misunderstanding", _("客户理解偏差")),
    ("not_established", _("诉求不成立")),
    ("other", pgettext_lazy("root cause", "其他")),
]
