"""What the verbs of the quality pages are called in the audit trail."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

WORDS: dict[str, Promise] = {
    "feedback.exported": pgettext_lazy("history", "导出评价"),
    "searches.exported": pgettext_lazy("history", "导出搜索"),
}
