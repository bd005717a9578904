"""What may be kept of what people type into a chat (secrets never, personal data only under lock).

Secrets (password, one-time code, card security code) are taken out before anything is stored. Personal data
of the visitor (ID number, bank card, phone, e-mail and postal address) is masked in what everybody reads,
and the words as typed are kept encrypted beside it, to be revealed one at a time with a reason.
"""

import re
from dataclasses import dataclass

from helpdesk.core.masking import mask_text

GONE = "******"
_VALUE = r"(?P<value>[A-Za-z0-9@#$%^&*!_.\-]{4,32})"
_IS = r"\s*(?:是|为|就是|:|：|=|is|was)?\s*[\"'“”「]?"
# The word that names a secret, and then something that can be one: not a length ("密码 8 位"), not a year.
_PASSWORD = re.compile(
    rf"(?P<name>(?:登录|支付|交易|查询|取款|银行卡)?密码|口令|password|passwd|pwd){_IS}{_VALUE}"
    r"(?!\s*(?:位|个|天|元|块|点|次|分钟))",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?P<name>(?:短信|手机|动态|校验)?验证码|校验码|动态码|動態碼|驗證碼"
    r"|otp|verification code|one[- ]time code)"
    rf"{_IS}(?P<value>\d{{4,8}})(?!\d|\s*(?:位|个|元|条|次))",
    re.IGNORECASE,
)
_CODE_BEFORE = re.compile(
    r"(?<!\d)(?P<value>\d{4,8})\s*(?:是|就是|为)\s*(?:我的|收到的|短信)?(?P<name>验证码|校验码|動態碼|驗證碼)"
)
_CVV = re.compile(
    rf"(?P<name>cvv2?|cvc2?|安全码|安全碼|卡背面(?:后|後|的)?(?:三|3)位(?:数|數)?){_IS}(?P<value>\d{{3,4}})(?!\d)",
    re.IGNORECASE,
)
_SECRETS = (_PASSWORD, _CODE, _CODE_BEFORE, _CVV)
_HAS_DATA = re.compile(r"\d|@|[号號弄栋棟幢座]")


@dataclass(frozen=True)
class Screened:
    text: str  # for everybody
    sealed: str = ""  # as typed, without secrets; only if something is masked in ``text``
    secret: bool = False  # something was taken out for good


def screen(text: str, *, mask: bool) -> Screened:
    """``mask`` is for the visitor's words; what staff write is meant to be read."""
    if not _HAS_DATA.search(text) and not _PASSWORD.search(text):
        return Screened(text)
    kept = text
    for pattern in _SECRETS:
        kept = pattern.sub(_without_value, kept)
    shown = mask_text(kept) if mask else kept
    return Screened(shown, kept if shown != kept else "", kept != text)


def _without_value(match: re.Match[str]) -> str:
    start, end = match.span("value")
    whole = match[0]
    return whole[: start - match.start()] + GONE + whole[end - match.start() :]
