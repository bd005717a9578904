"""The red flags and how urgent each is: P0 at once, P1 the same day, P2 in the case, P3 for notice."""

from typing import Literal, TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Level: TypeAlias = Literal["P0", "P1", "P2", "P3"]

NAMES: dict[str, Promise] = {
    "RF01": _("夜间催收"),
    "RF02": _("高频拨打"),
    "RF03": _("联系无关第三人"),
    "RF04": _("威胁、恐吓或侮辱"),
    "RF05": _("冒充公检法或伪造文书"),
    "RF06": _("公开或泄露信息"),
    "RF07": _("上门催收"),
    "RF08": _("要求停止联系"),
    "RF09": _("到账不足、先扣费用"),
    "RF10": _("息费偏高或不透明"),
    "RF11": _("征信记录有争议"),
    "RF12": _("冒名借款、被骗或盗刷"),
    "RF13": _("自伤或轻生风险"),
    "RF14": _("要找监管、媒体或法院"),
    "RF15": _("需要照顾的人群"),
    "RF16": _("个人信息请求"),
    "RF17": _("久拖不办、推诿"),
    "RF18": _("疑似代理维权"),
    "RF19": _("自动拒绝、要求人工复核"),
}

LEVELS: dict[str, Level] = {
    "RF01": "P1",
    "RF02": "P1",
    "RF03": "P1",
    "RF04": "P1",
    "RF05": "P1",
    "RF06": "P1",
    "RF07": "P2",
    "RF08": "P1",
    "RF09": "P2",
    "RF10": "P2",
    "RF11": "P2",
    "RF12": "P0",
    "RF13": "P0",
    "RF14": "P1",
    "RF15": "P2",
    "RF16": "P2",
    "RF17": "P1",
    "RF18": "P3",
    "RF19": "P2",
}
