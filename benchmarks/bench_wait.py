"""How far off the waiting time is that visitors are told: a simulated day, estimate against what happened.

    .venv/bin/python -m benchmarks.bench_wait

Arrivals are Poisson, chats last log-normally (mean 8 minutes, as spread out as chats are), agents answer an
offer after 5 to 25 seconds. Beside ours stands the usual guess: what the last twenty visitors waited.
"""

import heapq
import math
import os
import random
import statistics
from collections import deque

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django.setup()

from chat.pace import HANDLING, LATELY, Pace  # noqa: E402  # the models need Django first

SLOTS = 12  # four agents with three chats each
HOURS = 8
SPREAD = 0.8  # sigma of the logarithm of a chat's length
SEEDS = 20


def day(seed: int, load: float) -> tuple[list[float], list[float], list[float]]:
    """Waits, and the errors of our estimate and of the mean of the last twenty, in seconds."""
    dice = random.Random(seed)
    ends: list[tuple[float, float]] = []  # of the chats that hold a slot, and how long they took
    queue: deque[tuple[float, int, float]] = deque()  # came, told, guessed
    lengths: deque[float] = deque(maxlen=LATELY)
    latest: deque[float] = deque(maxlen=20)
    waits, ours, usual = [], [], []
    now = 0.0
    coming = dice.expovariate(load * SLOTS / HANDLING)

    def serve(came: float, told: int, guessed: float) -> None:
        answer = now + dice.uniform(5, 25)
        length = dice.lognormvariate(math.log(HANDLING) - SPREAD**2 / 2, SPREAD)
        heapq.heappush(ends, (answer + length, length))
        waits.append(answer - came)
        ours.append(abs(told - (answer - came)))
        usual.append(abs(guessed - (answer - came)))
        latest.append(answer - came)

    while now < HOURS * 3600:
        if ends and ends[0][0] <= coming:
            now, length = heapq.heappop(ends)
            lengths.append(length)
        else:
            now = coming
            coming = now + dice.expovariate(load * SLOTS / HANDLING)
            handling = statistics.fmean(lengths) if lengths else HANDLING
            pace = Pace(SLOTS, max(0, SLOTS - len(ends)), handling)
            told = pace.wait(len(queue) + 1)
            guessed = statistics.fmean(latest) if latest else 0.0
            queue.append((now, told or 0, guessed))
        while queue and len(ends) < SLOTS:
            serve(*queue.popleft())
    return waits, ours, usual


def main() -> None:
    print(f"{SLOTS} slots, {HOURS} h, {SEEDS} simulated days; seconds")
    print(f"{'load':>5} {'visitors':>9} {'mean wait':>10} {'our error':>10} {'last-20 error':>14}")
    for load in (0.6, 0.8, 0.95, 1.1):
        waits, ours, usual = [], [], []
        for seed in range(SEEDS):
            found = day(seed, load)
            waits += found[0]
            ours += found[1]
            usual += found[2]
        means = [statistics.fmean(each) for each in (waits, ours, usual)]
        print(f"{load:>5} {len(waits):>9} {means[0]:>10.1f} {means[1]:>10.1f} {means[2]:>14.1f}")


if __name__ == "__main__":
    main()
