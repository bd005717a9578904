"""Every text of the interface is in every catalogue, translated, with its placeholders intact."""

import re

import pytest

from helpdesk.core import catalogues

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


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
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = {frozenset(PLACEHOLDER.findall(text)) for text in ids}
        # A plural form may drop its number ("one case"), never invent a placeholder.
        if message.id and any(not any(set(PLACEHOLDER.findall(s)) <= w for w in wanted) for s in strings):
            broken.append(message.id)
        if isinstance(message.id, str) and message.id:
            if sorted(PLACEHOLDER.findall(strings[0])) != sorted(PLACEHOLDER.findall(message.id)):
                broken.append(message.id)
    assert broken == []


def test_english_holds_no_chinese_but_the_names_of_languages():
    chinese = re.compile(r"[\u4e00-\u9fff]")
    left = [
        m.id
        for m in catalogues.read("en")
        if m.id and any(chinese.search(s) for s in ([m.string] if isinstance(m.string, str) else m.string))
    ]
    assert set(left) <= {"简体中文", "繁體中文", "简", "繁"}
