"""What the verbs of the audit trail are called. Every app names its own in a module of this name."""

from functools import cache
from importlib import import_module

from django.apps import apps
from django.utils.functional import Promise
from django.utils.module_loading import module_has_submodule
from django.utils.translation import pgettext_lazy

WORDS: dict[str, Promise] = {
    "calendar.imported": pgettext_lazy("history", "导入一年的放假安排"),
    "calendar.import_undone": pgettext_lazy("history", "撤销导入的放假安排"),
    "person.created": pgettext_lazy("history", "建立账号"),
    "keys.rotated": pgettext_lazy("history", "更换数据密钥"),
    "person.deactivated": pgettext_lazy("history", "停用账号"),
    "person.leave_added": pgettext_lazy("history", "登记休假"),
    "person.leave_cancelled": pgettext_lazy("history", "取消休假"),
    "person.linked": pgettext_lazy("history", "关联放贷系统的客户"),
    "person.password_changed": pgettext_lazy("history", "本人改了密码"),
    "person.password_set": pgettext_lazy("history", "设置新的初始密码"),
    "person.presence_set": pgettext_lazy("history", "改了在岗状态"),
    "person.reactivated": pgettext_lazy("history", "恢复账号"),
    "person.recovery_code_used": pgettext_lazy("history", "用了一个恢复码"),
    "person.recovery_codes_made": pgettext_lazy("history", "生成新的恢复码"),
    "person.renamed": pgettext_lazy("history", "改了姓名或邮箱"),
    "person.role_changed": pgettext_lazy("history", "改了角色或团队"),
    "person.second_factor_removed": pgettext_lazy("history", "解除自己的双重验证"),
    "person.second_factor_reset": pgettext_lazy("history", "替人解除双重验证"),
    "person.second_factor_set_up": pgettext_lazy("history", "设置双重验证"),
    "person.second_factor_used": pgettext_lazy("history", "登录时输入验证码"),
    "person.senior_set": pgettext_lazy("history", "改了高级主管的权限"),
    "person.shifts_changed": pgettext_lazy("history", "改了班次"),
    "person.staffing_changed": pgettext_lazy("history", "改了技能、语言或接待量"),
    "team.created": pgettext_lazy("history", "建立团队"),
}


@cache
def words() -> dict[str, Promise]:
    named = (c.name for c in apps.get_app_configs() if module_has_submodule(c.module, "verbs"))
    return {verb: word for name in named for verb, word in import_module(f"{name}.verbs").WORDS.items()}


def word_of(verb: str) -> str:
    """In the language of the page; a verb that no version of today knows stays its code."""
    return str(words().get(verb, verb))


def verbs_called(text: str) -> list[str]:
    """The codes that somebody means by a code, or by words as the page shows them."""
    if text in words():
        return [text]
    return [verb for verb, word in words().items() if text.casefold() in str(word).casefold()] or [text]
