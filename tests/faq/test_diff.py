"""Differences that a person can read: whole words, short context, no change missed."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from faq.diff import compare, compare_line, compare_texts
from tests.faq.factories import make_text


def shown(pieces):
    return [(piece.kind, piece.text) for piece in pieces]


def test_a_chinese_word_changes_as_a_word():
    assert shown(compare_line("逾期罚息怎么算", "逾期利息怎么算")) == [
        ("same", "逾期"),
        ("gone", "罚息"),
        ("new", "利息"),
        ("same", "怎么算"),
    ]


def test_a_number_changes_as_a_number():
    assert shown(compare_line("共 1,234.50 元", "共 1,234.60 元")) == [
        ("same", "共 "),
        ("gone", "1,234.50"),
        ("new", "1,234.60"),
        ("same", " 元"),
    ]


def test_unchanged_lines_far_from_a_change_are_counted_not_shown():
    old = "\n".join(f"第{n}段" for n in range(20))
    lines = compare(old, old.replace("第10段", "第10段有改动"))
    assert [line.skipped for line in lines] == [8, 0, 0, 0, 0]
    assert [line.kind for line in lines] == ["same", "same", "changed", "same", "same"]


def test_lines_that_share_nothing_are_one_gone_and_one_new():
    assert [shown(line.pieces) for line in compare("甲乙丙丁", "子丑寅卯")] == [
        [("gone", "甲乙丙丁")],
        [("new", "子丑寅卯")],
    ]


def test_only_fields_that_differ_are_shown_and_choices_by_their_label():
    old = make_text(variants=("一", "二"))
    new = dataclasses.replace(old, topic="overdue", variants=("一", "三"))
    found = {field.name: [shown(line.pieces) for line in field.lines] for field in compare_texts(old, new)}
    assert found == {
        "topic": [[("gone", "还款")], [("new", "逾期")]],
        "variants": [[("same", "一")], [("gone", "二")], [("new", "三")]],
    }
    assert compare_texts(old, old) == []


@given(st.text("还款逾期罚息 a1\n", max_size=60), st.text("还款逾期罚息 a1\n", max_size=60))
def test_both_texts_can_be_read_back_from_a_line(old, new):
    pieces = compare_line(old, new)
    assert "".join(p.text for p in pieces if p.kind != "new") == old
    assert "".join(p.text for p in pieces if p.kind != "gone") == new
