"""What readers type."""

from faq.forms.vote import VoteForm

__all__ = ["VoteForm"]
