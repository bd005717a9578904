"""What is drawn in Python is, letter for letter, what Django's templates draw."""

import datetime as dt
from collections.abc import Callable

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from helpdesk.core import widgets
from helpdesk.core.forms import Renderer

NASTY = """"'<b>&amp;</b>\n😀"""
CHOICES = [
    ("", "—"),
    (None, "nothing"),
    (1, gettext_lazy("投诉")),
    (NASTY, NASTY),
    (2.5, 12_345),
    ("safe", mark_safe("<i>")),
    (gettext_lazy("还款"), [("a", "甲"), ("b", "乙")]),
    (NASTY, [("c", "丙")]),
]
ATTRS = {
    "id": "id_x",
    "required": True,
    "disabled": False,
    "data-x": NASTY,
    "maxlength": 9,
    "data-none": None,
}
WIDGETS: list[Callable[[], forms.Widget]] = [
    forms.TextInput,
    forms.NumberInput,
    forms.EmailInput,
    forms.URLInput,
    forms.PasswordInput,
    forms.HiddenInput,
    forms.DateInput,
    forms.DateTimeInput,
    forms.TimeInput,
    forms.CheckboxInput,
    forms.Textarea,
    lambda: forms.Select(choices=CHOICES),
    lambda: forms.SelectMultiple(choices=CHOICES),
    lambda: forms.PasswordInput(render_value=True),
]
VALUES = [
    None,
    "",
    0,
    1,
    12_345,
    2.5,
    True,
    False,
    "b",
    NASTY,
    ["b", "c"],
    mark_safe("<i>"),
    dt.date(2026, 1, 2),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("make", WIDGETS)
def test_it_is_what_django_draws(make, value):
    for attrs in ({}, ATTRS):
        for name in ("x", NASTY):
            theirs = make().render(name, value, attrs, renderer=TemplatesSetting())
            assert make().render(name, value, attrs, renderer=Renderer()) == theirs


def test_every_template_that_is_replaced_is_one_of_djangos(monkeypatch):
    """A name that Django no longer uses would be dead; one that is unknown goes through its template."""
    asked = []

    def render(_renderer, template, *_):
        asked.append(template)
        return ""

    monkeypatch.setattr(TemplatesSetting, "render", render)
    for make in WIDGETS:
        make().render("x", "", {}, renderer=Renderer())
    assert asked == []
    forms.RadioSelect(choices=CHOICES).render("x", "", {}, renderer=Renderer())
    assert asked == ["django/forms/widgets/radio.html"]
    used = {make().template_name for make in WIDGETS}
    assert {name for name in widgets.DRAWN if not name.endswith("/input.html")} == used
