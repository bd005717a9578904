"""Check digits decide: what is an ID number or a card is masked, an order number is left alone."""

import pytest

from helpdesk.core.masking import anonymise, is_card_number, is_id_number, mask_contact, mask_name, mask_text

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
        ("卡号6222021234567890127 扣款失败", "卡号***************0127 扣款失败"),  # named, whatever its digit
        ("银行卡是 6222 0212 3456 7890 127", "银行卡是 ***************0127"),
        ("北京市朝阳区建国路88号", "***"),
        ("我住在北京市朝阳区建国路88号3单元501室，怎么还", "我住在***，怎么还"),
        ("寄到上海市世纪大道 100 号 2 栋", "寄到*** 2 栋"),
        ("我家在建国路八十八号", "我家在***"),
        ("我住幸福小区3号楼502室", "我住***"),
        ("碧波路690弄5号", "***"),
        ("我不知道15号扣款，难道15号扣", "我不知道15号扣款，难道15号扣"),
        ("我们村15号开会，小区16号停电", "我们村15号开会，小区16号停电"),
        ("坐地铁2号线，走渠道3号窗口", "坐地铁2号线，走渠道3号窗口"),
        ("信用卡账单日15号，尾号0127", "信用卡账单日15号，尾号0127"),
        ("2026年11月25日在建设路支行还了1000元", "2026年11月25日在建设路支行还了1000元"),
        ("银行卡扣了 20261122138001380215 这单", "银行卡扣了 20261122138001380215 这单"),
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


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "1 ",
        "a@",
        "a@b.",
        "+86 ",
        "1-",
        "长",
        "路",
        "路1",
        "路1号",
        "住在长路1号",
        "村1",
        "卡号1",
        "卡号",
    ],
)
def test_a_long_run_of_anything_is_read_once(piece: str):
    """A pattern that starts anew at every character would need minutes for this."""
    text = piece * (100_000 // len(piece))
    assert len(mask_text(text)) < 2 * len(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"身份证{ID}被冒用", "身份证***被冒用"),
        ("身份证 110105194912310021 有误", "身份证 *** 有误"),  # also where the check digit is wrong
        ("打 138 0013 8021 找我", "打 *** 找我"),
        ("电话010-65001234打不通", "电话***打不通"),
        ("手机一三八零零一三八零二一", "手机***"),
        (f"卡{CARD}扣款失败", "卡***扣款失败"),
        ("卡号6222021234567890127", "卡号***"),  # also where Luhn fails
        ("写信到 wang.xm@example.com 没回", "写信到 *** 没回"),
        ("我叫王小明怎么还款", "我叫王**怎么还款"),
        ("我叫張三，怎麼還款", "我叫張**，怎麼還款"),
        ("姓名：李雷 查进度", "姓名：李** 查进度"),
        ("张大千先生的贷款", "张**先生的贷款"),
        ("合同寄到上海市浦东新区世纪大道100号2栋301室要多久", "***要多久"),
        ("我住幸福小区3号楼", "***"),
        ("借1000元还12期，15号扣款", "借1000元还12期，15号扣款"),
        ("我不知道15号扣款", "我不知道15号扣款"),
        ("借100000元日息万五", "借100000元日息万五"),
        ("上门催收违法吗", "上门催收违法吗"),
        ("姓名写错了能改吗", "姓名写错了能改吗"),
        ("王先生是谁", "王先生是谁"),
        ("一二三期怎么还", "一二三期怎么还"),
        ("", ""),
    ],
)
def test_anonymise_leaves_no_person_in_a_log(text, kept):
    assert anonymise(text) == kept
    assert anonymise(kept) == kept


def test_anonymise_takes_no_longer_than_the_text_is_long():
    for piece in ("街", "道1", "1-", "我叫王", "一", "a.", "路1号", "王小"):
        assert len(anonymise(piece * 1_000)) <= 3_000
