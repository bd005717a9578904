"""A week's sample for review: random, stratified, and the same again from the same seed. No database here.

Each piece of work has a place in an order that its key and the seed alone decide (permanent random numbers,
Ohlsson 1995): neither the order of rows nor what others did moves it, and nobody can pick.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Work:
    """A case decided or a chat ended, and whose work it was."""

    agent: int
    stratum: str  # "ticket" or "chat"
    key: str  # the number of the case, the id of the chat

    @property
    def name(self) -> str:
        return f"{self.agent}:{self.stratum}:{self.key}"


def in_order(work: Iterable[Work], seed: str) -> list[Work]:
    """Shuffled by the seed."""
    return sorted(work, key=lambda one: (hashlib.sha256(f"{seed}|{one.name}".encode()).digest(), one.name))


def allotted(sizes: dict[str, int], places: int) -> dict[str, int]:
    """How many places each stratum gets: one each, the larger first; then by highest averages."""
    got = dict.fromkeys(sizes, 0)
    for _place in range(min(places, sum(sizes.values()))):
        room = [name for name in sizes if got[name] < sizes[name]]
        got[max(room, key=lambda name: (not got[name], sizes[name] / (got[name] + 1), name))] += 1
    return got


def drawn(work: Sequence[Work], per_agent: int, seed: str) -> list[Work]:
    """So many of each agent, over what there is of cases and chats; whoever has less gives all."""
    chosen: list[Work] = []
    for agent in sorted({one.agent for one in work}):
        own = in_order((one for one in work if one.agent == agent), seed)
        strata = sorted({one.stratum for one in own})
        places = allotted({name: sum(one.stratum == name for one in own) for name in strata}, per_agent)
        for name in strata:
            chosen += [one for one in own if one.stratum == name][: places[name]]
    return chosen


def scored_twice(chosen: Sequence[Work], percent: int, seed: str) -> set[Work]:
    """Which of them a second reviewer scores too: that share of all, rounded up."""
    return set(in_order(chosen, f"{seed}|twice")[: ceil(len(chosen) * percent / 100)])
