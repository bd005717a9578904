"""Who may do what with an article."""

from typing import Any

from faq.models import Article, SearchLog, Status
from helpdesk.core.actors import Actor
from helpdesk.core.permissions import rule


@rule
def is_public(actor: Actor, row: Any) -> bool:
    """Published; everybody reads such an article, and nobody any other."""
    return isinstance(row, Article) and row.status == Status.PUBLISHED


@rule
def is_unopened(actor: Actor, row: Any) -> bool:
    """The first article opened from a search is the answer that was chosen."""
    return isinstance(row, SearchLog) and row.clicked_id is None
