"""News that a lower app tells upwards without knowing who listens (an arrow may only point down)."""

from django.dispatch import Signal

# Sent inside the transaction of the action in which a customer answers. ``sender`` is the class of the
# row judged (Ticket, Conversation, Article); keywords: ``about`` (the row), ``score`` (1-5), ``resolved``
# (bool | None), ``text``, ``at``; optional ``replaces``: the instant of the answer that this one corrects.
feedback_given = Signal()

# Sent inside the transaction in which answers about one row become answers about another, such as the votes
# of an article that is merged. ``sender`` is the class; keywords: ``giver``, ``taker``, ``at`` (instants).
feedback_moved = Signal()

# Sent inside the transaction in which the bot gives a conversation to people. ``sender`` is Conversation;
# keywords: ``about`` (the conversation), ``text`` (words that no article answered, masked), ``at``.
question_unanswered = Signal()

# Sent by manage.py rotate_keys. Whoever keeps words that are hashed with DATA_KEYS hashes them with the first
# of them and answers how many rows that changed. ``sender`` is None.
keys_rotated = Signal()

# Sent every few seconds while somebody of the staff has a page open, outside any transaction and off the
# event loop. ``sender`` is User; keyword: ``user``.
page_open = Signal()

# Sent inside the transaction in which somebody's presence, skills or capacity changes. ``sender`` is
# Staffing; keyword: ``staffing`` (the row).
presence_changed = Signal()
