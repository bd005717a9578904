"""The evidence trail: what was done to a row, in a chain of hashes that shows when somebody changed it.

``chain`` says what is hashed, ``describe`` what of an action may stand in it, ``record`` appends an entry,
``triggers`` make the database refuse changes, ``anchors`` keep signed heads outside of it, and ``verify``
checks all of that again. See docs/evidence.md.
"""

from helpdesk.core.audit.describe import describe
from helpdesk.core.audit.record import forget, history_of, record

__all__ = ["describe", "forget", "history_of", "record"]
