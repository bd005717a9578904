"""What may be uploaded: content and extension agree, images are re-encoded, everything is hashed."""

import hashlib
import io
import re
import secrets
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import filetype
import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

MAX_PIXELS = Image.MAX_IMAGE_PIXELS = 40_000_000
# What Pillow raises, besides its own, when it decodes a file that was cut or made up.
BROKEN_IMAGE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombWarning,
    Image.DecompressionBombError,
)

IMAGES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}
DOCUMENTS = {"pdf": "application/pdf"}
ALLOWED = IMAGES | DOCUMENTS | {"txt": "text/plain"}

LONGEST_END = 22 + 65_535  # the end record of a ZIP archive with the longest comment
ZIP_END = b"PK\x05\x06"
PDF_END = re.compile(rb"startxref\s+[0-9]+\s+%%EOF[\s\0]*\Z")
MOST_INFLATED = 64 * 1024 * 1024


def _pdf_name(name: str) -> str:
    """A name of a PDF, each character as it is or as ``#xx``."""
    return (
        "/" + "".join(f"(?:{letter}|(?i:#{ord(letter):02x}))" for letter in name) + r"(?![^\s\0()<>\[\]{}/%])"
    )


OBJECT_STREAM = re.compile(_pdf_name("ObjStm").encode())
# Of /JS only what is a key with its value: three letters alone stand in many a compressed picture.
ACTIVE = re.compile(
    "|".join(
        [
            *map(_pdf_name, ("JavaScript", "Launch")),
            _pdf_name("JS") + r"\s*(?:[(<]|[0-9]+\s+[0-9]+\s+R)",
            "(?i:<script)",
        ]
    ).encode()
)


@dataclass(frozen=True)
class CheckedFile:
    """A file that may be stored. ``sha256`` is of the stored bytes; ``name`` is what the sender called it."""

    content: "ContentFile[bytes]"
    name: str
    content_type: str
    sha256: str
    size: int

    @property
    def storage_name(self) -> str:
        return f"{secrets.token_hex(16)}.{PurePosixPath(self.name).suffix.lstrip('.').lower()}"


def clean_name(name: str) -> str:
    """The last part of a path, without control characters and marks that turn the reading direction."""
    return "".join(c for c in PurePosixPath(name.replace("\\", "/")).name if c.isprintable())[-120:]


def check_upload(upload: "UploadedFile[Any]") -> CheckedFile:
    """Return what to store, or raise ValidationError (code ``empty``, ``too_large``, ``type``)."""
    name = clean_name(upload.name or "file")
    if not upload.size:
        raise ValidationError(_("“%(name)s”是空文件，没有保存。"), code="empty", params={"name": name})
    if upload.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(
            _("“%(name)s”超过 %(limit)d MB，没有保存。"),
            code="too_large",
            params={"name": name, "limit": settings.UPLOAD_MAX_BYTES // 1024 // 1024},
        )
    extension = PurePosixPath(name).suffix.lstrip(".").lower()
    expected = ALLOWED.get(extension)
    data = upload.read()
    if expected is None or not _is_really(data, expected):
        raise ValidationError(
            _("“%(name)s”的类型不支持或与内容不符。可以上传 PNG、JPEG、WebP、PDF 或 TXT。"),
            code="type",
            params={"name": name},
        )
    if expected in DOCUMENTS.values() and _is_active(data):
        raise ValidationError(
            _("“%(name)s”里有脚本或会启动程序的内容，没有保存。请把它打印成新的 PDF，或截图上传。"),
            code="type",
            params={"name": name},
        )
    if expected in IMAGES.values():
        data = _reencode(data, name, expected)
    return CheckedFile(ContentFile(data), name, expected, hashlib.sha256(data).hexdigest(), len(data))


def _is_really(data: bytes, expected: str) -> bool:
    """Two sniffers that know nothing of each other must agree with the extension."""
    if expected == "text/plain":
        return _is_text(data)
    guess = filetype.guess(data)
    try:
        second = {match.mime_type for match in puremagic.magic_string(data)}
    except (puremagic.PureError, ValueError):
        return False
    if guess is None or guess.mime != expected or expected not in second:
        return False
    return expected != "application/pdf" or _is_whole_pdf(data)


def _is_whole_pdf(data: bytes) -> bool:
    """Both sniffers look at the beginning only. A whole PDF also ends as one, with nothing behind it; and it
    carries no archive, whose record is at the end of a file, also where a comment of it ends like a PDF."""
    end = data[-LONGEST_END:]
    return PDF_END.search(end) is not None and ZIP_END not in end


def _is_active(data: bytes) -> bool:
    """Whether a PDF would run something when it is opened: a script, a program, or a web page.

    Names are found as they are and with characters written as ``#xx``, also in compressed streams of
    objects. What is hidden by encryption, or by another or a second filter, is not seen.
    """
    return ACTIVE.search(data) is not None or any(map(ACTIVE.search, _object_streams(data)))


def _object_streams(data: bytes) -> Iterator[bytes]:
    """Where newer PDFs keep their objects, inflated: no more of all together than a limit."""
    left, start, whole = MOST_INFLATED, 0, memoryview(data)
    while left > 0 and (stop := data.find(b"endstream", start)) >= 0:
        begin = data.find(b"stream", start, stop)
        if begin >= 0 and OBJECT_STREAM.search(data, start, begin):
            body = begin + len(b"stream") + (2 if data[begin + 6 : begin + 7] == b"\r" else 1)
            with suppress(zlib.error):
                part = zlib.decompressobj().decompress(whole[body:stop], left)
                left -= len(part)
                yield part
        start = stop + len(b"endstream")


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _reencode(data: bytes, name: str, content_type: str) -> bytes:
    """The picture alone, upright: metadata, trailing bytes and anything hidden in them are gone."""
    out = io.BytesIO()
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError("too many pixels")
            upright = ImageOps.exif_transpose(image)
            see_through = upright.has_transparency_data and content_type != "image/jpeg"
            clean = upright.convert("RGBA" if see_through else "RGB")
            clean.info.clear()
            clean.save(out, format=content_type.removeprefix("image/").upper())
    except BROKEN_IMAGE as error:
        raise ValidationError(
            _("“%(name)s”打不开，没有保存。"), code="type", params={"name": name}
        ) from error
    return out.getvalue()


def as_download(data: bytes, name: str, content_type: str, *, inline: bool = False) -> HttpResponse:
    """A stored file as an attachment that cannot run, for whoever has been checked; ``inline``: to look at.

    Browsers do not open their PDF reader, which runs apart from the site, in a sandbox.
    """
    charset = "; charset=utf-8" if inline and content_type == "text/plain" else ""
    response = HttpResponse(data, content_type=f"{content_type}{charset}")
    response["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    sandbox = "" if inline and content_type == "application/pdf" else "sandbox; "
    response["Content-Security-Policy"] = f"{sandbox}default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
