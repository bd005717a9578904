"""What may be stored: content and extension agree, pictures are made anew, the rest is refused."""

import hashlib
import io
import time
import zipfile
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from helpdesk.core.uploads import _object_streams, check_upload

END = b"\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj" + END


def zip_with_comment(comment: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
        archive.comment = comment
    return out.getvalue()


def pdf_of(objects: bytes) -> bytes:
    return b"%PDF-1.4\n" + objects + END


def compressed(objects: bytes, kind: bytes = b"/ObjStm") -> bytes:
    """An object stream, as newer PDFs have it."""
    return b"5 0 obj<</Type " + kind + b">>stream\r\n" + zlib.compress(objects) + b"\nendstream endobj"


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
        ("a.pdf", PDF + zip_with_comment(b"startxref\n9\n%%EOF"), "type"),
        ("a.pdf", PDF[:-7] + zip_with_comment(b"") + END, "type"),
        ("a.pdf", PDF + b"<p>hello</p>", "type"),
        ("a.pdf", b"%PDF-1.4\n<script>alert(1)</script>\n%%EOF", "type"),
    ],
)
def test_what_is_refused(name, data, code):
    assert refused(name, data) == code


@pytest.mark.parametrize(
    "objects",
    [
        b"<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>",
        b"<</S /J#61va#53cript /J#53 (app.alert(1))>>",
        b"<</S/#4Aavascript/S/#4a#61vaScript>>",
        b"<</S/Rendition/JS 12 0 R>>",
        b"<</S/Launch/F(cmd.exe)>>",
        b"<</S/L#61unch/F(cmd.exe)>>",
        b"<p><sCript src=x>",
        compressed(b"<</S/JavaScript/JS(app.alert(1))>>"),
        compressed(b"<</S/Launch>>", b"/Obj#53tm"),
        compressed(b"<<>>") + compressed(b"<</S/JavaScript>>"),
    ],
)
def test_a_pdf_that_would_run_something_is_refused_in_words(objects):
    with pytest.raises(ValidationError) as error:
        check_upload(SimpleUploadedFile("合同.pdf", pdf_of(objects)))
    assert (error.value.code, "“合同.pdf”里有脚本或会启动程序的内容" in error.value.messages[0]) == (
        "type",
        True,
    )


@pytest.mark.parametrize(
    "objects",
    [
        b"<</Title(about JavaScript)>>",
        b"<</JSPrefix 1/LaunchPad 2/JS0 3>>",
        b"4 0 obj<<>>stream\n\x01/JS\x02\nendstream",
        compressed(b"<</Type/Catalog/OpenAction[3 0 R/Fit]>>"),
        compressed(b"x")[:40] + b" endstream " + compressed(b"<<>>"),
    ],
)
def test_a_pdf_that_runs_nothing_is_stored_as_it_is(objects):
    data = pdf_of(objects) + b"\r\n \0"
    assert check_upload(SimpleUploadedFile("a.pdf", data)).content.read() == data


@pytest.mark.parametrize(
    "filler", [b"endstream", b"/ObjStm stream\n", b"/ObjStm stream\nendstream", b"/JS 1 1 ", b"/#4a"]
)
def test_a_pdf_made_to_be_slow_is_looked_through_all_the_same(filler):
    data = pdf_of(filler * (5_000_000 // len(filler)))
    before = time.process_time()
    assert check_upload(SimpleUploadedFile("a.pdf", data)).size == len(data)
    assert time.process_time() - before < 10


def test_a_pdf_made_to_be_large_is_inflated_to_a_limit(monkeypatch):
    monkeypatch.setattr("helpdesk.core.uploads.MOST_INFLATED", 1_000)
    data = pdf_of(compressed(b" " * 10_000_000) * 3)
    assert sum(map(len, _object_streams(data))) == 1_000
    assert check_upload(SimpleUploadedFile("a.pdf", data)).size == len(data)


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
