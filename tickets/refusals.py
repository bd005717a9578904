"""Why an e-mail did not arrive, in words: from the codes of RFC 3463 and 5321 in what a server said."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ENHANCED = re.compile(r"(?<![\d.])[45]\.(\d{1,3}\.\d{1,3})(?![\d.])")
BASIC = re.compile(r"(?<![\d.])[45]\d\d(?![\d.])")
NO_ADDRESS, FULL, TOO_BIG = _("收件地址不存在"), _("收件邮箱已满"), _("邮件太大，对方不收")
REFUSED, LATER = _("对方的邮件服务器拒收"), _("对方的邮件服务器暂时不收")
UNREACHABLE = _("连不上邮件服务器")
OTHER = _("邮件没有发出")
BY_STATUS: dict[str, Promise] = {
    "1.1": NO_ADDRESS,
    "1.2": _("收件地址的域名不存在"),
    "1.3": _("收件地址写错了"),
    "1.10": NO_ADDRESS,
    "2.1": _("收件邮箱已停用"),
    "2.2": FULL,
    "2.3": TOO_BIG,
    "3.4": TOO_BIG,
    "4.1": UNREACHABLE,
    "7.1": REFUSED,
}
BY_REPLY: dict[str, Promise] = {
    "421": LATER,
    "450": LATER,
    "451": LATER,
    "452": LATER,
    "535": _("本单位的邮箱登录失败，请告诉管理员"),
    "550": REFUSED,
    "551": NO_ADDRESS,
    "552": FULL,
    "553": _("收件地址写错了"),
    "554": REFUSED,
}
BY_ERROR: dict[str, Promise] = {
    "Bounced": _("对方的邮件服务器退回了邮件"),
    "NoAddress": _("这件工单没有可以发邮件的地址"),
    "SMTPServerDisconnected": UNREACHABLE,
    "SMTPConnectError": UNREACHABLE,
    "ConnectionRefusedError": UNREACHABLE,
    "TimeoutError": UNREACHABLE,
    "gaierror": UNREACHABLE,
}


def why_refused(error: str) -> str:
    """``error`` is what ``Delivery.error`` keeps: the name of the error and what the server said."""
    for said in ENHANCED.findall(error):
        if said in BY_STATUS:
            return str(BY_STATUS[said])
    for said in BASIC.findall(error):
        if said in BY_REPLY:
            return str(BY_REPLY[said])
    return str(BY_ERROR.get(error.partition(":")[0], OTHER))
