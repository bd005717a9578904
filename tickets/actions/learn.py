"""Keeping what a person chose beside what was suggested, and training the model on it."""

from helpdesk.core import clock
from helpdesk.core.actions import creation
from helpdesk.core.actors import Actor
from helpdesk.core.permissions import is_administrator, is_analyst, is_system
from tickets import learning
from tickets.actions.base import staff_of
from tickets.classification import FIELDS
from tickets.models import Judgement, Ticket, TrainedModel

can_train = is_analyst | is_administrator | is_system


def keep_judgement(ticket: Ticket, actor: Actor, chosen: dict[str, str]) -> None:
    """What the present model suggests for the case, and what was chosen; part of the classifying action."""
    suggestion = learning.suggest_for(ticket)
    if suggestion is None:  # nothing was suggested
        return
    Judgement.objects.bulk_create(
        Judgement(
            ticket=ticket,
            field=field,
            suggested=suggestion[field].value,
            confidence=suggestion[field].confidence,
            chosen=chosen[field],
            version=suggestion.version,
            by=staff_of(actor),
            at=clock.now(),
        )
        for field in FIELDS
    )


def train_model(*, actor: Actor) -> TrainedModel:
    """Learn from the examples and the corrections (seconds, outside of any transaction), then keep it."""
    return keep_model(actor=actor, learned=learning.learn())


@creation("model.trained", allowed=can_train, audited=True)
def keep_model(*, actor: Actor, learned: learning.Learned) -> TrainedModel:
    return TrainedModel.objects.create(
        version=learned.model.version,
        examples=learned.examples,
        corrected=learned.corrected,
        figures=learned.figures,
        weights=learned.model.dump(),
        at=clock.now(),
    )
