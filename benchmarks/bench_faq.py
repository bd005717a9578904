"""Our FAQ engine beside ``rapidfuzz.process.extract(WRatio)`` over one generated list of questions.

    python -m benchmarks.bench_faq [questions=5000] [queries=300]

Both answer the same queries, interleaved in one run, in processor time, so that a busy machine is busy
for both. Only the ratio means something on another machine. No query is asked twice.
"""

import argparse
import random
import statistics
import time

from rapidfuzz import fuzz, process

from faq.search import Entry, Index

WHO = ["", "我", "我的", "你们", "请问", "家里人", "朋友", "公司", "新用户", "老客户"]
WHEN = [
    "",
    "今天",
    "昨天",
    "上个月",
    "下个月",
    "周末",
    "节假日",
    "逾期后",
    "结清后",
    "提前还款时",
    "换卡以后",
]
WHAT = [
    "还款",
    "提前还款",
    "自动扣款",
    "重复扣款",
    "扣款失败",
    "还款日",
    "账单",
    "利息",
    "罚息",
    "手续费",
    "额度",
    "征信",
    "信用报告",
    "结清证明",
    "借款合同",
    "银行卡",
    "验证码",
    "登录密码",
    "手机号",
    "实名认证",
    "个人信息",
    "授权",
    "催收电话",
    "协商还款",
    "分期",
    "展期",
    "审核",
    "放款",
    "到账",
    "退款",
    "发票",
    "投诉",
    "客服",
    "注销账户",
    "担保人",
    "联系人",
    "还款计划",
    "等额本息",
    "先息后本",
    "随借随还",
    "优惠券",
    "短信",
    "电子协议",
    "身份证",
    "人脸识别",
]
HOW = [
    "怎么办",
    "怎么弄",
    "怎么查",
    "怎么改",
    "怎么取消",
    "怎么申请",
    "怎么算",
    "为什么失败",
    "为什么没有",
    "为什么这么高",
    "多久能好",
    "多久到",
    "什么时候",
    "可以吗",
    "能不能",
    "要钱吗",
    "要什么材料",
    "在哪里看",
    "有影响吗",
    "会不会上征信",
    "找谁处理",
    "被拒绝了",
    "显示异常",
    "不对",
    "没收到",
    "多了几块",
    "忘记了",
    "丢了",
]


def questions(count: int, seed: int = 1) -> list[str]:
    """Distinct questions of 4 to about 20 characters, some with an amount or a number of days."""
    rng, made = random.Random(seed), dict[str, None]()
    while len(made) < count:
        detail = rng.choice(["", "", f"{rng.randint(1, 90)}天", f"{rng.randint(1, 99) * 100}元"])
        topic = "和".join(rng.sample(WHAT, rng.choice([1, 1, 2])))
        made[rng.choice(WHO) + rng.choice(WHEN) + topic + detail + rng.choice(HOW)] = None
    return list(made)


def garbled(text: str, rng: random.Random) -> str:
    """One character missing, doubled or swapped with its neighbour."""
    at = rng.randrange(len(text) - 1)
    return rng.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        ]
    )


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)] * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", nargs="?", type=int, default=5_000)
    parser.add_argument("queries", nargs="?", type=int, default=300)
    args = parser.parse_args()
    known = questions(args.questions)
    rng = random.Random(2)
    asked = list(dict.fromkeys(garbled(text, rng) for text in rng.choices(known, k=args.queries)))

    started = time.perf_counter()
    index = Index.build(Entry(number, text) for number, text in enumerate(known))
    built = time.perf_counter() - started

    ours, theirs, agreed = [], [], 0
    for query in asked:
        t0 = time.process_time()
        mine = index.search(query, 5)
        t1 = time.process_time()
        other = process.extract(query, known, scorer=fuzz.WRatio, limit=5)
        t2 = time.process_time()
        ours.append(t1 - t0)
        theirs.append(t2 - t1)
        agreed += bool(mine) and mine[0].entry_id in {found[2] for found in other}

    print(f"{len(known)} questions, {len(asked)} queries, index built in {built:.2f} s")
    for name, times in (("our engine", ours), ("rapidfuzz WRatio", theirs)):
        print(f"{name:17} p50 {quantile(times, 0.5):8.3f} ms   p99 {quantile(times, 0.99):8.3f} ms")
    print(f"WRatio time / ours: {statistics.fmean(theirs) / statistics.fmean(ours):.1f} (means)")
    print(f"                    {quantile(theirs, 0.5) / quantile(ours, 0.5):.1f} (medians)")
    print(f"our first answer is among WRatio's five: {agreed / len(asked):.0%}")


if __name__ == "__main__":
    main()
