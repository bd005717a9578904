"""Conversations in the states that the chat's tests start from."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from chat.actions import accept_conversation, start_conversation
from chat.models import Conversation
from helpdesk.core.actors import Guest


@pytest.fixture
def waiting(db) -> Conversation:
    return start_conversation(actor=Guest(), name="王小明", topic="repayment")


@pytest.fixture
def active(waiting, cast) -> Conversation:
    """Waiting, then accepted by the cast's agent; still carries its token."""
    token = waiting.token
    conversation = accept_conversation(waiting, actor=cast.agent)
    conversation.token = token
    return conversation


@pytest.fixture
def at_once():
    """``at_once([call, …])``: run calls in threads that start together; results or exceptions, in order."""

    def run(calls):
        barrier = Barrier(len(calls))

        def one(call):
            barrier.wait(timeout=20)
            try:
                return call()
            except Exception as error:
                return error
            finally:
                connection.close()

        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(one, calls))

    return run
