"""Measuring the engine on a file of questions: what it finds, how fast, and when it should not answer."""

import gc
import json
import statistics
import time
import tracemalloc
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faq.search.confidence import THRESHOLD
from faq.search.index import Entry, Index

DEPTH = 10


@dataclass(frozen=True)
class Asked:
    query: str
    id: str | int | None  # of the entry meant; none has the answer when it is None


def read_entries(path: Path) -> list[Entry]:
    return [
        Entry(
            _field(row, "id", str | int, where),
            _field(row, "question", str, where),
            tuple(_texts(row.get("variants", []), where)),
        )
        for row, where in _rows(path)
    ]


def read_queries(path: Path) -> list[Asked]:
    return [
        Asked(_field(row, "query", str, where), _field(row, "id", str | int | None, where))
        for row, where in _rows(path)
    ]


def _rows(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """Every line as an object, with the words that name it in an error."""
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    for number, line in enumerate(lines, start=1):
        where = f"{path}, line {number}"
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"{where}: not JSON ({error})") from error
        if not isinstance(row, dict):
            raise ValueError(f"{where}: not an object")
        yield row, where


def _field(row: dict[str, Any], name: str, kind: Any, where: str) -> Any:
    if name not in row:
        raise ValueError(f"{where}: no {name!r}")
    if not isinstance(row[name], kind):
        raise ValueError(f"{where}: {name!r} is a {type(row[name]).__name__}")
    return row[name]


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"{where}: 'variants' is not a list of texts")
    return value


def evaluate(entries: list[Entry], queries: list[Asked]) -> dict[str, float | int]:
    """Recall over the queries that have an answer; the others tell whether it knows what it lacks."""
    peak = _peak_mb(entries)
    started = time.perf_counter()
    index = Index.build(entries)
    built = time.perf_counter() - started
    gc.collect()
    gc.freeze()  # as a server's memory is: the collector does not walk the index again and again
    ranks, times, sure, unsure = [], [], [], []
    for asked in queries:
        started = time.process_time()  # what a query costs one core, whatever else the machine does
        matches = index.search(asked.query, DEPTH)
        times.append((time.process_time() - started) * 1000)
        confidence = matches[0].confidence if matches else 0.0
        if asked.id is None:
            unsure.append(confidence)
            continue
        sure.append(confidence)
        ranks.append(next((n for n, m in enumerate(matches, 1) if m.entry_id == asked.id), 0))
    gc.unfreeze()
    found: dict[str, float | int] = {
        "entries": len(entries),
        "queries": len(queries),
        "recall_at_1": _share(rank == 1 for rank in ranks),
        "recall_at_5": _share(0 < rank <= 5 for rank in ranks),
        "mrr_at_10": _mean(1 / rank if rank else 0 for rank in ranks),
        "p50_ms": round(_quantile(times, 0.5), 3),
        "p99_ms": round(_quantile(times, 0.99), 3),
        "index_s": round(built, 3),
        "peak_mb": round(peak, 1),
    }
    if unsure:
        found["no_answer_auc"] = round(auc(sure, unsure), 4)
        found["wrong_confident_rate"] = _share(confidence >= THRESHOLD for confidence in unsure)
    return found


def _peak_mb(entries: list[Entry]) -> float:
    """Of building the index once more, apart from the timed build, which tracing would slow down."""
    tracemalloc.start()
    try:
        Index.build(entries)
        return tracemalloc.get_traced_memory()[1] / 1024 / 1024
    finally:
        tracemalloc.stop()


def auc(answered: list[float], unanswered: list[float]) -> float:
    """The chance that a query with an answer gets more confidence than one without; a tie counts half."""
    if not answered or not unanswered:
        return 0.0
    ordered = sorted(unanswered)
    wins = sum((bisect_left(ordered, x) + bisect_right(ordered, x)) / 2 for x in answered)
    return wins / len(answered) / len(unanswered)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(statistics.fmean(listed), 4) if listed else 0.0


def _share(values: Iterable[bool]) -> float:
    return _mean(float(value) for value in values)


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0
