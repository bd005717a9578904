"""Check digits decide: what is an ID number or a card is masked, an order number is left alone."""

import pytest

from helpdesk.core.masking import is_card_number, is_id_number, mask_contact, mask_name, mask_text

ID = "11010519491231002X"  # the example of GB 11643
CARD = "6222021234567890128"  # Luhn holds


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"我的身份证{ID}。", "我的身份证1101************2X。"),
        ("身份证 11010519491231002x", "身份证 1101************2x"),
        ("单号 110105194912310021", "单号 110105194912310021"),  # wrong check digit: an order number
        (f"卡号{CARD}", "卡号***************0128"),
        ("卡号6222 0212 3456 7890 128", "卡号***************0128"),
        ("流水 6222021234567890127", "流水 6222021234567890127"),  # fails Luhn
        ("打 13800138021 找我", "打 138******21 找我"),
        ("+86 138-0013-8021", "138******21"),
        ("订单 20261122138001380215", "订单 20261122138001380215"),
        ("工单 C-2026-000123", "工单 C-2026-000123"),
        ("写信到 wang.xm@example.com", "写信到 w***@example.com"),
        ("12800138021", "12800138021"),  # no mobile number begins with 12
        ("", ""),
    ],
)
def test_mask_text(text, masked):
    assert mask_text(text) == masked


def test_masking_twice_changes_nothing_more():
    text = f"{ID} {CARD} 13800138021 wang@example.com"
    assert mask_text(mask_text(text)) == mask_text(text)


@pytest.mark.parametrize(
    ("name", "masked"), [("王小明", "王**"), ("王", "王**"), (" 欧阳 ", "欧**"), ("", "")]
)
def test_mask_name(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("contact", "masked"),
    [
        ("13800138021", "138******21"),
        ("wang@example.com", "w***@example.com"),
        ("微信", "***"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_mask_contact(contact, masked):
    assert mask_contact(contact) == masked


def test_check_digits():
    assert [is_id_number(t) for t in (ID, ID[:-1] + "1", ID[:-1], "²" * 18)] == [True, False, False, False]
    assert [is_card_number(t) for t in (CARD, CARD[:-1] + "7", "0" * 12, "4²")] == [True, False, False, False]


@pytest.mark.parametrize("piece", ["a", "a.", "1 ", "a@", "a@b.", "+86 ", "1-", "长"])
def test_a_long_run_of_anything_is_read_once(piece: str):
    """A pattern that starts anew at every character would need minutes for this."""
    text = piece * (100_000 // len(piece))
    assert len(mask_text(text)) < 2 * len(text)
