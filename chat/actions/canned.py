"""The words that agents use again."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from chat.models import CannedReply
from chat.permissions import may_add_canned, may_change_canned
from helpdesk.core import clock
from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError, ActionForbidden
from helpdesk.core.models import Role, Team, User


def _own_team_only(actor: Actor, team: Team | None) -> None:
    """What everybody reads, and other teams' words, are the supervisors'."""
    if not isinstance(actor, User) or actor.role == Role.SUPERVISOR:
        return
    if team is None or team.pk != actor.team_id:
        raise ActionForbidden("canned_reply.changed")


def _save(reply: CannedReply) -> CannedReply:
    reply.changed_at = clock.now()
    try:
        with transaction.atomic():
            reply.save()
    except IntegrityError as taken:
        said = _("已经有“/%(shortcut)s”了，请换一个简称。") % {"shortcut": reply.shortcut}
        raise ActionError(said) from taken
    return reply


@creation("canned_reply.added", allowed=may_add_canned)
def add_canned(*, actor: Actor, team: Team | None, shortcut: str, language: str, text: str) -> CannedReply:
    """For one team or, from a supervisor, for everybody; 409 if the shortcut is taken there."""
    _own_team_only(actor, team)
    return _save(CannedReply(team=team, shortcut=shortcut, language=language, text=text))


@action("canned_reply.changed", allowed=may_change_canned)
def change_canned(
    reply: CannedReply, *, actor: Actor, team: Team | None, shortcut: str, language: str, text: str
) -> CannedReply:
    _own_team_only(actor, team)
    reply.team, reply.shortcut, reply.language, reply.text = team, shortcut, language, text
    return _save(reply)


@action("canned_reply.withdrawn", allowed=may_change_canned)
def withdraw_canned(reply: CannedReply, *, actor: Actor) -> CannedReply:
    """Offered to nobody any more; ``put_back_canned`` undoes it."""
    reply.withdrawn = True
    return _save(reply)


@action("canned_reply.put_back", allowed=may_change_canned)
def put_back_canned(reply: CannedReply, *, actor: Actor) -> CannedReply:
    reply.withdrawn = False
    return _save(reply)
