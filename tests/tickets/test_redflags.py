"""Red flags: what fires, what must not, and the words that are shown."""

import pytest

from tickets import redflags

FIRES = [
    ("RF01", "夜里十一点半了手机还在响，接起来又是催我还钱的"),
    ("RF02", "光今天上午就来了十七个催款电话"),
    ("RF03", "他们把电话打到我婆婆那里去了"),
    ("RF04", "电话里张口就骂，说要找人收拾我"),
    ("RF05", "对方自称是法院执行局的，让我马上转账"),
    ("RF06", "在业主群里发我的身份证，说我欠钱不还"),
    ("RF07", "两个男的找到我家里来，也不出示证件"),
    ("RF08", "我已经说过不要再打这个号码"),
    ("RF09", "批了八千，到手只有七千三"),
    ("RF10", "广告写年利率百分之八，算下来百分之三十多"),
    ("RF11", "早就结清了，征信报告里还显示未结清"),
    ("RF12", "有人捡到我的身份证，用我的名义办了贷款"),
    ("RF13", "我真的不想活了"),
    ("RF14", "你们不管，我就去金融监管局反映"),
    ("RF15", "我爷爷八十二岁了，耳朵听不见"),
    ("RF16", "请删除你们留着的人脸照片和通讯录"),
    ("RF17", "客服让我找门店，门店又让我找客服，踢皮球"),
    ("RF18", "我司受客户委托，就停息事宜与贵司协商"),
    ("RF19", "三秒钟就拒了我，请人来看一看，不要机器审批"),
]
SILENT = [
    "没有威胁我，也没有骂我，就是说话慢",
    "催收员没有联系过我家人",
    "我并没有想自杀，你们别误会",
    "客服：如遇威胁恐吓，请拨打我们的电话",
    "温馨提示：谨防诈骗，不要向陌生人转账",
    "听说别家有人被催收逼得跳楼，看着吓人",
    "如果逾期了会打电话给我家人吗？",
    "逾期会不会上门催收？",
    "请问还款日是哪天",
    "催收短信说会向法院起诉",
    "合同里写打官司只能在你们那里",
    "我在医院上班，不方便接电话",
    "半夜收到登录的验证码",
    "你们的客服很有耐心，谢谢",
    "",
]


@pytest.mark.parametrize(("code", "text"), FIRES, ids=[code for code, _text in FIRES])
def test_each_flag_is_found_and_shows_its_words(code, text):
    found = {flag.code: flag for flag in redflags.find(text)}
    assert code in found
    assert all(word in text for word in found[code].words)
    assert found[code].level == redflags.LEVELS[code]


@pytest.mark.parametrize("text", SILENT)
def test_what_is_denied_asked_or_said_by_others_stays_silent(text):
    assert redflags.find(text) == []


def test_most_urgent_first():
    flags = redflags.find("半夜还打电话催我，我不想活了，我要去信访")
    assert [(flag.code, flag.level) for flag in flags] == [("RF13", "P0"), ("RF01", "P1"), ("RF14", "P1")]


def test_traditional_and_full_width_read_the_same():
    assert [f.code for f in redflags.find("他們威脅我說要打斷我的腿")] == ["RF04"]
    assert [f.code for f in redflags.find("我要打１２３７８")] == ["RF14"]


def test_a_negation_ends_with_its_clause():
    assert [f.code for f in redflags.find("客服没有骂我，催收员却恐吓我")] == ["RF04"]


ENGLISH = [
    ("RF01", "Your collector called me at midnight, I was asleep."),
    ("RF02", "They rang 23 times a day last week."),
    ("RF03", "A man phoned my boss and my mother about it."),
    ("RF04", "He threatened me and swore at my wife."),
    ("RF05", "The caller pretended to be from the police."),
    ("RF06", "Somebody posted my ID photo in a group chat."),
    ("RF07", "Two men came to my house on Sunday."),
    ("RF08", "Please stop calling me on this number."),
    ("RF09", "The contract says 10,000 but I only received 9,300."),
    ("RF10", "There are hidden fees on every bill."),
    ("RF11", "My credit report still shows a loan that I paid off."),
    ("RF12", "My identity was stolen, I never applied for this loan."),
    ("RF13", "I can't take it any more, I want to kill myself."),
    ("RF13", "I have decided to commit suicide tonight."),
    ("RF14", "I am going to report you to the financial regulator."),
    ("RF15", "I lost my job in May."),
    ("RF16", "Delete my personal data and close my account."),
    ("RF17", "Nobody has replied to my three emails."),
    ("RF18", "We write on behalf of our client."),
    ("RF19", "The system rejected me in seconds, I ask for a human review."),
]


@pytest.mark.parametrize(("code", "text"), ENGLISH)
def test_english_is_heard_too(code, text):
    found = {flag.code: flag.words for flag in redflags.find(text)}
    assert code in found
    assert all(word in text for word in found[code])


@pytest.mark.parametrize(
    "text",
    [
        "When is my next payment due?",
        "He never threatened me, he was polite.",
        "Can I repay early, and what does it cost?",
        "Thank you, the agent called back at noon and solved it.",
        "The app does not open since the update.",
    ],
)
def test_plain_english_raises_nothing(text):
    assert redflags.find(text) == []


@pytest.mark.parametrize(
    ("foreign", "text"),
    [
        (True, "I want my money back."),
        (False, "app 打不开"),
        (False, "退钱"),
        (False, "123"),
        (True, "Wo yao tousu"),
    ],
)
def test_what_counts_as_chinese(foreign, text):
    assert redflags.is_foreign(text) is foreign
