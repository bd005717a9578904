"""Secrets that people type where they should not: passwords, codes sent to them, of cards and of cases.

They are taken out before anything is stored. Only what follows a word that names a secret is one; a tracking
code is known by its own form.
"""

import re

from helpdesk.core.folding import plain

GONE = "******"
_VALUE = r"(?P<value>[A-Za-z0-9@#$%^&*!_.\-]{4,32})"
_IS = r"\s*(?:是|为|為|就是|(?:改|换|換|设|設)(?:成|为|為)|收到(?:了|的是)?|:|：|=|is|was)?\s*[\"'“”「]?"
_NOT_LENGTH = r"(?!\s*(?:位|个|個|天|元|块|塊|点|點|次|条|條|分钟|分鐘))"
# The word that names a secret, and then something that can be one: not a length ("密码 8 位"), not a year.
_PASSWORD = re.compile(
    rf"(?P<name>(?:[登查][录錄入询詢]|支付|交易|取款|[银銀]行卡)?密[码碼]|口令|pin[码碼]){_IS}{_VALUE}{_NOT_LENGTH}",
    re.IGNORECASE,
)
# In English a word may follow that is none ("password reset", "the password is wrong"): what stands after a
# bare name has a digit or a sign.
_NO_VALUE = (
    r"(?:wrong|incorrect|invalid|expired|correct|right|required|locked|blocked|lost|gone|stolen|rejected|refused"
    r"|weak|never|always|still|being|this|that)\b"
)
_ENGLISH = re.compile(
    r"(?P<name>(?<![a-z])(?:password|passcode|passwd|pwd|pin(?: code)?))"
    rf"(?:\s*(?:是|为|為|is|was|:|：|=)\s*[\"'“”]?(?!{_NO_VALUE})|\s*[\"'“”]?(?=[a-z]*[\d@#$%^&*!_]))"
    rf"{_VALUE}{_NOT_LENGTH}(?!\s*(?:characters|digits|letters|times|days|minutes))",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"(?P<name>(?:[短简簡][信讯訊]|手[机機]|[动動][态態]|校[验驗])?[验驗][证證][码碼]|校[验驗][码碼]|[动動][态態][码碼]"
    r"|otp(?: code)?|sms code|login code|verification code|one[- ]time code)"
    rf"{_IS}(?P<value>\d{{4,8}})(?!\d){_NOT_LENGTH}",
    re.IGNORECASE,
)
_CODE_BEFORE = re.compile(
    r"(?<!\d)(?P<value>\d{4,8})\s*(?:是|就是|为|為)\s*(?:我的|收到的|短信|[简簡][讯訊])?"
    r"(?P<name>[验驗][证證][码碼]|校[验驗][码碼]|[动動][态態][码碼])"
)
_CVV = re.compile(
    rf"(?P<name>cvv2?|cvc2?|安全[码碼]|卡背面(?:后|後|的)?(?:三|3)位(?:数|數)?){_IS}(?P<value>\d{{3,4}})(?!\d)",
    re.IGNORECASE,
)
# The tracking code of a case (tickets/numbers.py): seven groups of four in Crockford's base 32, and I, L, O,
# which are read as digits. Apart by dashes, also where an e-mail broke the line and quoted it; by spaces, or
# not at all, only where one of its digits is right beside a letter: an order number is no code, nor are seven
# short words, nor "paid 5000 into this loan last week".
_FOUR = r"[0-9A-TV-Z]{4}"
_MIXED = r"(?:[0-9A-TV-Z] ?){0,26}(?:\d[A-TV-Z]|[A-TV-Z]\d)"
_TRACKING = re.compile(
    rf"(?<![0-9A-Z])(?P<value>(?:{_FOUR}[\s>]*-[\s>]*){{6}}{_FOUR}"
    rf"|(?={_MIXED})(?:{_FOUR} ?){{6}}{_FOUR})(?![0-9A-Z])",
    re.IGNORECASE,
)
_SECRETS = (_TRACKING, _PASSWORD, _ENGLISH, _CODE, _CODE_BEFORE, _CVV)


def without_secrets(text: str) -> str:
    """The text with ``GONE`` in the place of every secret; all else stays as it was typed."""
    for pattern in _SECRETS:
        kept, end = [], 0
        for match in pattern.finditer(plain(text)):
            start, stop = match.span("value")
            kept += [text[end:start], GONE]
            end = stop
        text = "".join([*kept, text[end:]])
    return text
