"""What may be kept of what people type: secrets never, personal data of a customer only under lock.

Secrets (password, one-time code, card security code, tracking code) are taken out before anything is stored.
Personal data in a customer's words (ID number, bank card, phone, e-mail and postal address) is masked in what
everybody reads, and the words as typed are kept encrypted beside it, to be revealed with a reason.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from helpdesk.core.masking import mask_text
from helpdesk.core.passwords import without_secrets

_MAY_HAVE_ANY = re.compile(r"\d|@|[＠号號弄栋棟幢座密]|口令|pass|pwd|pin|-\w{4}-", re.IGNORECASE)


# What was done to somebody's words before they were kept, as they are told.
TOLD = {
    "secret": gettext_lazy("密码、验证码、安全码或查询码已被去掉，没有保存。我们不会向您索要这些。"),
    "masked": gettext_lazy(
        "证件号、卡号、电话、邮箱或地址已遮盖，原文加密保存；处理人员要写明理由才能看到，并留下记录。"
    ),
}


@dataclass(frozen=True)
class Screened:
    text: str  # for everybody
    sealed: str = ""  # as typed, without secrets; only if something is masked in ``text``
    secret: bool = False  # something was taken out for good

    @property
    def whole(self) -> str:
        """As typed, without secrets: to be read in memory, never to be kept."""
        return self.sealed or self.text


def done_to(*texts: Screened) -> tuple[str, ...]:
    """What was done to these words, as codes of ``TOLD``."""
    done = {"secret": any(said.secret for said in texts), "masked": any(said.sealed for said in texts)}
    return tuple(code for code, true in done.items() if true)


def told_in_words(done: Iterable[str]) -> list[str]:
    return [str(TOLD[code]) for code in done]


def screen(text: str, *, mask: bool) -> Screened:
    """``mask`` is for a customer's words; what staff write is meant to be read."""
    if not _MAY_HAVE_ANY.search(text):
        return Screened(text)
    kept = without_secrets(text)
    shown = mask_text(kept) if mask else kept
    return Screened(shown, kept if shown != kept else "", kept != text)
