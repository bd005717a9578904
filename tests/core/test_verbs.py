"""Every verb has words: nobody who reads the trail has to read code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from helpdesk.core.verbs import verbs_called, word_of, words

APPS = ("helpdesk", "faq", "tickets", "chat", "quality")
WRITERS = {"action", "creation", "record", "enter"}  # the first or second of what they take is the verb


def literals(nodes: list[ast.expr]) -> Iterator[str]:
    for top in nodes:
        for node in ast.walk(top) if not isinstance(top, ast.JoinedStr) else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def verbs_in(tree: ast.AST) -> Iterator[str]:
    """What decorators and calls name, and what is put into a variable ``verb`` for them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in WRITERS:
                yield from literals([arg for arg in node.args[:2] if not isinstance(arg, ast.Call)])
        elif isinstance(node, ast.Assign) and "verb" in ast.unparse(node.targets[0]):
            yield from literals([node.value])


def written() -> set[str]:
    files = [p for app in APPS for p in (Path(settings.BASE_DIR) / app).rglob("*.py")]
    found = {
        verb
        for path in files
        if "migrations" not in path.parts
        for verb in verbs_in(ast.parse(path.read_text("utf-8")))
    }
    return {verb for verb in found if "." in verb and verb.replace(".", "").replace("_", "").isalpha()}


def test_every_verb_that_is_written_has_a_word():
    verbs = written()
    assert {"ticket.resolved", "ticket.decision_queued", "ticket.customer_replied", "offer.expired"} < verbs
    assert len(verbs) > 180
    assert sorted(verbs - words().keys()) == []


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_the_words_are_in_the_language_of_the_page(language):
    with translation.override("zh-hans"):
        source = {verb: word_of(verb) for verb in words()}
    with translation.override(language):
        told = {verb: word_of(verb) for verb in words()}
    assert [verb for verb in told if not told[verb] or "." in told[verb]] == []
    if language == "en":
        assert [verb for verb in told if told[verb] == source[verb]] == []


def test_a_verb_of_another_version_stays_its_code_and_words_find_codes():
    assert word_of("ticket.teleported") == "ticket.teleported"
    with translation.override("zh-hans"):
        assert verbs_called("停用账号") == ["person.deactivated"]
        assert verbs_called("person.deactivated") == ["person.deactivated"]
        assert verbs_called("no such thing") == ["no such thing"]
    with translation.override("en"):
        assert verbs_called("ACCOUNT deactivated") == ["person.deactivated"]
