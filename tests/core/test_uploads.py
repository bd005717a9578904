"""What may be stored: content and extension agree, pictures are made anew, the rest is refused."""

import hashlib
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from helpdesk.core.uploads import check_upload

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(format: str = "PNG", size=(8, 4), color: object = "red", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB" if format != "PNG" else "RGBA", size, color).save(out, format=format, **options)  # type: ignore[arg-type]
    return out.getvalue()


def refused(name: str, data: bytes) -> str | None:
    with pytest.raises(ValidationError) as error:
        check_upload(SimpleUploadedFile(name, data))
    return error.value.code


@pytest.mark.parametrize(
    ("name", "data", "content_type"),
    [
        ("账单.png", picture("PNG"), "image/png"),
        ("a.jpg", picture("JPEG"), "image/jpeg"),
        ("a.JPEG", picture("JPEG"), "image/jpeg"),
        ("a.webp", picture("WEBP"), "image/webp"),
        ("a.pdf", PDF, "application/pdf"),
        ("a.txt", "我的说明".encode(), "text/plain"),
    ],
)
def test_what_is_accepted(name, data, content_type):
    checked = check_upload(SimpleUploadedFile(name, data))
    stored = checked.content.read()
    assert (checked.name, checked.content_type, checked.size) == (name, content_type, len(stored))
    assert checked.sha256 == hashlib.sha256(stored).hexdigest()
    stem, _, suffix = checked.storage_name.rpartition(".")
    assert (len(stem), suffix) == (32, name.rpartition(".")[2].lower())


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.png", b"", "empty"),
        ("a.png", picture("JPEG"), "type"),
        ("a.pdf", picture("PNG"), "type"),
        ("a.png", b"<script>alert(1)</script>", "type"),
        ("a.txt", b"a\0b", "type"),
        ("a.txt", b"\xff\xfe\x00", "type"),
        ("a.txt", picture("PNG"), "type"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type"),
        ("a.html", b"<p>", "type"),
        ("a.png.exe", picture("PNG"), "type"),
        ("a", picture("PNG"), "type"),
        ("a.png", picture("PNG")[:40], "type"),
        ("a.jpg", picture("JPEG", size=(200, 200))[:300], "type"),
        ("a.png", PDF + picture("PNG"), "type"),
        ("a.pdf", b"%PDF-1.4 cut", "type"),
        ("a.pdf", PDF + b"PK\x03\x04" + b"x" * 2000, "type"),
        ("a.pdf", b"PK\x03\x04" + PDF, "type"),
    ],
)
def test_what_is_refused(name, data, code):
    assert refused(name, data) == code


def test_more_than_the_limit_is_refused_without_being_read(settings):
    settings.UPLOAD_MAX_BYTES = 100
    upload = SimpleUploadedFile("a.txt", b"x" * 101)
    with pytest.raises(ValidationError) as error:
        check_upload(upload)
    assert error.value.code == "too_large"
    assert upload.tell() == 0


def test_the_limit_is_25_megabytes(settings):
    assert settings.UPLOAD_MAX_BYTES == 25 * 1024 * 1024


def test_a_polyglot_loses_what_hides_behind_the_picture():
    hidden = b"PK\x03\x04<script>alert(1)</script>"
    checked = check_upload(SimpleUploadedFile("a.png", picture("PNG") + hidden))
    assert hidden not in checked.content.read()


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
def test_metadata_is_gone_and_the_picture_upright(format):
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    exif[0x0112] = 6  # turned by a quarter
    options = {"exif": exif} | ({"comment": b"secret"} if format == "JPEG" else {})
    data = picture(format, size=(8, 4), **options)
    assert b"where I live" in data
    stored = check_upload(SimpleUploadedFile(f"a.{format.lower()}", data)).content.read()
    assert [word for word in (b"where I live", b"secret") if word in stored] == []
    assert Image.open(io.BytesIO(stored)).size == (4, 8)


def test_transparency_is_kept():
    stored = check_upload(SimpleUploadedFile("a.png", picture(color=(1, 2, 3, 0)))).content.read()
    assert Image.open(io.BytesIO(stored)).getpixel((0, 0)) == (1, 2, 3, 0)


def test_a_picture_with_too_many_pixels_is_refused(monkeypatch):
    monkeypatch.setattr("helpdesk.core.uploads.MAX_PIXELS", 31)
    assert refused("a.png", picture(size=(8, 4))) == "type"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\Users\\a\\账单.txt", "账单.txt"),
        ("x\u202etxt.exe.txt", "xtxt.exe.txt"),
        ("a\r\nb.txt", "ab.txt"),
        ("长" * 300 + ".txt", "长" * 116 + ".txt"),
    ],
)
def test_the_name_is_only_a_name(sent, kept):
    upload = SimpleUploadedFile("a.txt", b"x")
    upload._name = sent  # type: ignore[attr-defined]  # as a client may send it, past Django's own cleaning
    assert check_upload(upload).name == kept
