"""How articles look in templates."""

from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from faq.calculators.money import CENT, cents
from faq.calculators.schedule import Schedule
from faq.charts import Chart, draw
from faq.highlight import marked
from faq.markdown import to_html
from faq.queries import Hit
from faq.search.confidence import THRESHOLD
from faq.structured import Data, as_script
from helpdesk.core.models import Topic

register = template.Library()
ICONS = {
    Topic.REPAYMENT: "banknotes",
    Topic.OVERDUE: "clock",
    Topic.PRIVACY: "lock-closed",
    Topic.APPLICATION: "document-text",
    Topic.FEES: "calculator",
    Topic.SECURITY: "shield-check",
    Topic.COMPLAINTS: "megaphone",
    Topic.OTHER: "question-mark-circle",
}

DONE = {
    "article.drafted": pgettext_lazy("history", "保存草稿"),
    "article.submitted": pgettext_lazy("history", "提交审核"),
    "article.sent_back": pgettext_lazy("history", "退回修改"),
    "article.published": pgettext_lazy("history", "发布"),
    "article.discarded": pgettext_lazy("history", "放弃这一版"),
    "article.taken_up": pgettext_lazy("history", "恢复草稿"),
    "article.withdrawn": pgettext_lazy("history", "下线"),
    "article.restored": pgettext_lazy("history", "恢复"),
    "article.scheduled": pgettext_lazy("history", "改负责人或复核日期"),
    "article.reminded": pgettext_lazy("history", "提醒负责人复核"),
    "article.reminder_failed": pgettext_lazy("history", "提醒没有发出"),
    "article.merged": pgettext_lazy("history", "并入另一篇"),
    "article.unmerged": pgettext_lazy("history", "撤销合并"),
    "article.distinguished": pgettext_lazy("history", "标为不是同一个问题"),
    "article.compared_again": pgettext_lazy("history", "重新比较"),
    "article.variant_accepted": pgettext_lazy("history", "加为问法"),
    "article.variant_removed": pgettext_lazy("history", "去掉问法"),
    "article.variant_dismissed": pgettext_lazy("history", "不采用客户的问法"),
    "article.variant_recalled": pgettext_lazy("history", "重新考虑客户的问法"),
}


@register.filter
def what_was_done(verb: str) -> str:
    """A verb of the audit trail in words."""
    return str(DONE.get(verb, verb))


@register.filter
def markdown(text: str) -> SafeString:
    return to_html(text)


@register.filter
def highlight(text: str, query: str) -> list[tuple[str, bool]]:
    return marked(text, query)


@register.filter
def topic_icon(topic: str) -> str:
    return ICONS[Topic(topic)]


@register.filter
def money(amount: Decimal) -> str:
    """1234.5 → 1,234.50"""
    return f"{cents(amount):,}".replace("-", "−")


@register.filter
def percent(share: Decimal) -> str:
    """0.144 → 14.40%"""
    return f"{(share * 100).quantize(CENT, ROUND_HALF_UP):,}%"


@register.filter
def chart(plan: Schedule) -> Chart:
    return draw(plan)


@register.filter
def how_sure(hit: Hit) -> str:
    """Words instead of a number: nobody weighs 0.83."""
    if hit.confidence >= 0.8:
        return _("很可能就是")
    return pgettext("confidence", "较可能") if hit.confidence >= THRESHOLD else _("可能相关")


@register.simple_tag
def content_language() -> str:
    """The language of article text as this reader gets it: Chinese, in their script."""
    return "zh-Hant" if translation.get_language() == "zh-hant" else "zh-Hans"


@register.simple_tag(takes_context=True)
def structured(context: template.Context, data: Data) -> SafeString:
    """One block of JSON-LD."""
    return as_script(data, context["request"].csp_nonce)
