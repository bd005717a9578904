"""The wordings of letters: every change is a further version."""

from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import is_administrator, is_supervisor
from tickets import letters
from tickets.actions.base import staff_of
from tickets.models import LetterTemplate


@creation("letter.written", allowed=is_supervisor | is_administrator)
def write_wording(
    *,
    actor: Actor,
    old: LetterTemplate,
    after: int,
    name: str,
    facts: str,
    basis: str,
    reasons: str,
    remedies: str,
) -> LetterTemplate:
    """The version after ``after``, which is the one that the writer had before their eyes."""
    newest = LetterTemplate.objects.filter(code=old.code, language=old.language).order_by("version").last()
    if newest is None or newest.version != after:
        raise ActionError(_("有人刚保存了更新的版本。请对照后再提交，您写的都还在。"))
    blocks = {"facts": facts, "basis": basis, "reasons": reasons, "remedies": remedies}
    for text in blocks.values():
        try:
            letters.check(text)
        except letters.BadWording as error:
            raise ActionError(str(error)) from error
    return LetterTemplate.objects.create(
        code=old.code,
        language=old.language,
        version=after + 1,
        kind=old.kind,
        purpose=old.purpose,
        for_review=old.for_review,
        name=name,
        written_by=staff_of(actor),
        written_at=clock.now(),
        **blocks,
    )
