"""How well indexes judge themselves, and whether the shipped judge of faq/search/confidence.py is still near.

    python -m benchmarks.calibrate_faq [ENTRIES.jsonl ...]

Of our own articles, benchmarks/data/paraphrases_hant.jsonl and any file given, each index examines itself
(faq/search/exam.py). Printed is what each says beside what is right, and what all of their answers together
would make of the shipped judge.
"""

import sys
import tomllib
from pathlib import Path

import numpy as np

from faq.search import Entry, Index
from faq.search.confidence import SHIPPED, THRESHOLD, Judge
from faq.search.evaluate import read_entries
from faq.search.exam import Answer, answers, fit
from faq.search.synonyms import Synonyms

ROOT = Path(__file__).resolve().parent.parent
ANSWERS = 600  # that each collection counts for


def articles() -> list[Entry]:
    """As faq/live.py makes them, drafts left out."""
    return [
        Entry(article["slug"], article["question"], tuple(article["variants"]))
        for path in sorted((ROOT / "faq/content").glob("*.toml"))
        for article in tomllib.loads(path.read_text("utf-8"))["article"]
        if article["status"] == "published"
    ]


def examined(entries: list[Entry]) -> list[Answer]:
    words = Synonyms.load()
    return answers(entries, lambda known: Index(known, words, heard=False))


def table(found: list[Answer], judge: Judge) -> None:
    said = np.array(
        [1 / (1 + np.exp(-judge.intercept - judge.slope * np.dot(judge.weights, a.figures))) for a in found]
    )
    right = np.array([answer.right for answer in found])
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = (said >= low) & (said < low + 0.2)
        if inside.any():
            print(
                f"  {low:.1f}-{low + 0.2:.1f}: {inside.sum():4d} questions, "
                f"said {said[inside].mean():.2f}, right {right[inside].mean():.2f}"
            )
    lacking = said[[not answer.answered for answer in found]]
    print(f"  answered outright, of those without an answer: {(lacking >= THRESHOLD).mean():.2f}")


def main() -> None:
    collections = {
        "our articles": articles(),
        "paraphrases": read_entries(ROOT / "benchmarks/data/paraphrases_hant.jsonl"),
        **{name: read_entries(Path(name)) for name in sys.argv[1:]},
    }
    seen = {name: examined(entries) for name, entries in collections.items()}
    pooled = [a for found in seen.values() for a in found * max(1, round(ANSWERS / len(found)))]
    near = fit(pooled, SHIPPED)
    print("shipped:", SHIPPED)
    print("pooled: ", Judge(tuple(round(w, 2) for w in near.weights), near.intercept, near.slope))
    for name, found in seen.items():
        answered = [answer for answer in found if answer.answered]
        print(
            f"{name}: {len(found)} questions, first answer right {np.mean([a.right for a in answered]):.3f}"
        )
        table(found, fit(found, SHIPPED))


if __name__ == "__main__":
    main()
