"""What may be uploaded: content and extension agree, images are re-encoded, everything is hashed."""

import hashlib
import io
import secrets
import warnings
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import filetype
import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

Image.MAX_IMAGE_PIXELS = 40_000_000

IMAGES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}
DOCUMENTS = {"pdf": "application/pdf"}
ALLOWED = IMAGES | DOCUMENTS | {"txt": "text/plain"}


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


def check_upload(upload: "UploadedFile[Any]") -> CheckedFile:
    """Return what to store, or raise ValidationError (code ``empty``, ``too_large``, ``type``)."""
    name = PurePosixPath((upload.name or "file").replace("\\", "/")).name[-120:]
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
    return guess is not None and guess.mime == expected and expected in second


def _is_text(data: bytes) -> bool:
    try:
        return "\0" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _reencode(data: bytes, name: str, content_type: str) -> bytes:
    """The picture alone: metadata, trailing bytes and anything hidden in them are gone."""
    out = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                clean = image if content_type != "image/jpeg" else image.convert("RGB")
                clean.save(out, format=content_type.removeprefix("image/").upper())
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as error:
        raise ValidationError(
            _("“%(name)s”打不开，没有保存。"), code="type", params={"name": name}
        ) from error
    return out.getvalue()
