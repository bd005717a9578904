"""Conversations with an agent, for the load generator: ``python -m benchmarks.conversations 500``.

Prints one JSON list of pairs, id and token. Made in bulk: what is measured comes later.
"""

import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

import django

django.setup(set_prefix=False)

from chat.models import Conversation
from chat.states import State
from chat.tokens import hash_of, new_token
from helpdesk.core import clock
from helpdesk.core.models import Role, User


def make(count: int) -> list[tuple[str, str]]:
    tokens = [new_token() for _ in range(count)]
    agent, _ = User.objects.get_or_create(username="bench", defaults={"name": "bench", "role": Role.AGENT})
    now = clock.now()
    rows = [
        Conversation(token_hash=hash_of(token), created_at=now, state=State.ACTIVE, assignee=agent)
        for token in tokens
    ]
    Conversation.objects.bulk_create(rows)
    return [(str(row.pk), token) for row, token in zip(rows, tokens, strict=True)]


if __name__ == "__main__":
    print(json.dumps(make(int(sys.argv[1]))))
