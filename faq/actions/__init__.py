"""Every write to the knowledge base, one function per business verb; modules by verb family."""

from faq.actions.edit import (
    create_article,
    discard_draft,
    draft_article,
    publish_article,
    restore_article,
    schedule_article,
    send_back_article,
    submit_article,
    take_up_draft,
    withdraw_article,
)
from faq.actions.gather import (
    accept_variant,
    compare_again,
    dismiss_variant,
    distinguish_articles,
    merge_articles,
    recall_variant,
    remove_variant,
    unmerge_articles,
)
from faq.actions.read import vote_article
from faq.actions.search import (
    forget_searches,
    log_search,
    note_contact,
    open_from_search,
)
from faq.actions.synonyms import add_synonym, change_synonym, put_back_synonym

__all__ = [
    "accept_variant",
    "add_synonym",
    "change_synonym",
    "compare_again",
    "create_article",
    "discard_draft",
    "dismiss_variant",
    "distinguish_articles",
    "draft_article",
    "forget_searches",
    "log_search",
    "merge_articles",
    "note_contact",
    "open_from_search",
    "publish_article",
    "put_back_synonym",
    "recall_variant",
    "remove_variant",
    "restore_article",
    "schedule_article",
    "send_back_article",
    "submit_article",
    "take_up_draft",
    "unmerge_articles",
    "vote_article",
    "withdraw_article",
]
