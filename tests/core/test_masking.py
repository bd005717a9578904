"""Check digits decide: what is an ID number or a card is masked, an order number is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpdesk.core.folding import plain
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
        ("打１３８００１３８０００找我", "打138******00找我"),  # full-width
        ("卡号６２２２０２１２３４５６７８９０１２８，", "卡号***************0128，"),
        ("身份证１１０１０５１９４９１２３１００２Ｘ", "身份证1101************2X"),
        ("写信到 ｗａｎｇ＠example.com", "写信到 w***@example.com"),
        ("身份证 110105 19491231 002X。", "身份证 1101************2X。"),
        ("身份证110105-19491231-002X，", "身份证1101************2X，"),
        ("1101 0519 4912 3100 2X", "1101************2X"),
        ("2026-11-25 11010519491231002X", "2026-11-25 1101************2X"),
        ("2026-11-25 6222021234567890128", "2026-11-25 ***************0128"),
        ("老身份证110105491231002", "老身份证1101*********02"),
        ("座机010-88886666，", "座机010******66，"),
        ("座机（０１０）８８８８　６６６６", "座机010******66"),
        ("0755-82345678转3", "075*******78转3"),
        ("+852 9123 4567", "852******67"),
        ("电话+85291234567", "电话852******67"),
        ("+853-6612-3456", "853******56"),
        ("+886 912 345 678", "869******78"),
        ("008613800138021", "138******21"),
        ("北京市朝阳区建国路88号院3号楼2单元501室，我家", "***，我家"),
        ("他们在建国路８８号闹", "他们在***闹"),
        ("我被王强骚扰北京市朝阳区建国路88号", "我被王强***"),  # what was said before stays
        ("江苏省苏州工业园区星湖街328号", "***"),
        # Left alone: what only looks like one
        ("２０２６年１１月２５日还了１０００元", "２０２６年１１月２５日还了１０００元"),
        ("订单110105491231002", "订单110105491231002"),
        ("合同编号：110105491231002", "合同编号：110105491231002"),
        ("流水 110105491331002", "流水 110105491331002"),
        ("单 990105491231002", "单 990105491231002"),  # no such province
        ("交易 110105491331002", "交易 110105491331002"),  # no such month
        ("110105 19491231 0021", "110105 19491231 0021"),  # wrong check digit
        ("本金 1,234,567.89 元，利息 0.021 3000 2000", "本金 1,234,567.89 元，利息 0.021 3000 2000"),
        ("金额 2000 2100 2200 2300 2400", "金额 2000 2100 2200 2300 2400"),
        ("合同 HT-2026-0102-123456", "合同 HT-2026-0102-123456"),
        ("合同 LN2026-010-88886666", "合同 LN2026-010-88886666"),
        ("借款编号 202611251380012", "借款编号 202611251380012"),
        ("2026-11-25 10:30 至 2026-12-25", "2026-11-25 10:30 至 2026-12-25"),
        ("服务热线 400-800-1234、95588", "服务热线 400-800-1234、95588"),
        ("客服电话 01088886666 是订单", "客服电话 01088886666 是订单"),
        ("多扣 852 91234567", "多扣 852 91234567"),
        ("3号楼院长说", "3号楼院长说"),
        ("", ""),
    ],
)
def test_mask_text(text, masked):
    assert mask_text(text) == masked


def test_masking_twice_changes_nothing_more():
    text = f"{ID} {CARD} 13800138021 wang@example.com"
    assert mask_text(mask_text(text)) == mask_text(text)


PIECES = [
    *(f"2026-{n:02}-{n + 9:02}" for n in range(1, 13)),
    *(
        "2026年3月5日",
        "1,234,567.89元",
        "本金20000.00",
        "C-2026-000123",
        "HT-2026-0102-123456",
        "0.0365",
        "12期",
    ),
    *("逾期", "，", "。", " ", "扣了", "分", "；", "\n", "尾号0127", "15号扣款", "年化24%", "18:30"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("、".join))
def test_amounts_dates_and_numbers_of_cases_are_never_masked(text):
    assert mask_text(text) == text


PERSONAL = [ID, CARD, "13800138021", "010-88886666", "建国路88号院3号楼"]


@given(st.lists(st.sampled_from([*PIECES, *PERSONAL]), max_size=9))
def test_masking_is_settled_after_once(pieces):
    for glue in ("，", "。", "\n"):
        once = mask_text(glue.join(pieces))
        assert mask_text(once) == once


@given(st.text(alphabet="0123456789０１２３Ｘx-+ （）()号院路", max_size=40))
def test_full_width_is_read_as_what_it_means(text):
    assert len(plain(text)) == len(text)
    assert plain(mask_text(text)) == mask_text(plain(text))


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
        ("我的密码是Abc12345登录不了", "我的密码是***登录不了"),
        ("收到验证码482913怎么办", "收到验证码***怎么办"),
        ("忘记密码怎么办", "忘记密码怎么办"),
        ("电话０１０－６５００１２３４", "电话***"),
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
