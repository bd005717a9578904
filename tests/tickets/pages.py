"""What the tests of pages share: the filing form as a browser sends it, and reading what came back."""

import io
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

FORM = {
    "kind": "complaint",
    "topic": "overdue",
    "narrative": "寄来的合同少了一页，两位客服说法不同。",
    "request": "请补寄到单位。",
    "product": "",
    "name": "甲客户",
    "contact": "138 0000 0021",
}


def token_of(client: Client, page: str = "tickets:new", **query: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', client.get(reverse(page), query).content.decode())
    assert found
    return found[1]


def send(client: Client, **changes) -> Any:
    """Open the form and send it."""
    return client.post(reverse("tickets:new"), FORM | {"token": token_of(client)} | changes)


def file_case(client: Client, **changes) -> tuple[str, str]:
    """Number and tracking code, read from the page that shows them."""
    assert send(client, **changes).status_code == 302
    return shown_code(client.get(reverse("tickets:received")).content.decode())


def shown_code(page: str) -> tuple[str, str]:
    number, code = re.findall(r"<code[^>]*>([^<]+)</code>", page)[:2]
    return number, code


def url(name: str, number: str, **more) -> str:
    return reverse(f"tickets:{name}", kwargs={"number": number} | more)


def picture(name: str = "截图.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def blob(size: int, name: str = "big.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"a" * size, "text/plain")
