"""What a review looks at: items with their weights, and what the answers come to. No database here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy


class Answer(models.TextChoices):
    YES = "yes", pgettext_lazy("scorecard", "做到")
    NO = "no", pgettext_lazy("scorecard", "没做到")
    NA = "na", pgettext_lazy("scorecard", "不适用")


Answers = Mapping[str, str]  # code of an item → Answer

# The words of the items that come with the product. An item with words of its own says those.
WORDS: dict[str, Promise] = {
    "identity": gettext_lazy("先核对身份，再谈账户里的信息"),
    "contact": gettext_lazy("第一次联系及时；要等的话，说清等到什么时候"),
    "cause": gettext_lazy("问清经过，找到真正的原因"),
    "answer": gettext_lazy("答复完整，客户的每个问题都有着落"),
    "clear": gettext_lazy("说得明白：金额、日期和下一步都写清，不用行话"),
    "red_flags": gettext_lazy("风险信号（轻生、暴力催收、信息泄露、监管投诉）当场上报并按要求处理"),
    "tone": gettext_lazy("尊重、耐心，不推诿"),
    "pressure": gettext_lazy("不施压、不威胁、不误导客户还款或借款"),
    "record": gettext_lazy("记录属实、完整，别人接手能看懂"),
}


@dataclass(frozen=True)
class Item:
    """One line of a scorecard. Where a critical one was not done, the whole review has failed."""

    code: str
    weight: int
    critical: bool = False
    text: str = ""  # empty: the product's own words, in the language of the page

    @property
    def label(self) -> str:
        return self.text or str(WORDS.get(self.code, self.code))


SHIPPED = (
    Item("identity", 10, critical=True),
    Item("contact", 10),
    Item("cause", 15),
    Item("answer", 20),
    Item("clear", 10),
    Item("red_flags", 10, critical=True),
    Item("tone", 10),
    Item("pressure", 10, critical=True),
    Item("record", 5),
)


@dataclass(frozen=True)
class Result:
    """``score``: the weight of what was done ÷ that of what applied; 0 where a critical item was not done."""

    score: float | None  # None: nothing applied
    failed: tuple[str, ...] = ()  # codes of the critical items that were not done
    otherwise: float | None = None  # the score without the critical failures


def result_of(items: Sequence[Item], answers: Answers) -> Result:
    done = sum(item.weight for item in items if answers.get(item.code) == Answer.YES)
    applied = sum(item.weight for item in items if answers.get(item.code) in (Answer.YES, Answer.NO))
    if not applied:
        return Result(None)
    failed = tuple(item.code for item in items if item.critical and answers.get(item.code) == Answer.NO)
    return Result(0.0 if failed else done / applied, failed, done / applied)


def differing(items: Sequence[Item], one: Answers, other: Answers) -> list[Item]:
    return [item for item in items if one.get(item.code) != other.get(item.code)]
