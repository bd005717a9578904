"""Every text of the interface is in every catalogue, translated, with its placeholders intact."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from helpdesk.core import catalogues

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def test_texts_are_collected_under_every_name_that_a_module_gives_gettext():
    named = re.compile(r"^from django\.utils\.translation import \w+ as (\w+)$", re.MULTILINE)
    files = [file for name in catalogues.SOURCES for file in (Path(settings.BASE_DIR) / name).rglob("*.py")]
    names = {name for file in files for name in named.findall(file.read_text(encoding="utf-8"))}
    assert "_" in names
    assert names <= set(catalogues.KEYWORDS)


@pytest.mark.parametrize("locale", catalogues.LOCALES)
def test_no_text_is_missing(locale):
    assert catalogues.stale(locale) == set()


@pytest.mark.parametrize("locale", catalogues.LOCALES)
def test_no_text_is_untranslated(locale):
    assert [m.id for m in catalogues.untranslated(catalogues.read(locale))] == []


@pytest.mark.parametrize("locale", catalogues.LOCALES)
def test_placeholders_survive_translation(locale):
    broken = []
    for message in catalogues.read(locale):
        ids, strings = forms(message.id), forms(message.string)
        wanted = sorted(PLACEHOLDER.findall(ids[0]))
        given = [sorted(PLACEHOLDER.findall(string)) for string in strings]
        # The singular may drop its number ("one case"); nothing may invent a placeholder.
        whole = given[0] == wanted or (len(ids) > 1 and set(given[0]) < set(wanted))
        if message.id and not (whole and given[-1] == wanted):
            broken.append(message.id)
    assert broken == []


def forms(text: object) -> list[str]:
    """A message's text or texts: with plural forms there are several."""
    return [str(one) for one in text] if isinstance(text, list | tuple) else [str(text or "")]


def test_english_holds_no_chinese_but_the_names_of_languages():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    english = catalogues.read("en")
    left = [m.id for m in english if m.id and any(chinese.search(text) for text in forms(m.string))]
    assert set(left) <= {"简体中文", "繁體中文", "简", "繁"}
