"""How HTTP reaches Django through Daphne: bodies of bounded size, parsed once, every text read as UTF-8."""

from typing import Any

from daphne import http_protocol
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.utils.http import parse_header_parameters

TOO_LARGE = b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class BoundedRequest(http_protocol.WebRequest):  # type: ignore[misc]  # untyped library
    """Twisted would parse every form as well, for nobody, in a dozen times the memory of its body.

    A body that no form of ours can hold is refused while it arrives; Daphne keeps the others in memory.
    """

    _arrived = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options, parsePOSTFormSubmission=False)

    def gotLength(self, length: int | None) -> None:  # noqa: N802  # Twisted's name
        super().gotLength(length)
        self._bound(length or 0)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        self._arrived += len(data)
        self._bound(self._arrived)
        super().handleContentChunk(data)

    def _bound(self, size: int) -> None:
        if size > settings.REQUEST_MAX_BYTES:
            self.channel.transport.write(TOO_LARGE)
            self.channel.transport.abortConnection()


class Utf8Request(ASGIRequest):
    """Django lets the sender choose any of Python's encodings, and some of them are no text encodings
    (an exception before any middleware) or make lone surrogates, which no database can store."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        self.content_params.pop("charset", None)


class Handler(ASGIHandler):
    request_class = Utf8Request

    def __init__(self) -> None:
        super().__init__()
        http_protocol.WebRequest = BoundedRequest  # Daphne has no setting for it
