"""What the bot says to a visitor: decided from what was said so far and from the knowledge base alone.

It answers what it is sure of, asks once between near answers, and otherwise gives the conversation to
people. It takes no side: whatever is about law or about whether a debt is owed goes to people at once.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.corrections import edits_of, words_of_visitor
from chat.lines import file_names
from chat.models import Message
from chat.states import Handover
from faq.queries import Hit, search_articles
from faq.search.confidence import THRESHOLD
from faq.search.normalise import fold
from helpdesk.core import clock
from helpdesk.core.templatetags.ui import script
from tickets.redflags import NAMES, RedFlag, find

Search = Callable[[str, int], list[Hit]]
NEAR = 0.25  # less sure than this, an article is not offered as what the visitor may mean
CLOSE = 0.08  # two answers above the threshold that differ by less are asked about
CHOICES = 3
ASKED = 200  # characters of a message that are searched for
AT_ONCE = ("P0", "P1")  # flags of these levels go to people whatever the knowledge base knows
FRAUD, SELF_HARM = "RF12", "RF13"
THIRD = 3  # from this message on anger alone is enough

_PERSON = r"(person|human|agent|someone|somebody|representative|operator|advis[eo]r)"
WANTS_PERSON = re.compile(
    r"^\s*(人工|真人|人工服务|转人工服务?)\s*[!！。.~]*\s*$"
    r"|(转|找|要|接|叫|换).{0,3}(人工|真人|活人|坐席|座席|客服)|(人工|真人)(客服|坐席|座席|服务)"
    r"|(不要|别).{0,3}(机器人|智能)"
    r"|\b(speak|talk|chat|(connect|transfer|pass|put) me( through)?|get me)( (to|with))?"
    rf"( (a|an|the|real|live|human))* {_PERSON}\b"
    rf"|\b(real|live|human) {_PERSON}\b"
    rf"|^\s*(an? )?({_PERSON}|customer service)( please)?\s*[.!]*\s*$",
    re.IGNORECASE,
)
NOT_PERSON = re.compile(r"人工(审核|复核|智能)")
ANGRY = re.compile(
    r"!{2,}|垃圾|骗子|废物|滚|傻|气死|混蛋|无耻|黑心|坑人|坑爹|忽悠|敷衍|踢皮球|糊弄|什么破|有病"
    r"|投诉你们|没(人|有人)管|答非所问|听不懂|看不懂人话|烦死|受够|scam|useless|stupid|ridiculous",
    re.IGNORECASE,
)
DISPUTE = re.compile(
    r"违法|犯法|不合法|非法|起诉|告你|告他|法院见|打官司|仲裁|律师函?|高利贷|无效合同|不用还|不该还|不欠|凭什么(要|让|收|扣|还)"
    r"|illegal|unlawful|sue you|lawyer|lawsuit",
    re.IGNORECASE,
)
HELLO = re.compile(
    r"^\s*(您?你?好|在吗|在么|有人吗|嗨|哈喽|hi|hello|早上好|下午好|晚上好)[啊呀吗!！。.?？~\s]*$",
    re.IGNORECASE,
)
THANKS = re.compile(
    r"^\s*(解决了|好的?|谢谢您?|多谢|感谢|明白了|知道了|ok|thanks|thank you|solved)"
    r"[啊呀了!！。.~，,\s]*(谢谢您?)?[!！。.\s]*$",
    re.IGNORECASE,
)
# What whoever takes a gravest matter does first. The desk's own rule, shown to staff only.
SCRIPTS = {
    FRAUD: gettext_lazy(
        "处置步骤：一、确认是否正在转账或刚转账，请对方立即停止并拨打 110；"
        "二、马上冻结账户、挂失并暂停该笔催收；"
        "三、记录时间、金额、收款方和联系方式，不要索要密码或验证码；四、登记工单，标为重大，通知主管跟进到结案。"
    ),
    SELF_HARM: gettext_lazy(
        "处置步骤：一、先稳住情绪，不谈债务、不争对错、不要挂断或结束对话；"
        "二、问清是否安全、身边有没有人，请同事同时拨打 110 或 120；"
        "三、立即暂停对此人的一切催收联系；四、登记工单，标为重大，由主管当天回访。"
    ),
}


@dataclass(frozen=True)
class Reply:
    """One message of the bot; with ``handover`` people take over after it."""

    text: str
    data: dict[str, Any] = field(default_factory=dict)
    handover: Handover | None = None
    flags: tuple[RedFlag, ...] = ()

    @property
    def urgent(self) -> bool:
        """As in the queue: before all others, to a supervisor first."""
        return any(flag.level in AT_ONCE for flag in self.flags)


def person() -> str:
    """The quick reply that always stands last."""
    return _("转人工")


def solved() -> str:
    return _("解决了")


def greeting() -> Reply:
    text = _("您好，我是智能助手，可以马上回答常见问题。答不上的会转给同事；想直接找人，随时点“转人工”。")
    return Reply(text, {"choices": [person()]})


def unanswered(said: Sequence[Message]) -> list[str]:
    """What the visitor said, or corrected, since the bot's last words."""
    last = max((one.seq for one in said if one.author_kind == Message.Author.BOT), default=0)
    return [one.text for one in words_of_visitor(said) if one.seq > last]


def decide(said: Sequence[Message], search: Search = search_articles) -> Reply:
    """The reply to what the visitor said since the bot's last words; ``said`` is in order of ``seq``."""
    count = sum(one.author_kind == Message.Author.VISITOR for one in said)
    bot = [one for one in said if one.author_kind == Message.Author.BOT]
    last = bot[-1] if bot else None
    new = unanswered(said)
    flags = tuple(find("\n".join(new)))
    if any(flag.level in AT_ONCE for flag in flags):
        return Reply(_for_flags(flags), handover=Handover.RED_FLAG, flags=flags)
    if (why := _reason(new, count)) is not None:
        return Reply(handing_over(why), handover=why, flags=flags)
    reply = _from_articles(new[-1], last, search)
    if flags and reply.data.get("kind") != "answer":  # a question about such a matter may have its answer
        return Reply(_for_flags(flags), handover=Handover.RED_FLAG, flags=flags)
    return reply


def _for_flags(flags: tuple[RedFlag, ...]) -> str:
    codes = {flag.code for flag in flags}
    if SELF_HARM in codes:
        return _(
            "我很担心您的安全，正在马上为您转接负责人，请不要离开。"
            "如果现在有危险，请拨打 110 或 120，也可以请身边的人陪着您。"
        )
    if FRAUD in codes:
        return _(
            "请先不要转账，也不要把验证码告诉任何人；已经转账的，请马上拨打 110。"
            "正在为您转接负责人，您说过的话他都能看到。"
        )
    return _("您说的情况需要同事来处理，正在为您转接。您说过的话他都能看到，不用重复。")


def for_flags_in_queue(flags: Sequence[RedFlag]) -> Reply:
    """To a visitor who waits for people already: the same words for the gravest, and that it goes first."""
    flags = tuple(flags)
    if {flag.code for flag in flags} & {SELF_HARM, FRAUD}:
        return Reply(_for_flags(flags), flags=flags)
    return Reply(_("您说的情况已经标为优先，同事会先看到。您说过的话他都能看到，不用重复。"), flags=flags)


def _reason(new: list[str], count: int) -> Handover | None:
    """Why people must take over whatever the knowledge base knows."""
    text = "\n".join(fold(one) for one in new)
    if _wants_person(new):
        return Handover.ASKED
    if DISPUTE.search(text):
        return Handover.DISPUTE
    if count >= THIRD and ANGRY.search(text):
        return Handover.ANGRY
    return None


def _wants_person(new: list[str]) -> bool:
    return any(
        one.strip() == person() or (WANTS_PERSON.search(fold(one)) and not NOT_PERSON.search(fold(one)))
        for one in new
    )


def handing_over(why: Handover) -> str:
    if why == Handover.DISPUTE:
        return _("这件事要由同事当面核实后答复您，我不作判断。正在为您转接。")
    if why == Handover.ANGRY:
        return _("很抱歉没有帮到您。正在为您转接同事，您说过的话他都能看到，不用重复。")
    if why == Handover.UNANSWERED:
        return _("这个问题我答不上来，正在为您转接同事，您说过的话他都能看到。")
    return _("好的，正在为您转接同事，您说过的话他都能看到，不用重复。")


# --- From the knowledge base --------------------------------------------------------------------


def _from_articles(text: str, last: Message | None, search: Search) -> Reply:
    kind = last.data.get("kind") if last else None
    if HELLO.match(fold(text)):
        return Reply(_("您好，请问想了解什么？可以用一句话告诉我。"), {"choices": [person()]})
    if text.strip() == solved() or THANKS.match(fold(text)):
        thanks = _("不客气。还有问题可以接着问；没有的话，可以点“结束对话”。")
        return Reply(thanks, {"kind": "thanks", "choices": [person()]})
    hits = search(text[:ASKED], CHOICES)
    if hits and (hits[0].confidence >= THRESHOLD and not (_too_close(hits) and kind != "question")):
        return _answer(hits[0])
    near = [hit for hit in hits if hit.confidence >= NEAR]
    if near and kind != "question":
        return _question(near)
    if kind in ("question", "unknown"):  # asked once, or already at a loss: no third try
        return Reply(handing_over(Handover.UNANSWERED), handover=Handover.UNANSWERED)
    lost = _("这个问题我没有把握。可以换个说法再问一次，或者直接转人工。")
    return Reply(lost, {"kind": "unknown", "choices": [person()]})


def _too_close(hits: list[Hit]) -> bool:
    return len(hits) > 1 and hits[0].confidence - hits[1].confidence < CLOSE


def _answer(hit: Hit) -> Reply:
    article = hit.article
    source = {"title": script(article.question), "url": article.get_absolute_url()}
    data = {"kind": "answer", "sources": [source], "choices": [solved(), person()]}
    return Reply(_in_chinese(script(article.summary)), data)


def _question(near: list[Hit]) -> Reply:
    choices = [script(hit.article.question) for hit in near]
    asked = _in_chinese(_("您想问的是哪一个？"))
    return Reply(asked, {"kind": "question", "choices": [*choices, person()]})


def _in_chinese(text: str) -> str:
    """The articles are in Chinese only; whoever reads another language is told before they meet it."""
    if (translation.get_language() or "zh").startswith("zh"):
        return text
    said = _("常见问题的内容目前只有中文。需要的话可以转人工，用您的语言交谈。")
    return f"{said}\n{text}"


# --- The story for whoever takes over ---------------------------------------------------------------


def story_of(said: Sequence[Message], why: Handover) -> str:
    """What was asked and what was answered, for colleagues only."""
    lines = [_("智能助手交接：%(why)s") % {"why": why.label}]
    edits = edits_of(said)
    for one in said:
        text = edits[one.seq].text if one.seq in edits else one.text
        text = text if len(text) <= ASKED else text[:ASKED] + "…"
        if one.author_kind == Message.Author.VISITOR:
            lines.append(_("访客：%(text)s") % {"text": "\n".join(filter(None, [text, *file_names(one)]))})
        elif one.data.get("kind") == "answer":
            title = one.data["sources"][0]["title"]
            lines.append(_("已答：%(text)s（来源：%(title)s）") % {"text": text, "title": title})
        elif one.data.get("kind") == "question":
            lines.append(_("追问：%(choices)s") % {"choices": " / ".join(one.data["choices"][:-1])})
        elif one.data.get("kind") == "unknown":
            lines.append(_("没有答上"))
    return "\n".join(lines)[:5000]


def with_hours(reply: Reply, back: dt.datetime | None) -> Reply:
    """The same when nobody is there: when people are back, if that is planned, and a way to leave word."""
    if back is None:
        said = _("现在没有同事在岗。有人上岗会马上看到这里；您也可以留言，我们登记成工单给您答复。")
    else:
        at = date_format(timezone.localtime(back, clock.business_zone()), "n-j H:i")
        said = _("现在不是上班时间，同事 %(at)s 上班。您可以留言，我们登记成工单给您答复。") % {"at": at}
    data = {**reply.data, "leave_message": True}
    if back is not None:
        data["back_at"] = back.astimezone(dt.UTC).isoformat()
    return replace(reply, text=f"{reply.text}\n{said}", data=data)


def flags_of(flags: Sequence[RedFlag]) -> str:
    """For staff only: what was seen in the visitor's words, and for the gravest what to do now."""
    lines = [
        _("风险信号：%(name)s（%(level)s）“%(words)s”")
        % {"name": NAMES[flag.code], "level": flag.level, "words": "、".join(flag.words)[:ASKED]}
        for flag in flags
    ]
    codes = {flag.code for flag in flags if flag.level == "P0"}
    return "\n".join([*lines, *(str(SCRIPTS[code]) for code in sorted(codes))])


def unanswered_text(said: Sequence[Message]) -> str:
    """The visitor's words that had no answer in the knowledge base."""
    answered = [one.seq for one in said if one.data.get("kind") == "answer"]
    since = answered[-1] if answered else 0
    words = [one.text for one in words_of_visitor(said) if one.seq > since]
    return "\n".join(filter(is_matter, words))[:500]


def is_matter(text: str) -> bool:
    """More than a greeting or the wish for a person."""
    return not HELLO.match(fold(text)) and not _wants_person([text])
