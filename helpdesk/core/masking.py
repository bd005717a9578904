"""Personal data is masked here, and only here: ID numbers, bank cards, phones, e-mail, names, addresses.

Check digits decide what is an ID number (GB 11643, ISO 7064 MOD 11-2) or a card (Luhn), so that an
order number of the same length is left alone.
"""

import re

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_ID = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
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
    rf"(?:{_STREET} ?|{_ESTATE} ?{_NO_DAY}){_N} ?(?:号楼|號樓|号|號|弄|栋|棟|幢|座)(?!线|線)"
    r"(?:[\dA-Za-z一二三四五六七八九十百-]{1,8}(?:号|號|栋|棟|幢|座|楼|樓|层|層|单元|單元|室|房)?){0,6}"
)
_PLACES = 20  # characters before it that may name the places: 北京市朝阳区建国
_HAN = re.compile(r"[\u4e00-\u9fff]*\Z")
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

    def digits(match: re.Match[str]) -> str:
        found = re.sub(r"[ -]", "", match[0])
        return mask_number(found, 0, 4) if is_card_number(found) else match[0]

    text = _ID.sub(lambda m: mask_number(m[0], 4, 2) if is_id_number(m[0]) else m[0], text)
    text = _PHONE.sub(lambda m: mask_phone(m[0]), text)
    text = _CARD.sub(digits, text)
    text = _CARD_SAID.sub(lambda m: m["said"] + mask_number(re.sub(r"[ -]", "", m["number"]), 0, 4), text)
    text = _EMAIL.sub(lambda m: mask_email(m[0]), text)
    return _without_addresses(text)


def _without_addresses(text: str, *, places: bool = False) -> str:
    """Each address becomes ``***``; with ``places`` all the words before it go as well."""
    kept, end = [], 0
    for match in _HOUSE.finditer(text):
        before = text[max(end, match.start() - _PLACES) : match.start()]
        named = (_HAN.search(before) or match)[0]
        if not places and (lives := _LIVES.match(named)):
            named = named[lives.end() :]
        kept += [text[end : match.start() - len(named)], "***"]
        end = match.end()
    return "".join([*kept, text[end:]])


def anonymise(text: str) -> str:
    """For a log that no one answers: what ``mask_text`` masks goes altogether, as do names, addresses
    and any number as long as a phone's. Rather one word too many than a person in the log."""
    text = _ID.sub("***", text)
    text = _EMAIL.sub("***", text)
    text = _without_addresses(text, places=True)
    text = _LONG_NUMBER.sub("***", text)
    text = _NAME.sub(lambda m: f"{m['said']}{m['name'][:1]}**", text)
    return _TITLED.sub(lambda m: f"{m['name']}**{m['title']}", text)
