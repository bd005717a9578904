"""Who may do what to a conversation."""

from chat.models import CannedReply, Conversation, Offer
from chat.states import OfferState
from chat.tokens import GRANT
from helpdesk.core.actors import Actor, holds
from helpdesk.core.models import Role, User
from helpdesk.core.permissions import (
    anyone,
    is_administrator,
    is_analyst,
    is_supervisor,
    rule,
    works_cases,
)


@rule
def is_visitor(actor: Actor, conversation: Conversation) -> bool:
    """Holds its token, or is the signed-in customer who started it."""
    if isinstance(actor, User):
        return actor.role == Role.CUSTOMER and conversation.customer_id == actor.pk
    return holds(actor, GRANT, conversation.pk)


@rule
def is_assignee(actor: Actor, conversation: Conversation) -> bool:
    return isinstance(actor, User) and conversation.assignee_id == actor.pk


@rule
def serves_its_team(actor: Actor, conversation: Conversation) -> bool:
    return isinstance(actor, User) and conversation.team_id in (None, actor.team_id)


@rule
def is_asked(actor: Actor, conversation: Conversation) -> bool:
    """Is being offered it now; the urgent are, of whatever team."""
    asked = conversation.offers.filter(state=OfferState.OPEN)
    return isinstance(actor, User) and asked.filter(agent=actor).exists()


@rule
def is_offered(actor: Actor, offer: Offer) -> bool:
    return isinstance(actor, User) and offer.agent_id == actor.pk


@rule
def is_of_own_team(actor: Actor, reply: CannedReply) -> bool:
    return isinstance(actor, User) and reply.team_id is not None and reply.team_id == actor.team_id


may_start = anyone
# Whether a new message is taken is decided in the body: a retry of a stored one is always answered.
may_post = is_visitor | works_cases
may_accept = works_cases & (serves_its_team | is_supervisor | is_asked)
may_hand_on = (works_cases & is_assignee) | is_supervisor
may_close = is_visitor | may_hand_on
may_note = works_cases & (is_assignee | serves_its_team | is_supervisor)
may_read = is_visitor | (works_cases & is_assignee)
may_rate = is_visitor
may_attach = may_edit = may_read
may_whisper = is_supervisor & ~is_assignee
may_reveal = works_cases & (is_assignee | is_supervisor)
may_convert = may_set_wrap_up = may_hand_on
may_delete = is_supervisor
may_add_canned = works_cases  # for whom, the action decides
may_change_canned = is_supervisor | (works_cases & is_of_own_team)
reads_history = works_cases | is_analyst
reads_records = reads_history | is_administrator  # of which conversations: queries.record_for
may_export = is_supervisor | is_analyst
may_set_pre_chat = is_supervisor | is_administrator
