"""Where letters wait: a Maildir or an IMAP mailbox. A letter is marked only after it was dealt with."""

import datetime as dt
import imaplib
import mailbox
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from tickets.inbox.parse import MAX_BYTES

TIMEOUT = 20  # seconds
LOCAL = ("localhost", "127.0.0.1", "::1")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class BadSource(ValueError):  # noqa: N818
    """A MAIL_INBOX that names no mailbox, or one that does not answer."""


@dataclass
class Waiting:
    """``raw`` is None where the letter is larger than is ever read."""

    key: str
    raw: bytes | None
    # When the mailbox took it in. The letter's own Date is only what its sender says.
    delivered_at: dt.datetime | None = None


class Source(Protocol):
    def waiting(self) -> Iterator[Waiting]: ...
    def done(self, letter: Waiting, *, flagged: bool) -> None:
        """Never offered again; flagged for people to look at where it could not be read."""

    def close(self) -> None: ...


def open_source(address: str) -> Source:
    """``maildir:/path`` or ``imaps://user:password@host[:port]/FOLDER``."""
    scheme, _colon, rest = address.partition(":")
    if scheme == "maildir":
        return MaildirSource(Path(rest))
    if scheme in ("imaps", "imap"):
        return ImapSource(address)
    raise BadSource("MAIL_INBOX must be maildir:/path or imaps://user:password@host/INBOX")


class MaildirSource:
    def __init__(self, path: Path) -> None:
        if not (path / "new").is_dir():
            raise BadSource(f"{path} is not a Maildir: it has no folder new")
        self._path = path
        self._box = mailbox.Maildir(path, create=False)

    def waiting(self) -> Iterator[Waiting]:
        for file in sorted((self._path / "new").iterdir()):
            key = file.name
            about = file.stat()  # the file is written on delivery, and only moved afterwards
            delivered_at = dt.datetime.fromtimestamp(about.st_mtime, dt.UTC)
            yield Waiting(key, file.read_bytes() if about.st_size <= MAX_BYTES else None, delivered_at)

    def done(self, letter: Waiting, *, flagged: bool) -> None:
        name = f"{letter.key.partition(':')[0]}:2,{'FS' if flagged else 'S'}"
        (self._path / "new" / letter.key).rename(self._path / "cur" / name)

    def close(self) -> None:
        self._box.close()


class ImapSource:
    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme == "imap" and host not in LOCAL:
            raise BadSource("imap:// is only for this machine; use imaps://")
        try:
            if parts.scheme == "imaps":
                context = ssl.create_default_context()
                self._box: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                    host, parts.port or 993, ssl_context=context, timeout=TIMEOUT
                )
            else:
                self._box = imaplib.IMAP4(host, parts.port or 143, timeout=TIMEOUT)
            self._box.login(unquote(parts.username or ""), unquote(parts.password or ""))
            status, _data = self._box.select(unquote(parts.path.strip("/")) or "INBOX")
        except (OSError, imaplib.IMAP4.error) as error:
            raise BadSource(f"the mailbox does not answer: {type(error).__name__}") from error
        if status != "OK":
            raise BadSource("there is no such folder in the mailbox")

    def waiting(self) -> Iterator[Waiting]:
        _status, data = self._box.uid("SEARCH", "UNSEEN")
        for uid in (data[0] or b"").split():
            key = uid.decode("ascii")
            _status, parts = self._box.uid("FETCH", key, "(RFC822.SIZE INTERNALDATE)")
            about = b" ".join(part for part in parts if isinstance(part, bytes))
            size = _SIZE.search(about)
            if size is None or int(size[1]) > MAX_BYTES:
                yield Waiting(key, None)
                continue
            _status, body = self._box.uid("FETCH", key, "(BODY.PEEK[])")
            raw = next((part[1] for part in body if isinstance(part, tuple)), None)
            yield Waiting(key, raw, _internal_date(about))

    def done(self, letter: Waiting, *, flagged: bool) -> None:
        self._box.uid("STORE", letter.key, "+FLAGS", r"(\Seen \Flagged)" if flagged else r"(\Seen)")

    def close(self) -> None:
        self._box.logout()


def _internal_date(about: bytes) -> dt.datetime | None:
    """When the server took a letter in; None where it does not say so."""
    found = imaplib.Internaldate2tuple(about)
    return dt.datetime.fromtimestamp(time.mktime(found), dt.UTC) if found else None
