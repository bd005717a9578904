"""Evidence."""

from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from helpdesk.core import clock
from helpdesk.core.actions import action
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError
from helpdesk.core.uploads import CheckedFile
from tickets.actions.alerts import tell_of_words
from tickets.actions.base import answered, enter, need_state, user_of
from tickets.models import Evidence, Ticket, evidence_path
from tickets.permissions import VERBS, is_party


def keep_files(
    ticket: Ticket, files: Sequence[CheckedFile], actor: Actor, *, public: bool, told: bool = True
) -> list[Evidence]:
    """All of them or none: what the rolled-back transaction forgets does not stay on the disk."""
    named = [(file, file.storage_name) for file in files]
    try:
        return [_keep(ticket, file, name, actor, public=public, told=told) for file, name in named]
    except Exception:
        for _file, name in named:
            evidence = Evidence(ticket=ticket)
            evidence.file.storage.delete(evidence_path(evidence, name))
        raise


def _keep(
    ticket: Ticket, file: CheckedFile, name: str, actor: Actor, *, public: bool, told: bool
) -> Evidence:
    evidence = Evidence(
        ticket=ticket,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        public=public,
        uploaded_by=user_of(actor),
        uploaded_at=clock.now(),
    )
    evidence.file.save(name, file.content, save=False)
    evidence.save()
    data = {"evidence": evidence.pk, "name": evidence.name, "sha256": evidence.sha256}
    if told:  # a letter is told of by the step that sends it
        enter(ticket, "ticket.evidence_added", actor, public=public, data=data)
    return evidence


def copy_of(evidence: Evidence) -> CheckedFile:
    """A file of one case, to be kept in another."""
    with evidence.file.open("rb") as stored:
        content = ContentFile(stored.read())
    return CheckedFile(content, evidence.name, evidence.content_type, evidence.sha256, evidence.size)


def _hand_in(kept: Evidence, name: str, actor: Actor) -> Evidence:
    """What the desk had for itself is now the complainant's, too, under their name for it."""
    kept.public, kept.name = True, name
    kept.save()
    data = {"evidence": kept.pk, "name": name, "sha256": kept.sha256}
    enter(kept.ticket, "ticket.evidence_added", actor, public=True, data=data)
    return kept


@action("ticket.evidence_added", allowed=VERBS["evidence"].allowed)
def add_evidence(ticket: Ticket, *, actor: Actor, file: CheckedFile, public: bool = True) -> Evidence:
    """Keep a checked file; the complainant's own files are always theirs to see, and an answer where one was
    awaited."""
    need_state(ticket, "evidence")
    own = is_party(actor, ticket)
    kept = ticket.evidence.filter(sha256=file.sha256).first()
    if kept and (kept.public or not own):
        raise ActionError(_("这个文件已经在案件里，没有重复保存。"), state=ticket.state)
    if kept:
        evidence = _hand_in(kept, file.name, actor)
    else:
        [evidence] = keep_files(ticket, [file], actor, public=public or own)
    if own:
        tell_of_words(ticket)
    if own and answered(ticket):
        enter(ticket, "ticket.customer_replied", actor, public=True)
    return evidence
