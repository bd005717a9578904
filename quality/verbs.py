"""What the verbs of the quality pages are called in the audit trail."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

WORDS: dict[str, Promise] = {
    "feedback.exported": pgettext_lazy("history", "导出评价"),
    "improvement.completed": pgettext_lazy("history", "完成改进措施"),
    "improvement.correction_released": pgettext_lazy("history", "整改移出改进措施"),
    "improvement.correction_taken_up": pgettext_lazy("history", "整改并入改进措施"),
    "improvement.dropped": pgettext_lazy("history", "放弃改进措施"),
    "improvement.edited": pgettext_lazy("history", "改了改进措施"),
    "improvement.judged": pgettext_lazy("history", "评估改进措施"),
    "improvement.planned": pgettext_lazy("history", "计划改进措施"),
    "improvement.started": pgettext_lazy("history", "开始改进措施"),
    "improvement.stepped_back": pgettext_lazy("history", "撤回改进措施的上一步"),
    "improvements.exported": pgettext_lazy("history", "导出改进措施"),
    "review.appeal_decided": pgettext_lazy("history", "决定质检申诉"),
    "review.appealed": pgettext_lazy("history", "对质检结果申诉"),
    "review.drafted": pgettext_lazy("history", "存了质检评分草稿"),
    "review.scored": pgettext_lazy("history", "提交质检评分"),
    "review.settled": pgettext_lazy("history", "裁定两人不一致的质检"),
    "review_sample.drawn": pgettext_lazy("history", "抽取质检样本"),
    "reviews.exported": pgettext_lazy("history", "导出质检结果"),
    "scorecard.edited": pgettext_lazy("history", "改了评分表"),
    "searches.exported": pgettext_lazy("history", "导出搜索"),
    "trend_alert.dismissed": pgettext_lazy("history", "不处理趋势提醒"),
    "trend_alert.eased": pgettext_lazy("history", "趋势已回落"),
    "trend_alert.raised": pgettext_lazy("history", "发出趋势提醒"),
    "trend_alert.recalled": pgettext_lazy("history", "重新打开趋势提醒"),
}
