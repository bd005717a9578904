"""How a narrative is read before and after the patterns: one plain spelling, and who says what about what."""

import re
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC

from tickets.redflags.english import DENIED

ENDS = "\n。!?;"


@dataclass(frozen=True)
class Text:
    """``plain`` has exactly one character for each of the original, so positions hold in both."""

    plain: str


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def read(text: str) -> Text:
    """Half-width, lower-case, Simplified; every character keeps its place."""
    half = "".join(_plain(character) for character in text)
    simplified = _to_simplified().convert(half)
    return Text(simplified if len(simplified) == len(text) else half)


def _plain(character: str) -> str:
    code = ord(character)
    if 0xFF01 <= code <= 0xFF5E:
        character = chr(code - 0xFEE0)
    elif code == 0x3000:
        character = " "
    lower = character.lower()
    return lower if len(lower) == 1 else character


# A negation right before the match: 没有骂我, 从没威胁过, 不是半夜打的; not 是不是, 有没有, 不但, 不停.
NEGATED = re.compile(
    r"(?<![是有要能会])(?:没有?|从没有?|从未|并未|并没有?|未曾|未|不曾|不存在|并非|(?<!是)不是|不会|没人|无人|未被|没被|没有被|不至于|谈不上|算不上)"
    r"(?:再|人|过|在|对我|给我|跟我|向我|有|任何|什么|一次|想|想过|想要|要|打算|出现|发生|遇到|受到|收到|被|说|用|来|那种|一句|所谓的?|客服|你们|催收员?|他们|她|他)*$"
)
# Flags whose own words are negations: 没借过, 没人管, 不要再打, 不想活.
SELF_NEGATED = {"RF08", "RF11", "RF17", "RF16"}
# A code or a transaction's message in the night is not a call for money.
NOT_COLLECTING = re.compile("验证码|登录提醒|消费提醒|入账|扣款成功|转账成功")
# 改手机号必须…, 注销账号却要…: a grievance about the way there, not the request itself.
OBSTRUCTED = re.compile(
    "^[^\n。!?;]{0,8}(?:却|必须|非要|非得|还要|要求(?:我|本人)|要拍|要写|要等|不让|不给|死活|得先|只能|停用|已经停|的申请被|了?半年|才肯|才给)"
)
# What the desk, an announcement or a news story says is not what happened to the customer.
SPEAKER = re.compile(
    r"(?:^|[\n。!?;,，\s])(?:\[?\d{1,2}:\d{2}(?::\d{2})?\]?\s*)?【?(?:(?P<staff>(?:人工|在线)?客服(?:专员|\d+)?|坐席|座席|机器人|系统|工作人员|工号\d+)|客户|用户|我|本人)】?\s*[:：]"
)
STAFF_VOICE = re.compile(
    r"温馨提示|友情提示|安全提示|防诈提醒|感谢您的(?:来电|支持|理解|反馈)|为您服务|(?:^|[,，])尊敬的(?:客户|用户)|请您(?:放心|知悉|注意|提供|谨防|警惕|妥善)|我(?:行|司|公司|们)(?:不会|绝不|从不|承诺|郑重|严禁|提醒|再次提醒|已(?:经)?对您)|(?:提醒|请)(?:您|广大客户).{0,8}(?:谨防|警惕|注意|切勿|勿|不要)|如(?:您)?(?:遇|有|需|果您)"
)
HEARSAY = re.compile(
    r"(?:(?:合同|条款|协议)[^\n。!?;]{0,6}写|公告|提示|规定|条例|法规|(?<![没有么想个])办法|新闻(?:里|上|说|报道)?|报道|文章|网上(?:看|说|有人|都说|看到)?|听说|听人说|听别人说|看到别人|据说|电视|小说|电影|短视频里|视频里|政策|培训|教程|帖子|指引|宣传(?:册|栏|页|语)|标语|海报|问卷|帮助中心|常见问题)[^\n。!?;]{0,26}$"
)
# What the other side says it will do (起诉你, 找律师) is no step of the customer's.
THEY_SAY = re.compile(
    r"(?:短信|对方|催收(?:员|的)?|他们?|她们?|那人|电话里|律所|来函)[^\n。!?;]{0,8}(?:说|称|写|讲|威胁|扬言)[^\n。!?;]{0,30}$"
)
HEARSAY_FLAGS = {f"RF{n:02d}" for n in (1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 18)}
# A question about what might happen reports nothing.
WONDERS = re.compile(
    r"会不会|是否会|会[^\n。!?;,，]{1,14}(?:吗|么|不)(?:\?|$|,|，)|(?:如果|假如|要是|万一|假设|倘若)[^\n。!?;]{0,30}(?:吗|怎么办|会怎|呢|怎么样|后果|咋办|么)|有没有可能|允许[^\n。!?;]{0,10}吗|可以[^\n。!?;]{0,14}吗|能不能[^\n。!?;]{0,10}(?:上门|打给)"
)
HAPPENED = re.compile(
    r"昨|今天|前天|刚才|刚刚|已经|上周|这几天|最近|一直|天天|每天|昨晚|前几天|上个月|连续|又"
)
WONDER_FLAGS = {f"RF{n:02d}" for n in (1, 2, 3, 4, 5, 6, 7, 11, 15)}


def speaks(shown: Text, code: str, start: int, end: int) -> bool:
    """Whether the words from ``start`` to ``end`` tell of the customer's own matter."""
    plain = shown.plain
    first = max(plain.rfind(mark, 0, start) for mark in ENDS) + 1
    sentence = plain[first : _end(plain, end) + 1]
    before = plain[first:start]
    line = plain[plain.rfind("\n", 0, start) + 1 : start + 1]
    if _by_staff(line) or STAFF_VOICE.search(sentence):
        return False
    clause = re.split(r"[,，、:：]", before)[-1]
    if code not in SELF_NEGATED and (NEGATED.search(clause) or DENIED.search(clause)):
        return False
    if _tells_another_matter(plain, code, before, start, end):
        return False
    return not (code in WONDER_FLAGS and WONDERS.search(sentence) and not HAPPENED.search(sentence))


def _tells_another_matter(plain: str, code: str, before: str, start: int, end: int) -> bool:
    match code:
        case "RF01" if NOT_COLLECTING.search(re.split("[,，]", plain[start : end + 12])[0]):
            return True
        case "RF16" if OBSTRUCTED.search(plain[end:]):
            return True
        case "RF14" if THEY_SAY.search(before):
            return True
    return code in HEARSAY_FLAGS and bool(HEARSAY.search(before))


def _by_staff(line: str) -> bool:
    """In a transcript: whether the last speaker named before the words is of the desk."""
    turns = list(SPEAKER.finditer(line))
    return bool(turns and turns[-1]["staff"])


def _end(plain: str, end: int) -> int:
    ends = [at for mark in ENDS if (at := plain.find(mark, max(end - 1, 0))) >= 0]
    return min(ends, default=len(plain))
