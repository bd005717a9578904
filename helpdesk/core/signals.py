"""News that a lower app tells upwards without knowing who listens (an arrow may only point down)."""

from django.dispatch import Signal

# Sent inside the transaction of the action in which a customer answers. ``sender`` is the class of the
# row judged (Ticket, Conversation, Article); keywords: ``about`` (the row), ``score`` (1-5), ``resolved``
# (bool | None), ``text``, ``at``; optional ``replaces``: the instant of the answer that this one corrects.
feedback_given = Signal()
