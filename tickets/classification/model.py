"""A linear model of a case's labels: regularised least squares over features, one against the rest.

Solved in closed form, so that the same examples give the same weights and the same text the same answer.
"""

import hashlib
import io
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tickets.classification.cues import CUES
from tickets.classification.examples import Example
from tickets.classification.features import Seen, see
from tickets.redflags import LEVELS, RedFlag
from tickets.redflags.english import ENGLISH
from tickets.redflags.patterns import PATTERNS_BY_CODE

FIELDS = ("kind", "business", "cause", "severity")
REVISION = 4  # of the features and of this file: a change that alters answers counts one up
RIDGE = 1.0
PRIOR = 0.5  # how much of a label's frequency counts; the examples are not spread as cases are
WEIGHTS = {"flag": 1.5, "cue": 4.0}
# Red flags. How much the words alone must say for a flag that no pattern found (less where it is the
# likeliest and no other stands), and for one that a pattern found: less in a grievance than in a question or
# a wish. Words of self-harm that a pattern found always stand.
ALONE, FIRST = 0.36, 0.32
AGREE, AGREE_ASKED = 0.18, 0.25
ALWAYS = "RF13"
FEWEST = 6  # characters, below which words alone show nothing
UNSEEN = 0.3  # taken off a cause that no example has within the business category
SHARPNESS = 8.0  # turns scores into shares; measured, see docs/classification.md
REASONS = 3
COMMON = 200  # rows with a feature, past which a whole column is quicker
MOST_SURE = 0.99  # never certain

Matrix = NDArray[np.float64]
Single = NDArray[np.float32]  # what is large: half the size is exact enough


@dataclass(frozen=True)
class Guess:
    """The label of a field, how sure (0 to 1), and where in the text the reasons stand."""

    value: str
    confidence: float
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Model:
    version: str
    vocabulary: dict[str, int]
    weights: Matrix  # of the features: what is rare says more
    labels: dict[str, list[str]]
    slopes: dict[str, Single]
    offsets: dict[str, Matrix]
    flag_slopes: Single  # of the red flags, by code, over the features that are no flags themselves
    flag_offsets: Matrix
    causes: dict[str, list[str]]  # seen within a business category
    trust: dict[str, float]  # of red flags, by code and whether one stretch of words showed it or several

    def guess(self, seen: Seen) -> dict[str, Guess]:
        at, values = _vector(seen.places, self.vocabulary, self.weights)
        guesses: dict[str, Guess] = {}
        for field in FIELDS:
            scores = values @ self.slopes[field][at] + PRIOR * self.offsets[field]
            labels = self.labels[field]
            if field == "cause":
                known = self.causes.get(guesses["business"].value, [])
                scores = scores - np.array([0 if label in known else UNSEEN for label in labels])
            best = int(np.argmax(scores))
            shares = np.exp(SHARPNESS * (scores - scores[best]))
            spans = self._reasons(seen, at, values * self.slopes[field][at, best])
            guesses[field] = Guess(labels[best], min(MOST_SURE, round(float(1 / shares.sum()), 2)), spans)
        return guesses

    def flags(self, seen: Seen, *, asked: bool) -> list[RedFlag]:
        """The flags that patterns found and the words bear out, and those that the words show alone.

        Of a text that is not Chinese nothing was learned: what the patterns find stands.
        """
        if seen.foreign:
            return list(seen.flags)
        least = AGREE_ASKED if asked else AGREE
        at, values = _vector(seen.places, self.vocabulary, self.weights, flags=False)
        score = dict(zip(LEVELS, values @ self.flag_slopes[at] + PRIOR * self.flag_offsets, strict=True))
        found = {flag.code for flag in seen.flags}
        flags = [flag for flag in seen.flags if flag.code == ALWAYS or score[flag.code] >= least]
        if len(seen.text.strip()) < FEWEST:
            return flags
        likeliest = max(score, key=lambda code: score[code])
        for column, (code, level) in enumerate(LEVELS.items()):
            first = not asked and not flags and code == likeliest
            if score[code] >= (FIRST if first else ALONE) and code not in found:
                spans = self._reasons(seen, at, values * self.flag_slopes[at, column])
                flags.append(RedFlag(code, level, tuple(seen.text[start:end] for start, end in spans)))
        return sorted(flags, key=lambda flag: (flag.level, flag.code))

    def flag_confidence(self, flag: RedFlag) -> float:
        """How often such a flag was right among the examples: 0 to 1, cautious where few had it."""
        return self.trust.get(_shown(flag), 0.5)

    def _reasons(self, seen: Seen, at: NDArray[np.intp], shares: Matrix) -> tuple[tuple[int, int], ...]:
        """The places of the features that spoke most for it, longer ones first among equals."""
        names = {column: name for name in seen.places if (column := self.vocabulary.get(name)) is not None}
        spans: list[tuple[int, int]] = []
        for nth in np.argsort(-shares, kind="stable"):
            if shares[nth] <= 0 or len(spans) >= REASONS:
                break
            name = names[int(at[nth])]
            if not name.startswith(("w:", "cue:", "flag:")) or not name.strip("w:0"):
                continue  # runs of characters, and figures alone, mean nothing to a reader
            for start, end in seen.places[name][:1]:
                if end - start > 1 and not any(start < e and s < end for s, e in spans):
                    spans.append((start, end))
        return tuple(sorted(spans))

    # --- Keeping ------------------------------------------------------------------------------
    def dump(self) -> bytes:
        about = {
            "version": self.version,
            "vocabulary": list(self.vocabulary),
            "labels": self.labels,
            "causes": self.causes,
            "trust": self.trust,
        }
        arrays = {"flag_slopes": self.flag_slopes, "flag_offsets": self.flag_offsets}
        arrays |= {f"slopes_{f}": self.slopes[f] for f in FIELDS} | {
            f"offsets_{f}": self.offsets[f] for f in FIELDS
        }
        out = io.BytesIO()
        text = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
        np.savez_compressed(out, about=text, weights=self.weights, **arrays)  # type: ignore[arg-type]
        return out.getvalue()


def load(content: bytes) -> Model:
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        about = json.loads(kept["about"].tobytes())
        return Model(
            about["version"],
            {name: n for n, name in enumerate(about["vocabulary"])},
            kept["weights"],
            about["labels"],
            {f: kept[f"slopes_{f}"] for f in FIELDS},
            {f: kept[f"offsets_{f}"] for f in FIELDS},
            kept["flag_slopes"],
            kept["flag_offsets"],
            about["causes"],
            about["trust"],
        )


def train(examples: Sequence[Example]) -> Model:
    """A model of these examples; their order does not matter to its version."""
    examples = sorted(examples, key=lambda example: (example.text, example.kind, example.business))
    shown, seen = [], []
    for example in examples:
        text = see(example.text)
        seen.append(tuple(map(sys.intern, text.places)))
        shown.append(text.flags)
    counts = Counter(name for names in seen for name in names)
    vocabulary = {name: n for n, name in enumerate(sorted(n for n, c in counts.items() if c > 1))}
    weights = np.array([_weight(name, counts[name], len(seen)) for name in vocabulary])
    matrix = Sparse.of([_vector(names, vocabulary, weights) for names in seen], len(vocabulary))
    labels: dict[str, list[str]] = {}
    slopes: dict[str, Single] = {}
    offsets: dict[str, Matrix] = {}
    told = {field: [label_of(example, field) for example in examples] for field in FIELDS}
    kernel = matrix.kernel()
    for rows, fields in _by_rows(told).items():
        for field in fields:
            labels[field] = sorted({told[field][n] for n in rows})
        wanted = [[told[field][n] == one for field in fields for one in labels[field]] for n in rows]
        slope, offset = _fit(matrix, kernel, np.array(rows), np.array(wanted, dtype=float))
        ends = np.cumsum([len(labels[field]) for field in fields])[:-1]
        slopes |= dict(zip(fields, np.split(slope, ends, axis=1), strict=True))
        offsets |= dict(zip(fields, np.split(offset, ends), strict=True))
    matrix = Sparse.of([_vector(names, vocabulary, weights, flags=False) for names in seen], len(vocabulary))
    del kernel  # tens of megabytes
    kernel = matrix.kernel()
    target = np.array([[float(code in example.flags) for code in LEVELS] for example in examples])
    flags = _fit(matrix, kernel, np.arange(len(examples)), target)
    causes: dict[str, list[str]] = {}
    for example in examples:
        if example.cause and example.cause not in causes.setdefault(example.business, []):
            causes[example.business].append(example.cause)
    trust = _trust(examples, shown)
    return Model(version_of(examples), vocabulary, weights, labels, slopes, offsets, *flags, causes, trust)


def _by_rows(told: dict[str, list[str]]) -> dict[tuple[int, ...], list[str]]:
    """The fields that the same examples have a label of: they are fitted at once."""
    found: dict[tuple[int, ...], list[str]] = {}
    for field, labels in told.items():
        found.setdefault(tuple(n for n, label in enumerate(labels) if label), []).append(field)
    return found


@dataclass(frozen=True)
class Sparse:
    """A matrix of texts by features, of which each text has few: where what is not zero stands."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    values: Matrix
    shape: tuple[int, int]

    @classmethod
    def of(cls, vectors: Sequence[tuple[NDArray[np.intp], Matrix]], width: int) -> "Sparse":
        rows = np.repeat(np.arange(len(vectors)), [len(at) for at, _ in vectors])
        columns, values = (np.concatenate(parts) for parts in zip(*vectors, strict=True))
        return cls(rows, columns, values, (len(vectors), width))

    def kernel(self) -> Single:
        """Every row times every other: column by column, the common ones at once."""
        height, width = self.shape
        order = np.argsort(self.columns, kind="stable")
        starts = np.searchsorted(self.columns[order], np.arange(width + 1))
        product, common = np.zeros((height, height), np.float32), []
        for start, end in pairwise(starts):
            rows, values = self.rows[order[start:end]], self.values[order[start:end]]
            if len(rows) > COMMON:
                common.append(np.bincount(rows, values, height).astype(np.float32))
            else:
                product[np.ix_(rows, rows)] += np.outer(values, values)
        if common:
            product += np.transpose(common) @ common
        return product

    def times(self, duals: Matrix) -> Single:
        """The transposed matrix times one column a label."""
        return np.transpose([self._times(dual) for dual in duals.T])

    def _times(self, dual: Matrix) -> Single:
        return np.bincount(self.columns, self.values * dual[self.rows], self.shape[1]).astype(np.float32)


def _fit(matrix: Sparse, kernel: Single, rows: NDArray[np.intp], target: Matrix) -> tuple[Single, Matrix]:
    """Slopes and offsets of regularised least squares over these rows."""
    offsets = target.mean(axis=0)
    duals = np.zeros((matrix.shape[0], target.shape[1]))
    part = kernel[np.ix_(rows, rows)]
    part[np.diag_indices_from(part)] += RIDGE
    duals[rows] = np.linalg.solve(part, (target - offsets).astype(np.float32))
    return matrix.times(duals), offsets


def _trust(examples: Sequence[Example], shown: Sequence[Sequence[RedFlag]]) -> dict[str, float]:
    """Right out of raised, with one right and one wrong added (Laplace's rule of succession)."""
    raised: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for example, flags in zip(examples, shown, strict=True):
        for flag in flags:
            raised[_shown(flag)] += 1
            right[_shown(flag)] += flag.code in example.flags
    return {name: min(MOST_SURE, round((right[name] + 1) / (n + 2), 2)) for name, n in sorted(raised.items())}


def _shown(flag: RedFlag) -> str:
    return f"{flag.code} {'once' if len(flag.words) == 1 else 'often'}"


def version_of(examples: Sequence[Example]) -> str:
    told = sorted(
        (e.text, e.kind, e.business, e.cause, label_of(e, "severity"), *sorted(e.flags)) for e in examples
    )
    ideas = [PATTERNS_BY_CODE, ENGLISH, {name: cue.pattern for name, cue in CUES.items()}]
    digest = hashlib.sha256(json.dumps([REVISION, ideas, told]).encode()).hexdigest()
    return f"{REVISION}-{digest[:12]}"


def label_of(example: Example, field: str) -> str:
    if field == "severity":
        return example.severity or usual_severity(example.flags)
    return str(getattr(example, field))


def usual_severity(flags: frozenset[str]) -> str:
    """Where nobody has said it: danger to a person or their money is major, several wrongs are complex."""
    levels = [LEVELS[code] for code in flags]
    if "P0" in levels:
        return "major"
    return "complex" if levels.count("P1") > 1 or flags & {"RF05", "RF14", "RF18"} else "ordinary"


def _weight(name: str, count: int, total: int) -> float:
    kind, colon, _rest = name.partition(":")
    rare = float(np.log((total + 1) / (count + 1)) + 1)
    if colon and kind == "cue":
        return WEIGHTS["cue"]
    return rare * WEIGHTS["flag"] if colon and kind == "flag" else rare


def _vector(
    names: Iterable[str], vocabulary: dict[str, int], weights: Matrix, *, flags: bool = True
) -> tuple[NDArray[np.intp], Matrix]:
    """Columns and values of length 1; without ``flags``, of the words alone."""
    names = (name for name in names if flags or not name.startswith("flag:"))
    at = np.array(sorted(vocabulary[name] for name in names if name in vocabulary), dtype=np.intp)
    values = weights[at]
    length = float(np.linalg.norm(values))
    return at, values / length if length else values
