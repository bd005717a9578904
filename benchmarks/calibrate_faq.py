"""Fit the constants of faq/search/confidence.py on our own articles, and print how well they are calibrated.

    python benchmarks/calibrate_faq.py

Every variant is asked with that variant taken out of the index (right or wrong, as it comes out), every
question with its whole article taken out (never right), and questions about other things (never right).
Of the traffic, the second is taken to be 20 % and the third 10 %. Takes a few minutes.
"""

import math
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from faq.search import Entry, Index
from faq.search.confidence import CLEAR_LEAD, THRESHOLD
from faq.search.index import RERANKED

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = [
    "今天天气怎么样",
    "喜欢吃苹果",
    "帮我写一首诗",
    "最近有什么电影",
    "股票怎么买",
    "哪里可以修手机",
    "彩票中奖号码",
    "如何减肥",
    "明天会下雨吗",
    "怎么做红烧肉",
    "附近有加油站吗",
    "医保怎么报销",
    "社保卡丢了怎么办",
    "高铁票怎么退",
    "快递到哪了",
    "我的外卖怎么还没到",
    "怎么退货",
    "水电费怎么交",
    "房价会跌吗",
    "怎么考驾照",
    "孩子上学要什么材料",
    "英语怎么学",
    "手机没电了",
    "世界杯谁赢了",
    "公积金提取条件",
    "怎么买基金",
    "存款利率是多少",
    "开户行怎么查",
    "外汇怎么换",
    "微信怎么加好友",
    "你是谁",
    "你会唱歌吗",
    "我好无聊",
    "讲个笑话",
    "几点下班",
    "招聘吗",
    "优惠券怎么用",
]
SHARES = {"held out": 0.7, "article absent": 0.2, "elsewhere": 0.1}
Row = tuple[str, list[float], bool]  # kind, features, right


def entries() -> list[Entry]:
    """As faq/live.py makes them, drafts left out."""
    made = []
    for path in sorted((ROOT / "faq/content").glob("*.toml")):
        for article in tomllib.loads(path.read_text("utf-8"))["article"]:
            if article["status"] == "published":
                variants = (*article["variants"], " ".join(article["keywords"]))
                made.append(Entry(article["slug"], article["question"], variants))
    return made


def ask(index: Index, query: str, meant: object, kind: str) -> Row:
    ranking = index.rank(index.read(query), RERANKED)
    if not ranking.candidates:
        return kind, [1.0, 0.0, 0.0], False
    clear = max(0.0, ranking.lead() - CLEAR_LEAD)
    right = index.ids[ranking.candidates[0].number] == meant
    return kind, [1.0, ranking.evidence(0), clear], right


def rows() -> list[Row]:
    known, found = entries(), []
    for at, entry in enumerate(known):
        without = [*known[:at], *known[at + 1 :]]
        for variant in entry.variants[:-1]:
            rest = tuple(text for text in entry.variants if text != variant)
            index = Index.build([*without, Entry(entry.id, entry.question, rest)])
            found.append(ask(index, variant, entry.id, "held out"))
        index = Index.build(without)
        found += [
            ask(index, text, entry.id, "article absent") for text in (entry.question, *entry.variants[:-1])
        ]
    index = Index.build(known)
    return found + [ask(index, text, None, "elsewhere") for text in ELSEWHERE]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def solve(matrix: list[list[float]], vector: list[float]) -> list[float]:
    """Gauss, three unknowns."""
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    for i, pivot in enumerate(rows):
        for other in rows[i + 1 :]:
            factor = other[i] / pivot[i]
            other[:] = [a - factor * b for a, b in zip(other, pivot, strict=True)]
    solution = [0.0] * len(rows)
    for i in reversed(range(len(rows))):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, len(rows)))
        solution[i] = (rows[i][-1] - known) / rows[i][i]
    return solution


def fit(data: list[Row], weights: list[float]) -> list[float]:
    """Logistic regression by Newton's method."""
    constants = [0.0, 0.0, 0.0]
    for _ in range(25):
        slope = [0.0] * 3
        bend = [[1e-6 * (i == j) for j in range(3)] for i in range(3)]
        for (_, x, right), weight in zip(data, weights, strict=True):
            p = sigmoid(sum(c * v for c, v in zip(constants, x, strict=True)))
            for i in range(3):
                slope[i] += weight * (right - p) * x[i]
                for j in range(3):
                    bend[i][j] += weight * p * (1 - p) * x[i] * x[j]
        constants = [c + d for c, d in zip(constants, solve(bend, slope), strict=True)]
    return constants


def main() -> None:
    data = rows()
    counts = {kind: sum(row[0] == kind for row in data) for kind in SHARES}
    weights = [SHARES[kind] / counts[kind] for kind, _, _ in data]
    constants = fit(data, weights)
    print("INTERCEPT = {:.2f}\nPER_EVIDENCE = {:.2f}\nPER_LEAD = {:.2f}".format(*constants))
    held = [row for row in data if row[0] == "held out"]
    print(f"held-out variants: {len(held)}, first answer right: {sum(r[2] for r in held) / len(held):.3f}")
    sure = [sigmoid(sum(c * v for c, v in zip(constants, x, strict=True))) for _, x, _ in data]
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = [i for i, p in enumerate(sure) if low <= p < low + 0.2]
        total = sum(weights[i] for i in inside) or 1.0
        said = sum(sure[i] * weights[i] for i in inside) / total
        right = sum(data[i][2] * weights[i] for i in inside) / total
        print(f"  {low:.1f}-{low + 0.2:.1f}: {len(inside):4d} questions, said {said:.2f}, right {right:.2f}")
    for kind in SHARES:
        shares = [sure[i] >= THRESHOLD for i, row in enumerate(data) if row[0] == kind]
        print(f"  answered outright ({THRESHOLD}) of {kind}: {sum(shares) / len(shares):.2f}")


if __name__ == "__main__":
    main()
