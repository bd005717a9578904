"""Whose searches these are, without knowing who: a random id in the session, made when it is first needed."""

import uuid

from django.http import HttpRequest

from faq.actions import note_contact
from faq.queries import searches_of, words_searched_by
from helpdesk.core.actors import actor_of

VISITOR_KEY = "faq_visitor"


def visitor_of(request: HttpRequest) -> uuid.UUID:
    return uuid.UUID(request.session.setdefault(VISITOR_KEY, str(uuid.uuid4())))


def known_visitor(request: HttpRequest) -> uuid.UUID | None:
    """Who has searched or voted here before; nobody is given an id for asking."""
    known = request.session.get(VISITOR_KEY)
    return uuid.UUID(known) if known else None


def searched_before(request: HttpRequest) -> list[str]:
    """What this visitor has searched in the last day, to go with them to a person."""
    return words_searched_by(known_visitor(request))


def contact_made(request: HttpRequest) -> None:
    """This visitor now turned to a person: their searches of the last day did not spare them that."""
    if last := searches_of(known_visitor(request)).first():
        note_contact(last, actor=actor_of(request))
