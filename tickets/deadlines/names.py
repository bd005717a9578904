"""What the delivered rules of the mainland are called, in the reader's language.

A pack is a text with one name; names that an administrator writes stay as written, in the reader's script.
"""

from django.utils.translation import pgettext_lazy

from helpdesk.core.templatetags.ui import script

NAMES = {
    "中国人民银行金融消费者权益保护实施办法": pgettext_lazy("rule", "中国人民银行金融消费者权益保护实施办法"),
    "个人信息保护法（个人行使权利的请求）": pgettext_lazy("rule", "个人信息保护法（个人行使权利的请求）"),
    "征信业管理条例第二十五条": pgettext_lazy("rule", "征信业管理条例第二十五条"),
    "本机构服务时限": pgettext_lazy("rule", "本机构服务时限"),
    "银行业保险业消费投诉处理管理办法": pgettext_lazy("rule", "银行业保险业消费投诉处理管理办法"),
    "作出处理决定": pgettext_lazy("rule", "作出处理决定"),
    "作出处理决定（情况复杂）": pgettext_lazy("rule", "作出处理决定（情况复杂）"),
    "作出处理决定（特别复杂，经批准延长）": pgettext_lazy("rule", "作出处理决定（特别复杂，经批准延长）"),
    "作出核查决定": pgettext_lazy("rule", "作出核查决定"),
    "合作机构办结协查": pgettext_lazy("rule", "合作机构办结协查"),
    "外部鉴定、检测或评估期间": pgettext_lazy("rule", "外部鉴定、检测或评估期间"),
    "客户书面要求暂缓": pgettext_lazy("rule", "客户书面要求暂缓"),
    "提出新的事实和理由，自收到新材料之日": pgettext_lazy("rule", "提出新的事实和理由，自收到新材料之日"),
    "核查并书面答复异议": pgettext_lazy("rule", "核查并书面答复异议"),
    "答复": pgettext_lazy("rule", "答复"),
    "答复个人信息请求": pgettext_lazy("rule", "答复个人信息请求"),
    "答复监管转办的投诉": pgettext_lazy("rule", "答复监管转办的投诉"),
    "答复监管转办的投诉（经批准延长）": pgettext_lazy("rule", "答复监管转办的投诉（经批准延长）"),
    "调解期间": pgettext_lazy("rule", "调解期间"),
    "首次联系客户": pgettext_lazy("rule", "首次联系客户"),
}


def called(name: str) -> str:
    return script(str(NAMES.get(name, name)))
