"""The template vocabulary."""

import datetime as dt

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.utils import translation

from helpdesk.core.forms import MAX_TEXT, TextArea


def render(source: str, **context) -> str:
    return " ".join(Template(source).render(Context(context)).split())


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-22T04:00:00Z", tick=False):
        yield


@pytest.mark.parametrize(
    ("day", "tone", "date", "word"),
    [
        (dt.date(2026, 11, 20), "bad", "11-20", "已超期 2 天"),
        (dt.date(2026, 11, 22), "warn", "11-22", "今天到期"),
        (dt.date(2026, 11, 25), "warn", "11-25", "还有 3 天"),
        (dt.date(2026, 11, 26), "neutral", "11-26", "还有 4 天"),
        (dt.date(2027, 1, 5), "neutral", "2027-01-05", "还有 44 天"),
    ],
)
def test_due_badge_says_the_date_first_and_what_remains_second(day, tone, date, word):
    badge = render("{% due_badge day %}", day=day)
    assert f'data-tone="{tone}"' in badge
    assert f">{date}</time> <span>{word}</span>" in badge
    assert "<svg" in badge


def test_due_badge_when_done_and_when_there_is_none():
    assert "<span>已完成</span>" in render("{% due_badge day done=True %}", day=dt.date(2026, 11, 1))
    assert render("{% due_badge day %}", day=None) == ""


def test_due_badge_counts_in_the_days_of_the_business_zone():
    with time_machine.travel("2026-11-22T17:00:00Z", tick=False):  # already the 23rd in Shanghai
        assert "今天到期" in render("{% due_badge day %}", day=dt.date(2026, 11, 23))


@pytest.mark.parametrize(("code", "lang"), [("zh-hans", "zh-Hans"), ("zh-hant", "zh-Hant"), ("en", "en")])
def test_html_lang(code, lang):
    assert render("{{ code|html_lang }}", code=code) == lang


def test_script_turns_content_for_readers_of_traditional_chinese():
    with translation.override("zh-hant"):
        assert render("{{ text|script }}", text="还款软件") == "還款軟體"
    assert render("{{ text|script }}", text="还款") == "还款"


class Sample(forms.Form):
    name = forms.CharField(label="姓名", max_length=5, help_text="<b>")
    text = TextArea(label="经过", min_length=3, required=False)


def test_form_shows_each_error_on_top_and_beside_its_field():
    page = render("{{ form }}", form=Sample({"name": "", "text": "好"}))
    assert '<a href="#id_name">姓名</a>' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert page.count("请至少写 3 个字，现在是 1 个。") == 2
    assert "&lt;b&gt;" in page


def test_form_keeps_and_escapes_what_was_typed():
    page = render("{{ form }}", form=Sample({"name": "<script>", "text": "x"}))
    assert "<script>" not in page
    assert 'value="&lt;script&gt;"' in page


@pytest.mark.parametrize("text", ["字" * (MAX_TEXT + 1), "😀" * 20_000])
def test_text_area_says_how_long_the_text_is(text):
    form = Sample({"name": "a", "text": text})
    assert form.errors["text"] == [f"最多 5000 字，现在是 {len(text)} 字。"]
    assert "maxlength" not in str(form["text"])


def test_text_area_counts_a_line_break_once():
    form = Sample({"name": "a", "text": "一\r\n二\r\n三"})
    assert form.is_valid()
    assert form.cleaned_data["text"] == "一\n二\n三"
