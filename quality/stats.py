"""Intervals and exact tests, so that three answers do not look like a verdict. Each names its source."""

from collections.abc import Callable, Iterable, Sequence
from math import exp, inf, lgamma, log, log1p, sqrt

Z = 1.959964  # two-sided 95 %
TAIL = 0.025  # of a two-sided 95 % interval
Interval = tuple[float, float]


def wilson(hits: float, n: float) -> Interval:
    """The 95 % score interval (Wilson 1927) of a share; it stays inside 0 to 1 at any ``n``."""
    share = hits / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(hits: float, n: float, hits_before: float, n_before: float) -> Interval:
    """The 95 % interval of now minus before (Newcombe 1998, method 10: built of two Wilson ones)."""
    now, before = hits / n, hits_before / n_before
    low, high = wilson(hits, n)
    low_before, high_before = wilson(hits_before, n_before)
    gap = now - before
    return (
        gap - sqrt((now - low) ** 2 + (high_before - before) ** 2),
        gap + sqrt((high - now) ** 2 + (before - low_before) ** 2),
    )


def binomial_tail(hits: int, n: int, share: float) -> float:
    """How likely ``hits`` or more of ``n`` are where each is one with the probability ``share``."""
    if hits <= 0:
        return 1.0
    if hits > n or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    log_term = _log_choose(n, hits) + hits * log(share) + (n - hits) * log1p(-share)
    odds = share / (1 - share)
    return _sum_up(exp(log_term), ((n - k) / (k + 1) * odds for k in range(hits, n)))


def hypergeometric_tail(hits: int, n: int, hits_before: int, n_before: int) -> float:
    """Fisher's exact test, one-sided: ``hits`` of ``n`` or more, given all the hits (Fisher 1935)."""
    all_hits, total = hits + hits_before, n + n_before
    most = min(n, all_hits)
    if hits > most:
        return 0.0
    log_term = _log_choose(all_hits, hits) + _log_choose(total - all_hits, n - hits) - _log_choose(total, n)
    steps = ((all_hits - k) * (n - k) / ((k + 1) * (total - all_hits - n + k + 1)) for k in range(hits, most))
    return _sum_up(exp(log_term), steps)


def rate_ratio(count: int, time: float, count_before: int, time_before: float) -> Interval:
    """The exact 95 % interval of the ratio of two Poisson rates (Przyborowski and Wilenski 1940).

    Given the sum of both, the count is binomial; the ends are those of its share (Clopper and Pearson 1934).
    """
    total = count + count_before
    low = _share_where(lambda share: binomial_tail(count, total, share), TAIL) if count else 0.0
    high = _share_where(lambda share: 1 - binomial_tail(count + 1, total, share), TAIL, falling=True)
    scale = time_before / time
    return low / (1 - low) * scale, inf if high >= 1 or not count_before else high / (1 - high) * scale


def dispersion(
    observed: Sequence[float], expected: Sequence[float], spread: Sequence[float], df: int
) -> float:
    """How much more the values scatter than chance alone makes them: Pearson's χ² over its df.

    ``spread`` is the variance that chance alone gives. At least 1: to scatter less is luck (McCullagh and
    Nelder 1989, 4.5).
    """
    parts = zip(observed, expected, spread, strict=True)
    return max(1.0, sum((o - e) ** 2 / v for o, e, v in parts if v > 0) / df) if df > 0 else 1.0


def discoveries(chances: Sequence[float], rate: float) -> list[bool]:
    """Which of many tests hold so that at most ``rate`` of them are false (Benjamini and Hochberg 1995)."""
    ranked = sorted(chances)
    bar = max((p for k, p in enumerate(ranked, 1) if p <= k / len(ranked) * rate), default=-1.0)
    return [p <= bar for p in chances]


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _sum_up(term: float, ratios: Iterable[float]) -> float:
    """A term and those after it, each ``ratio`` times the one before, until they no longer count."""
    total = term
    for ratio in ratios:
        term *= ratio
        total += term
        if term < total * 1e-16 and ratio < 1:
            break
    return min(1.0, total)


def _share_where(chance: Callable[[float], float], wanted: float, *, falling: bool = False) -> float:
    """The share at which a chance that rises (or falls) with it is ``wanted``, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if (chance(middle) < wanted) != falling:
            low = middle
        else:
            high = middle
    return (low + high) / 2
