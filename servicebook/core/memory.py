"""How a process that runs for long looks for memory that it can give back."""

import gc

# So many more objects than before, and the youngest are looked through. With the 700 that Python begins
# with, a page or a batch of tickets spends a quarter of its time in looking for cycles that are not there.
# What waits for it meanwhile is a few megabytes.
YOUNG = 10_000


def settle() -> None:
    """Call it when all is loaded: that stays, and is not looked through again; what is new is, less often."""
    gc.collect()
    gc.freeze()
    _youngest, older, oldest = gc.get_threshold()
    gc.set_threshold(YOUNG, older, oldest)
