"""The interface's texts: collected from code and templates, translated in PO files, compiled.

The source language is Simplified Chinese. ``zh_Hant`` is converted by OpenCC where nobody has written a
better wording (such an entry carries the ``opencc`` flag and follows the source); ``en`` is written by hand.
Everything is pure Python, so that a machine needs no gettext tools.
"""

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from helpdesk.core.script import to_traditional

LOCALES = ("en", "zh_Hant")
SOURCES = ("helpdesk", "faq", "tickets", "chat", "quality")
AUTOMATIC = "opencc"
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "gettext_noop": None,
    # What modules call the second of the two that they need, beside ``_``.
    "_lazy": None,
    "_now": None,
}

Text = tuple[str | None, str | tuple[str, ...]]  # context and msgid (or singular and plural)


def po_path(locale: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "django.po"


def _python(path: Path) -> io.BytesIO:
    return io.BytesIO(path.read_bytes())


def _template(path: Path) -> io.BytesIO:
    """A template as the Python-like text that Django makes of it; indentation would confuse the tokenizer."""
    lines = templatize(path.read_text(encoding="utf-8")).splitlines()
    return io.BytesIO("\n".join(line.strip() for line in lines).encode())


def source_texts() -> Iterator[tuple[Text, str]]:
    """Every text in the sources with the file that it stands in."""
    base = Path(settings.BASE_DIR)
    files = [(p, _python) for name in SOURCES for p in sorted((base / name).rglob("*.py"))]
    files += [(p, _template) for p in sorted((base / "templates").rglob("*")) if p.is_file()]
    for path, reader in files:
        if "migrations" in path.parts:
            continue
        for _line, function, found, _comments in extract_python(reader(path), KEYWORDS, (), {}):
            if found is not None:  # a function of this name that is called without a text
                yield (
                    _text(str(function), cast(str | Sequence[str | None], found)),
                    path.relative_to(base).as_posix(),
                )


def _text(function: str, found: str | Sequence[str | None]) -> Text:
    parts = [found] if isinstance(found, str) else [part for part in found if part is not None]
    base = function.removesuffix("_lazy")
    context = parts.pop(0) if base in {"pgettext", "npgettext"} else None
    return context, (parts[0], parts[1]) if base in {"ngettext", "npgettext"} else parts[0]


def new_catalog(locale: str) -> Catalog:
    header = "# The interface of Helpdesk; collected by: make messages"
    return Catalog(locale=locale, charset="utf-8", project="Helpdesk", header_comment=header, fuzzy=False)


def read(locale: str) -> Catalog:
    path = po_path(locale)
    if not path.exists():
        return new_catalog(locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def update() -> dict[str, list[Message]]:
    """Bring both PO files up to the sources; returns what still lacks a translation, by locale."""
    places: dict[Text, set[str]] = {}
    for text, place in source_texts():
        if any(text[1]):
            places.setdefault(text, set()).add(place)
    missing: dict[str, list[Message]] = {}
    for locale in LOCALES:
        old, new = read(locale), new_catalog(locale)
        for context, msgid in sorted(places, key=lambda text: (sorted(places[text]), str(text))):
            kept = old.get(msgid if isinstance(msgid, str) else msgid[0], context)
            string = kept.string if kept else ""
            if isinstance(string, str) != isinstance(msgid, str):
                string = ""  # it has gained or lost its plural
            flags = kept.flags - {"fuzzy"} if kept else set()
            if locale == "zh_Hant" and (not string or not any(string) or AUTOMATIC in flags):
                flags = flags | {AUTOMATIC}
                string = _convert(msgid)
            locations = [(place, 0) for place in sorted(places[context, msgid])]
            new.add(msgid, string, locations=locations, flags=flags, context=context)
        _write(new, po_path(locale))
        missing[locale] = untranslated(new)
    return missing


def _convert(msgid: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if isinstance(msgid, str):
        return to_traditional(msgid)
    return (to_traditional(msgid[0]),)  # Chinese has one form


def untranslated(catalog: Catalog) -> list[Message]:
    return [
        m
        for m in catalog
        if m.id and (not m.string or not all([m.string] if isinstance(m.string, str) else m.string))
    ]


def stale(locale: str) -> set[Text]:
    """Texts of the sources that the catalogue lacks."""
    catalog = read(locale)
    wanted = {text for text, _place in source_texts() if any(text[1])}
    return {t for t in wanted if catalog.get(t[1] if isinstance(t[1], str) else t[1][0], t[0]) is None}


def compile_stale() -> int:
    """Compile the catalogues whose PO file is newer than its MO file; returns how many."""
    done = 0
    for locale in LOCALES:
        po = po_path(locale)
        mo = po.with_suffix(".mo")
        if not po.exists() or (mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime):
            continue
        partial = mo.with_suffix(f".{os.getpid()}")
        with partial.open("wb") as file:
            write_mo(file, read(locale))
        partial.replace(mo)  # at once: another process may be reading it
        done += 1
    return done


def _write(catalog: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    # Files without line numbers, and no dates: a change elsewhere must not touch this file.
    write_po(out, catalog, width=0, omit_header=False, include_lineno=False, sort_output=False)
    lines = [
        line
        for line in out.getvalue().decode().splitlines()
        if not line.startswith(
            (
                '"POT-Creation-Date',
                '"PO-Revision-Date',
                '"Generated-By',
                '"Last-Tr',
                '"Report-',
                '"Language-T',
            )
        )
    ]
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
