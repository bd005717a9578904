"""Reading a letter (RFC 5322) that anybody may have sent: strict limits, text only, nothing executed.

Raises ``Ignored`` for what machines send (answers to it would go round in circles) and ``Refused`` for what
cannot be read; both carry a code. Attachments pass the checks of every upload; one that does not is named.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from html.parser import HTMLParser

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from helpdesk.core.forms import MAX_TEXT
from helpdesk.core.uploads import CheckedFile, check_upload, clean_name
from tickets.inbox.addresses import is_ours

MAX_BYTES = 30 * 1024 * 1024
MAX_PARTS = 50
MAX_FILES = 5
MAX_NAME = 60
# What the parser of the standard library raises on headers and bodies that were made to break it.
BROKEN = (ValueError, LookupError, AttributeError, TypeError, RecursionError)
MACHINES = re.compile(r"^(mailer-daemon|postmaster|no-?reply|donotreply|bounces?)([+-].*)?@", re.IGNORECASE)
SERVERS = re.compile(r"^(mailer-daemon|postmaster)@", re.IGNORECASE)
_ACTION = re.compile(rb"^Action:[ \t]*([a-z]+)", re.IGNORECASE | re.MULTILINE)  # RFC 3464
_STATUS = re.compile(rb"^Status:[ \t]*(5\.\d{1,3}\.\d{1,3})", re.IGNORECASE | re.MULTILINE)
# To whom, as we wrote it and as it was passed on, of those for whom it failed: their lines stand together.
_LOST_FOR = re.compile(
    rb"^(?:Original|Final)-Recipient:[^;\r\n]{0,40};[ \t]{0,9}+<?+([^\s<>]{1,320}+)"
    rb"(?=[^\n]{0,400}\n(?:[^\r\n]{1,998}\r?\n){0,9}?Action:[ \t]{0,9}failed)",
    re.IGNORECASE | re.MULTILINE,
)
_OWN_ID = re.compile(rb"<[0-9a-f]{32}@[a-zA-Z0-9.-]{1,80}>")  # tickets.mail.message_id
BULK = ("bulk", "junk", "list", "auto_reply")
_WROTE = re.compile(r"(?:wrote|写道|寫道)\s*[:：]\s*\Z")
# Where mail programs put the letter that is answered without any ">": a line that says so, the head of that
# letter, or a line with its sender. What is marked with ">" is no such letter: answers may stand in it.
_ORIGINAL = re.compile(
    r"\n[^\S\n]{0,20}(?:(?P<line>[-_]{2,}[^\S\n]*(?:(?:回复的)?原始?[邮郵]件|(?:original|forwarded) message)"
    r"[^\S\n]*[-_]{2,})"
    r"|(?:_{5,}\s{1,9})?(?:发件人|發件人|寄件者|寄件人|from)[^\S\n]*[:：][^\n]*\n\s{0,9}"
    r"(?:发送时间|傳送時間|日期|收件人|收件者|主题|主旨|sent|date|to|subject)[^\S\n]*[:：]"
    r"|[^\n@]{0,200}@[^\n@]{0,200}(?:wrote|写道|寫道)[^\S\n]*[:：][^\S\n]*(?=\n(?!\s{0,9}>)))",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_HEAD = 400  # characters in which the sender of such a letter stands
_BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "table", "ul", "ol"}
_UNSEEN = {"script", "style", "head", "title", "template", "noscript"}


class Ignored(Exception):  # noqa: N818
    """A letter by a machine: ``auto_reply``, ``bulk``, ``machine``, ``loop``."""


@dataclass(frozen=True)
class Bounce:
    """That e-mails of ours did not arrive."""

    senders: tuple[str, ...]  # who says so, lower case
    message_ids: tuple[str, ...]
    recipients: tuple[str, ...]  # whom it did not reach, lower case; empty where the letter does not say
    status: str  # RFC 3463, "" where the letter has none


class Refused(Exception):  # noqa: N818
    """A letter that cannot be read: ``unreadable``, ``too_large``, ``too_many_parts``, ``no_sender``."""


@dataclass(frozen=True)
class Letter:
    key: str  # SHA-256 of the Message-ID, or of the whole letter where it has none
    message_id: str
    sender: str  # lower case
    name: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    files: tuple[CheckedFile, ...]
    problems: tuple[str, ...]  # attachments that were not kept, and why


def key_of(raw: bytes) -> str:
    """The same for every delivery of one letter. Never raises."""
    try:
        message_id = one_line(str(message_from_bytes(raw, policy=policy.compat32)["Message-ID"] or ""), 900)
    except BROKEN:
        message_id = ""
    return hashlib.sha256(message_id.encode("utf-8", "replace") or raw).hexdigest()


def bounce_of(raw: bytes) -> Bounce | None:
    """What a mail server gave back, if it says so. The raw letter is searched: one server encloses the
    original, another its headers, a third quotes some lines. That one is late or has arrived is no bounce,
    nor is what people write about one, or what answers by itself."""
    raw = raw[:MAX_BYTES]
    try:
        head = BytesHeaderParser(policy=policy.default).parsebytes(raw)
        senders = tuple(address.lower() for _name, address in _addresses(head, "From"))
        is_report = head.get_content_type() == "multipart/report"
        has_no_sender = _has_no_sender(head)
    except BROKEN:
        return None
    is_by_server = any(map(SERVERS.match, senders))
    actions = {said.lower() for said in _ACTION.findall(raw)}
    if not (is_report or is_by_server or has_no_sender):
        return None
    if not (b"failed" in actions if is_report or actions else is_by_server):
        return None
    status = _STATUS.search(raw)
    ids = tuple(dict.fromkeys(found.decode("ascii") for found in _OWN_ID.findall(raw)))
    recipients = tuple(found.decode("utf-8", "replace").lower() for found in _LOST_FOR.findall(raw))
    return Bounce(senders, ids, recipients, status[1].decode("ascii") if status else "")


def parse(raw: bytes) -> Letter:
    if len(raw) > MAX_BYTES:
        raise Refused("too_large")
    try:
        message = message_from_bytes(raw, policy=policy.default)
        return _letter(raw, message)
    except BROKEN as error:
        raise Refused("unreadable") from error


def _letter(raw: bytes, message: EmailMessage) -> Letter:
    senders = [(name, address) for name, address in _addresses(message, "From") if address]
    if len(senders) != 1:
        raise Refused("no_sender")
    name, sender = senders[0]
    try:
        validate_email(sender)
    except ValidationError as error:
        raise Refused("no_sender") from error
    _not_by_a_machine(message, sender)
    leaves = list(_leaves(message))
    text = _body(leaves)
    files, problems = _files(leaves)
    return Letter(
        key=key_of(raw),
        message_id=one_line(str(message["Message-ID"] or ""), 200),
        sender=sender.lower(),
        name=one_line(name, MAX_NAME),
        recipients=_recipients(message),
        subject=one_line(str(message["Subject"] or ""), 200),
        text=text[:MAX_TEXT],
        files=files,
        problems=problems,
    )


def _recipients(message: EmailMessage) -> tuple[str, ...]:
    headers = ("To", "Cc", "Delivered-To")
    found = [address.lower() for header in headers for _name, address in _addresses(message, header)]
    return tuple(found[:MAX_PARTS])


def _addresses(message: EmailMessage, header: str) -> list[tuple[str, str]]:
    return getaddresses([str(value) for value in message.get_all(header, [])])


def one_line(text: str, most: int) -> str:
    """Printable, without line breaks: fit for a name, a subject, a header."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:most]


def _not_by_a_machine(message: EmailMessage, sender: str) -> None:
    said = str(message["Auto-Submitted"] or "no").partition(";")[0].strip().lower()
    if said != "no" or message["X-Autoreply"] or message["X-Autorespond"]:
        raise Ignored("auto_reply")
    if str(message["Precedence"] or "").strip().lower() in BULK or message["List-Id"]:
        raise Ignored("bulk")
    if MACHINES.match(sender) or _has_no_sender(message):
        raise Ignored("machine")
    if is_ours(sender) or message["X-Helpdesk"]:
        raise Ignored("loop")


def _has_no_sender(message: EmailMessage) -> bool:
    """Nobody is to answer it (RFC 5321, 4.5.5)."""
    return str(message["Return-Path"] or "").strip() == "<>"


def _leaves(message: EmailMessage) -> Iterator[MIMEPart]:
    """The parts that hold something; a letter inside the letter is one part and is not opened."""
    waiting: list[MIMEPart] = [message]
    seen = 0
    while waiting:
        part = waiting.pop(0)
        seen += 1
        if seen > MAX_PARTS:
            raise Refused("too_many_parts")
        if part.get_content_maintype() == "multipart":
            waiting = [*part.iter_parts(), *waiting]
        else:
            yield part


def _is_file(part: MIMEPart) -> bool:
    named = part.get_filename() is not None or part.get_content_disposition() == "attachment"
    return named or part.get_content_maintype() != "text"


def _body(leaves: list[MIMEPart]) -> str:
    """The plain text, else the HTML as text; without what was quoted at its end."""
    words = [part for part in leaves if not _is_file(part)]
    plain = [_text(part) for part in words if part.get_content_subtype() == "plain"]
    rich = [html_to_text(_text(part)) for part in words if part.get_content_subtype() == "html"]
    text = "\n\n".join(t for t in plain if t.strip()) or "\n\n".join(t for t in rich if t.strip())
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    text = text.encode("utf-8", "replace").decode("utf-8")  # no lone surrogates
    return _without_quote(_without_original("\n" + text)).strip()


def _without_quote(text: str) -> str:
    """Without the lines at the end that are marked as quoted, and the one that says whose they are."""
    lines, quoted = text.split("\n"), False
    while lines and (lines[-1].startswith(">") or not lines[-1].strip()):
        quoted |= lines.pop().startswith(">")
    if quoted and lines and _WROTE.search(lines[-1]):
        lines.pop()
    return "\n".join(lines)


def _without_original(text: str) -> str:
    """Up to the letter of ours that is answered. What somebody else wrote and the customer passes on stays:
    it is evidence. A letter of ours with nothing above it stays, too: the answer is below or within it."""
    for found in _ORIGINAL.finditer(text):
        sender = _ADDRESS.search(text, found.start(), found.start() + _HEAD)
        if is_ours(sender[0]) if sender else found["line"]:
            above = text[: found.start()]
            return above if above.strip() else text
    return text


def _text(part: MIMEPart) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    for name in (charset, "utf-8", "gb18030"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("utf-8", "replace")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unseen = max(0, self.unseen - (tag in _UNSEEN))
        if tag in _BLOCKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.said.append(re.sub(r"\s+", " ", data))


def html_to_text(html: str) -> str:
    """The words alone: no tags, no addresses of links or pictures, nothing of scripts and styles."""
    reader = _Reader()
    reader.feed(html[:1_000_000])
    reader.close()
    lines = (line.strip() for line in "".join(reader.said).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _files(leaves: list[MIMEPart]) -> tuple[tuple[CheckedFile, ...], tuple[str, ...]]:
    kept: dict[str, CheckedFile] = {}
    problems: list[str] = []
    for part in filter(_is_file, leaves):
        name = clean_name(part.get_filename() or f"{part.get_content_type().replace('/', '.')}")
        data = part.get_payload(decode=True)
        if len(kept) == MAX_FILES:
            problems.append(_("“%(name)s”：一封信最多 %(most)d 个附件。") % {"name": name, "most": MAX_FILES})
            continue
        try:
            file = check_upload(SimpleUploadedFile(name, data if isinstance(data, bytes) else b""))
            kept[file.sha256] = file
        except ValidationError as error:
            problems += error.messages
    return tuple(kept.values()), tuple(problems)
