"""Personal data is masked here, and only here: ID numbers, bank cards, phones, e-mail, names, addresses.

Check digits decide what is an ID number (GB 11643, ISO 7064 MOD 11-2) or a card (Luhn), so that an
order number of the same length is left alone. Full-width digits are read as plain ones.
"""

import re
from collections.abc import Callable

from helpdesk.core.folding import plain
from helpdesk.core.passwords import GONE, without_secrets

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_ID = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_ID_APART = re.compile(  # in groups: area, day of birth, the rest; or by fours
    r"(?<![0-9A-Za-z])(?:\d{6}[ -]?\d{4}[ -]?\d\d[ -]?\d\d[ -]?\d{3}[ -]?[\dXx]|(?:\d{4}[ -]){4}\d[\dXx])"
    r"(?![0-9A-Za-z])"
)
# Until 1999: no check digit, but a province, and a day of birth that a number seldom shows by chance.
_BORN = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID_OLD = re.compile(
    rf"(?<![0-9A-Za-z])(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|[78]1|8[23])(?!00)\d{{4}}\d\d{_BORN}\d{{3}}"
    r"(?![0-9A-Za-z])"
)
_OTHER_NUMBER = re.compile(
    r"(?:单号|單號|订单|訂單|编号|編號|合同|流水|凭证|憑證|运单|運單|工单|工單)[^\d\n]{0,8}\Z"
)
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_CARD_WHOLE = re.compile(r"(?<!\d)\d{13,19}(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_ABROAD = re.compile(  # Hong Kong, Macau, Taiwan; without a plus it may be any number
    r"(?<!\d)\(?(?:\+|00)(?:85[23]\)?[ -]?\d{4}[ -]?\d{4}|886\)?[ -]?\d{1,3}[ -]?\d{3,4}[ -]?\d{3,4})(?!\d)"
)
_LANDLINE = re.compile(  # the area code stands apart; without that it may be any number
    r"(?<![\d.,-])(?:\(0(?:10|2\d|[3-9]\d\d)\) ?|0(?:10|2\d|[3-9]\d\d)[ -])[2-9]\d{2,3}[ -]?\d{4}"
    r"(?![\d-]|[.,]\d)"
)
# Starts only where a name can start, and is bounded: a long run of letters costs no more than its length.
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})@([\w-]{1,63}(?:\.[\w-]{1,63})+)", re.ASCII)

# What no question to a help centre needs: any number as long as a phone's, spelled out or in digits.
_LONG_NUMBER = re.compile(r"\+?\d(?:[ -]{0,2}\d){6,39}|[零〇一二三四五六七八九幺]{7,40}")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任"
    "卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向汤"
    "張劉陳楊黃趙吳孫馬羅鄭謝許韓鄧馮肖蕭蔣葉蘇呂盧鍾譚陸韋賈鄒尹閻龍賀顧龔萬錢嚴湯"
)
_SAID = (
    "我叫|我的名字[是叫]|名字[是叫]|姓名[是为為]?[:： ]?|[户戶]名[是为為]?[:： ]?|[联聯][系繫]人[是为為:：]"
)
_NAME = re.compile(rf"(?P<said>{_SAID})(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})")
_TITLED = re.compile(rf"(?P<name>[{_SURNAMES}])[\u4e00-\u9fff]{{1,2}}(?P<title>先生|女士|小姐)")
# A street, village or estate, with a house number after it and all that follows it. "15号" after a village
# is rather a day, and 知道15号 or 5号线 are no addresses.
_N = r"[\d一二三四五六七八九十百]{1,6}"
_STREET = r"(?:(?<![线線网網思套])路|(?<!逛)街|(?<![知渠通报報频頻轨軌味难難])道|巷|弄|胡同)"
_ESTATE = r"(?:村|小区|小區|花园|花園|新城|公寓)"
_NO_DAY = r"(?!(?:[12]?\d|3[01]) ?[号號](?![楼樓院\d]))"
_HOUSE = re.compile(
    rf"(?:{_STREET} ?|{_ESTATE} ?{_NO_DAY}){_N} ?(?:号楼|號樓|[号號]院(?![长長])|号|號|弄|栋|棟|幢|座)"
    r"(?!线|線)(?:[\dA-Za-z一二三四五六七八九十百-]{1,8}"
    r"(?:号楼|號樓|号院|號院|号|號|栋|棟|幢|座|楼|樓|层|層|单元|單元|室|房)?){0,6}"
)
_PLACES = 20  # characters before it that may name the places: 北京市朝阳区建国
_HAN = re.compile(r"[\u4e00-\u9fff]*\Z")
# Of them only what can be the names of places: what was said before them is not theirs.
_AREA = r"(?:省|市|区|區|县|縣|镇|鎮|乡|鄉|村|州|旗|街道)"
_H = r"[\u4e00-\u9fff]"
_NAMES = re.compile(rf"(?:{_H}{{2,4}}?{_AREA}(?:{_H}{{2,6}}?{_AREA})*)?{_H}{{0,4}}\Z")
# What may stand before the places.
_LIVES = re.compile(r".*(?:住在|住址[是为為]?|地址[是为為]?|[住在到至往寄])")
# Whoever names it means a card, also with a digit wrong.
_CARD_NAMES = "银行卡|銀行卡|储蓄卡|儲蓄卡|借记卡|借記卡|信用卡|卡号|卡號"
_CARD_SAID = re.compile(rf"(?P<said>(?:{_CARD_NAMES})[^\d\n]{{0,8}})(?P<number>\d(?:[ -]?\d){{12,18}})(?!\d)")


def is_id_number(text: str) -> bool:
    """True for an 18-character resident identity number whose check character is right."""
    if not re.fullmatch(r"\d{17}[\dXx]", text, re.ASCII):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == text[-1].upper()


def is_card_number(text: str) -> bool:
    """True for 13 to 19 digits that pass the Luhn check."""
    digits = [int(char) for char in text if char.isdecimal()]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = (d * 2 - 9 if d > 4 else d * 2 for d in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def mask_number(text: str, head: int, tail: int) -> str:
    """Keeps ``head`` and ``tail`` characters; the middle becomes asterisks, one each."""
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def mask_phone(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)[-11:]
    return mask_number(digits, 3, 2) if len(digits) >= 7 else "*" * len(digits)


def mask_email(email: str) -> str:
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"


def mask_name(name: str) -> str:
    """王小明 → 王**: enough to tell two people apart on a screen."""
    name = name.strip()
    return name[:1] + "**" if name else ""


def mask_contact(contact: str) -> str:
    if "@" in contact:
        return mask_email(contact)
    return mask_phone(contact) or ("***" if contact else "")


def mask_text(text: str) -> str:
    """Masks every ID number, bank card, phone number, e-mail and postal address inside free text."""
    for pattern, masked in _RULES:
        text = _replaced(text, pattern, masked)
    return _without_addresses(text)


Masked = Callable[[re.Match[str]], str | None]  # None: this is something else, and stays


def _replaced(text: str, pattern: re.Pattern[str], masked: Masked) -> str:
    """Matches are looked for in the folded text; what is not masked stays as it was typed."""
    kept, end = [], 0
    part = "number" if "number" in pattern.groupindex else 0
    for match in pattern.finditer(plain(text)):
        if (shown := masked(match)) is not None:
            start, stop = match.span(part)
            kept += [text[end:start], shown]
            end = stop
    return "".join([*kept, text[end:]])


def _digits(text: str) -> str:
    return re.sub(r"[^\dXx]", "", text)


def _id(match: re.Match[str]) -> str | None:
    number = _digits(match[0])
    return mask_number(number, 4, 2) if is_id_number(number) else None


def _old_id(match: re.Match[str]) -> str | None:
    other = _OTHER_NUMBER.search(match.string[max(0, match.start() - 12) : match.start()])
    return None if other else mask_number(match[0], 4, 2)


def _card(match: re.Match[str]) -> str | None:
    number = _digits(match[0])
    return mask_number(number, 0, 4) if is_card_number(number) else None


def _landline(match: re.Match[str]) -> str:
    return mask_number(_digits(match[0]), 3, 2)


# In this order: a phone number is not looked for in a number that is masked already.
_RULES: tuple[tuple[re.Pattern[str], Masked], ...] = (
    (_ID, _id),
    (_ID_APART, _id),
    (_PHONE, lambda m: mask_phone(m[0])),
    (_ABROAD, lambda m: mask_phone(m[0])),
    (_LANDLINE, _landline),
    (_CARD_WHOLE, _card),
    (_CARD, _card),
    (_ID_OLD, _old_id),
    (_CARD_SAID, lambda m: mask_number(_digits(m["number"]), 0, 4)),
    (_EMAIL, lambda m: mask_email(m[0])),
)


def _without_addresses(text: str, *, places: bool = False) -> str:
    """Each address becomes ``***``; with ``places`` all the words before it go as well."""
    kept, end = [], 0
    for match in _HOUSE.finditer(plain(text)):
        before = text[max(end, match.start() - _PLACES) : match.start()]
        named = (_HAN.search(before) or match)[0]
        if not places:
            if lives := _LIVES.match(named):
                named = named[lives.end() :]
            named = (_NAMES.search(named) or match)[0]
        kept += [text[end : match.start() - len(named)], "***"]
        end = match.end()
    return "".join([*kept, text[end:]])


def anonymise(text: str) -> str:
    """For a log that no one answers: what ``mask_text`` masks goes altogether, as do secrets, names,
    addresses and any number as long as a phone's. Rather one word too many than a person in the log."""
    text = without_secrets(text).replace(GONE, "***")
    for pattern in (_ID, _ID_APART, _EMAIL):
        text = _replaced(text, pattern, lambda _: "***")
    text = _without_addresses(text, places=True)
    text = _replaced(text, _LONG_NUMBER, lambda _: "***")
    text = _NAME.sub(lambda m: f"{m['said']}{m['name'][:1]}**", text)
    return _TITLED.sub(lambda m: f"{m['name']}**{m['title']}", text)
