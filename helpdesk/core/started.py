"""What a process of ours does once it has started."""

import gc

COLLECT = (50_000, 20, 50)  # allocations and generations between two collections


def settle_memory() -> None:
    """What start-up made lives as long as the process: no collection walks it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
