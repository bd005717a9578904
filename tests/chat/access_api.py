"""The API's rows of the URL × role table; tests/chat/access.py adds them."""

import uuid

from chat.actions import start_conversation
from helpdesk.core.actors import Guest
from tests.access import Row


def own(cast):
    """A conversation of the cast's customer, waiting: agents see it, analysts may read it."""
    return {"pk": str(start_conversation(actor=Guest(), customer=cast.customer).pk)}


def absent(cast):
    return {"pk": str(uuid.uuid4())}


def no_file(cast):
    return own(cast) | {"file": str(uuid.uuid4())}


def post(name: str, codes: str, kwargs=None, label: str = "") -> Row:
    return Row(f"api-1:{name}", codes, method="POST", kwargs=kwargs, label=label)


# An empty body: who may call gets as far as 400 (a field is missing), nobody else does.
ACCESS_API = [
    Row("api-1:openapi-json", "200"),
    Row("api-1:api-root", "404"),
    Row("api-1:conversations", "405"),
    post("conversations", "400", label="a form is not JSON"),
    Row("api-1:conversation-messages", "401 200 200 200 200 404", kwargs=own, label="own"),
    Row("api-1:conversation-messages", "401 404 404 404 404 404", kwargs=absent, label="absent"),
    post("conversation-messages", "401 400 400 400 400 404", own, "own"),
    post("conversation-messages", "401 404 404 404 404 404", absent, "absent"),
    post("conversation-read", "401 400 400 400 400 404", own, "own"),
    post("conversation-read", "401 404 404 404 404 404", absent, "absent"),
    post("conversation-rate", "401 400 400 400 400 404", own, "own"),
    post("conversation-rate", "401 404 404 404 404 404", absent, "absent"),
    post("conversation-close", "401 200 403 200 403 404", own, "own"),
    post("conversation-edit", "401 400 400 400 400 404", own, "own"),
    post("conversation-edit", "401 404 404 404 404 404", absent, "absent"),
    post("conversation-files", "401 400 400 400 400 404", own, "own"),
    post("conversation-files", "401 404 404 404 404 404", absent, "absent"),
    Row("api-1:conversation-file", "401 404 404 404 404 404", kwargs=no_file, label="no file"),
    post("conversation-close", "401 404 404 404 404 404", absent, "absent"),
]
