"""Who may do what with an article.

All of the staff read the editors' pages. An agent suggests: writes drafts, and works on nobody else's.
Supervisors, analysts and administrators write everything; supervisors and analysts publish.
"""

from typing import Any

from faq.models import Article, SearchLog, Status
from helpdesk.core.actors import Actor
from helpdesk.core.permissions import (
    is_administrator,
    is_agent,
    is_analyst,
    is_staff,
    is_supervisor,
    is_system,
    rule,
)

reads_searches = is_supervisor | is_analyst | is_administrator


@rule
def is_public(actor: Actor, row: Any) -> bool:
    """Published; everybody reads such an article, and nobody any other."""
    return isinstance(row, Article) and row.status == Status.PUBLISHED


@rule
def is_unopened(actor: Actor, row: Any) -> bool:
    """The first article opened from a search is the answer that was chosen."""
    return isinstance(row, SearchLog) and row.clicked_id is None


@rule
def is_own(actor: Actor, row: Any) -> bool:
    """An article on which nobody else is at work; or, without one, an article still to be written."""
    if not isinstance(row, Article):
        return row is None
    working = row.versions.open().first()
    return working is None or working.author_id == actor.pk


reads_drafts = is_staff
edits_articles = is_supervisor | is_analyst | is_administrator
publishes_articles = is_supervisor | is_analyst
writes_article = edits_articles | (is_agent & is_own)
reminds = is_system
