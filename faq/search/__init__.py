"""The FAQ search engine: an immutable index of questions, built from the questions alone.

``Index.build(entries)`` and ``index.search(query)`` are the whole interface. No database, no settings,
no state: safe to share between threads. How it works and what each part earns: docs/search.md.
"""

from faq.search.index import Entry, Index, Match, Reason

__all__ = ["Entry", "Index", "Match", "Reason"]
