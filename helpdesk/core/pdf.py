"""Documents on paper: a Typst template of ours and the data of a case make a PDF.

    pdf.render("tickets/dossier.typ", {"title": …, "sections": […]})

A template lies in ``templates/`` and reads ``data``; ``templates/core/document.typ`` is put in front of it
and holds the page and the helpers that all documents share. Data goes in as JSON, so what a customer wrote is
text and can never become markup. The compiler sees an empty folder: a template cannot read a file, and ours
import nothing. Emoji have no shape in the font and are printed as a box.
"""

import json
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
import typst
from django.conf import settings
from django.utils.translation import get_language

# Marks that turn the reading direction or hide: on paper they would make a text read as it was not written.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# What Typst calls the languages of the interface: it breaks lines and quotes by them.
LANGUAGES = {"zh-hans": ("zh", "cn"), "zh-hant": ("zh", "tw"), "en": ("en", "gb")}


@cache
def _fonts() -> typst.Fonts:
    folder = str(Path(str(manimgx_fonts_cjk.__file__)).parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])


def render(template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF. ``data`` is what JSON can hold; texts in it are printed as they are, marks made visible."""
    return _compile(template, data, "pdf")[0]


def render_png(template: str, data: Mapping[str, Any], *, ppi: int = 60) -> list[bytes]:
    """The pages as pictures, for a preview."""
    return _compile(template, data, "png", ppi=ppi)


def _compile(template: str, data: Mapping[str, Any], kind: Any, ppi: int | None = None) -> list[bytes]:
    folder = Path(settings.BASE_DIR) / "templates"
    source = (folder / "core/document.typ").read_text("utf-8") + (folder / template).read_text("utf-8")
    lang, region = LANGUAGES.get(get_language() or "", LANGUAGES["zh-hans"])
    inputs = {"data": json.dumps(_visible(data), ensure_ascii=False), "lang": lang, "region": region}
    with tempfile.TemporaryDirectory() as empty:
        made = typst.compile(  # type: ignore[type-var]  # its stub ties fonts to the type of the source
            source.encode(),
            root=empty,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format=kind,
            ppi=ppi,
            sys_inputs=inputs,
        )
    return made if isinstance(made, list) else [made or b""]


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return INVISIBLE.sub(lambda mark: f"〔U+{ord(mark[0]):04X}〕", value)
    if isinstance(value, Mapping):
        return {str(key): _visible(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_visible(item) for item in value]
    return value
