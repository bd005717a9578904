"""Further versions of rule packs. None is edited in place: cases are explained by the one they ran under."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.permissions import is_administrator
from tickets import deadlines
from tickets.actions.base import user_of
from tickets.deadlines import BadPack, Pack
from tickets.models import Kind, RulePack

ONE_DAY = dt.timedelta(days=1)


@creation("rule_pack.versioned", allowed=is_administrator)
def version_pack(*, actor: Actor, pack: str, after: int, text: str, note: str) -> RulePack:
    """The next version of a pack. ``after`` is the version that its writer saw as the newest.

    Cases filed from its ``effective_from`` on go by it; running ones keep theirs.
    """
    new = read_version(pack, text)
    if new.version != after + 1:
        raise ActionError(_("已经有人写了更新的版本。请看过它再保存；您写的内容还在。"))
    try:
        with transaction.atomic():
            return RulePack.objects.create(
                code=pack, version=new.version, text=text, note=note, by=user_of(actor), at=clock.now()
            )
    except IntegrityError as first:
        raise ActionError(_("已经有人写了更新的版本。请看过它再保存；您写的内容还在。")) from first


def read_version(code: str, text: str) -> Pack:
    """The text as the next version of a pack. Raises ActionError with what is wrong with it."""
    old = deadlines.newest(code)
    try:
        new = deadlines.parse(text, old.version + 1)
    except BadPack as bad:
        raise ActionError(str(bad)) from bad
    if RulePack.objects.filter(code=code, version=old.version, text=text).exists():
        raise ActionError(_("和现在的版本一样，没有改动。"))
    if new.code != code:
        raise ActionError(_("id 不能改：应当是 %(code)s。") % {"code": code})
    if gone := sorted(set(old.milestones) - set(new.milestones)):
        raise ActionError(_("期限的代号要保留：%(names)s。数字和名称可以改。") % {"names": ", ".join(gone)})
    _keep_every_kind_timed(new)
    return new


def _keep_every_kind_timed(new: Pack) -> None:
    """No day from now on may come on which a case could not be filed because nothing times its kind."""
    known = [*deadlines.packs(), new]
    bounds = {pack.effective_from for pack in known}
    bounds |= {pack.effective_to + ONE_DAY for pack in known if pack.effective_to}
    days = sorted({clock.today(), *(day for day in bounds if day > clock.today())})
    for day in days:
        for kind in Kind:
            if not any(kind in pack.kinds for pack in deadlines.in_force(known, day)):
                said = {"kind": kind.label, "day": day}
                raise ActionError(_("从 %(day)s 起没有规则规定“%(kind)s”的期限，无法登记这类工单。") % said)
