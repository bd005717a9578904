"""Inputs, lists and text areas drawn in Python, letter for letter as Django's own templates draw them.

A queue has a hundred and fifty options, each of which is two included templates; in Python they cost a tenth.
What is not in ``DRAWN`` goes through its template as ever.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe

Widget = Mapping[str, Any]
FOLDER = "django/forms/widgets/"
INPUTS = (
    "checkbox",
    "date",
    "datetime",
    "email",
    "hidden",
    "input",
    "number",
    "password",
    "text",
    "time",
    "url",
)


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {escape(name)}" if value is True else f' {escape(name)}="{conditional_escape(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{conditional_escape(widget["value"])}"'
    name = conditional_escape(widget["name"])
    return f'<input type="{escape(widget["type"])}" name="{name}"{value}{_attributes(widget)}>'


def _option(option: Widget) -> str:
    value = conditional_escape(str(option["value"]))
    return f'<option value="{value}"{_attributes(option)}>{conditional_escape(option["label"])}</option>\n'


def _select(widget: Widget) -> str:
    drawn = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget)}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            drawn.append(f'\n  <optgroup label="{conditional_escape(group)}">')
        drawn += [f"\n  {_option(option)}" for option in options]
        if group:
            drawn.append("\n  </optgroup>")
    return "".join([*drawn, "\n</select>"])


def _textarea(widget: Widget) -> str:
    name, text = conditional_escape(widget["name"]), conditional_escape(widget["value"] or "")
    return f'<textarea name="{name}"{_attributes(widget)}>\n{text}</textarea>'


DRAWN: dict[str, Callable[[Widget], str]] = {
    **{f"{FOLDER}{name}.html": _input for name in INPUTS},
    f"{FOLDER}select.html": _select,
    f"{FOLDER}textarea.html": _textarea,
}


def draw(template: str, widget: Widget) -> SafeString | None:
    """The widget that a template of Django's would draw; None where it is not one of ours to draw."""
    drawn = DRAWN.get(template)
    return mark_safe(drawn(widget)) if drawn else None  # noqa: S308  # every value is escaped above
