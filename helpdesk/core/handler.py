"""How HTTP reaches Django: every request is read as UTF-8."""

from typing import Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.utils.http import parse_header_parameters


class Utf8Request(ASGIRequest):
    """Django lets the sender choose any of Python's encodings, and some of them are no text encodings
    (an exception before any middleware) or make lone surrogates, which no database can store."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        self.content_params.pop("charset", None)


class Handler(ASGIHandler):
    request_class = Utf8Request
