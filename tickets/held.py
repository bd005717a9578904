"""Files of a form that goes back to its author: a browser does not choose them again, so they wait here.

They lie in the storage under a random name that only the session knows, for a day at most: also after the
form was accepted, so that a second click sends the same and is recognised.
"""

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

from helpdesk.core import clock
from helpdesk.core.uploads import CheckedFile

KEY, FOLDER = "held_files", "held"
KEPT = dt.timedelta(days=1)
MOST = 5  # forms of one session


@dataclass(frozen=True)
class Held:
    token: str
    names: tuple[str, ...]


def hold(request: HttpRequest, form: forms.Form) -> Held | None:
    """Keep the files of the form that passed their checks; None where there are none."""
    files = [
        (name, file)
        for name, field in form.fields.items()
        if isinstance(field, forms.FileField)
        for file in _listed(form.cleaned_data.get(name))
    ]
    if not files:
        return None
    token = secrets.token_hex(16)
    rows = [
        {"field": field, "name": file.name, "type": file.content_type, "path": _store(file)}
        for field, file in files
    ]
    waiting: dict[str, Any] = {**request.session.get(KEY, {}), token: rows}
    while len(waiting) > MOST:
        _remove(waiting.pop(next(iter(waiting))))
    request.session[KEY] = waiting
    return Held(token, tuple(row["name"] for row in rows))


def with_held(request: HttpRequest) -> "MultiValueDict[str, UploadedFile[Any]]":
    """The files of this request, after those that its form came with before."""
    rows = request.session.get(KEY, {}).get(request.POST.get("held", ""), ())
    files: MultiValueDict[str, UploadedFile[Any]] = MultiValueDict()
    for row in rows:
        if default_storage.exists(row["path"]):
            with default_storage.open(row["path"]) as stored:
                again = SimpleUploadedFile(row["name"], stored.read(), row["type"])
            files.appendlist(row["field"], again)
    for name, chosen in request.FILES.lists():
        files.setlist(name, [*files.getlist(name), *chosen])
    return files


def forget_old() -> int:
    """Remove what nobody came back for."""
    if not default_storage.exists(FOLDER):
        return 0
    gone = 0
    for name in default_storage.listdir(FOLDER)[1]:
        if default_storage.get_modified_time(f"{FOLDER}/{name}") < clock.now() - KEPT:
            default_storage.delete(f"{FOLDER}/{name}")
            gone += 1
    return gone


def _listed(cleaned: Any) -> list[CheckedFile]:
    return cast(list[CheckedFile], cleaned if isinstance(cleaned, list) else [cleaned] if cleaned else [])


def _store(file: CheckedFile) -> str:
    file.content.seek(0)
    path = default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}", file.content)
    file.content.seek(0)
    return path


def _remove(rows: list[Mapping[str, str]]) -> None:
    for row in rows:
        default_storage.delete(row["path"])
