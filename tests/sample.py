"""How much of a long test is run: a part while one works, all of it in the soak."""

import os


def sampled(full: int, *, part: int = 10) -> int:
    """`full` when the environment variable ROSTRUM_SOAK is set, else one `part`-th of it."""
    return full if os.environ.get("ROSTRUM_SOAK") else full // part
