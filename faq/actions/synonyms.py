"""The words that the search counts as one: added, changed, and put back."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from faq.models import Synonym
from faq.permissions import edits_articles
from helpdesk.core.actions import action, creation
from helpdesk.core.actors import Actor
from helpdesk.core.errors import ActionError


@creation("synonym.added", allowed=edits_articles)
def add_synonym(*, actor: Actor, concept: str, words: list[str]) -> Synonym:
    try:
        with transaction.atomic():
            return Synonym.objects.create(concept=concept, words=words, previous=[])
    except IntegrityError as taken:
        raise ActionError(_("已经有“%(concept)s”这一组，请直接修改它。") % {"concept": concept}) from taken


@action("synonym.changed", allowed=edits_articles)
def change_synonym(synonym: Synonym, *, actor: Actor, words: list[str]) -> Synonym:
    """No words at all: the group stays in the list and counts for nothing."""
    if words != synonym.words:
        synonym.words, synonym.previous = words, synonym.words
        synonym.save()
    return synonym


@action("synonym.put_back", allowed=edits_articles)
def put_back_synonym(synonym: Synonym, *, actor: Actor) -> Synonym:
    """To what it was before the last change; putting back twice changes nothing."""
    synonym.words, synonym.previous = synonym.previous, synonym.words
    synonym.save()
    return synonym
