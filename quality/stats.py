"""Intervals for shares, so that three answers do not look like a verdict."""

from math import sqrt

Z = 1.959964  # two-sided 95 %
Interval = tuple[float, float]


def wilson(hits: int, n: int) -> Interval:
    """The 95 % score interval (Wilson 1927) of a share; it stays inside 0 to 1 at any ``n``."""
    share = hits / n
    middle = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(hits: int, n: int, hits_before: int, n_before: int) -> Interval:
    """The 95 % interval of now minus before (Newcombe 1998, method 10: built of two Wilson ones)."""
    now, before = hits / n, hits_before / n_before
    low, high = wilson(hits, n)
    low_before, high_before = wilson(hits_before, n_before)
    gap = now - before
    return (
        gap - sqrt((now - low) ** 2 + (high_before - before) ** 2),
        gap + sqrt((high - now) ** 2 + (before - low_before) ** 2),
    )
