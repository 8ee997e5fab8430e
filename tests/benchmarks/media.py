"""script/bench media: what the media plane adds and what it carries. One part alone: --only."""

import argparse
import os
import sys
import time
from datetime import UTC, datetime

from tests.benchmarks import load
from tests.benchmarks.delay import delay
from tests.benchmarks.live import running_services

PARTS = {"delay": delay, **load.PARTS}


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench media", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="may be repeated")
    parser.add_argument("--beeps", type=int, default=20)
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=8, help="of each look at the node")
    parser.add_argument("--listeners", type=int, nargs="+", default=[50, 100, 200, 350])
    parser.add_argument("--rooms", type=int, default=40, help="no more than so many Spaces")
    parser.add_argument("--storm", type=int, default=200, help="listeners in 5 s")
    options = parser.parse_args()

    began = time.monotonic()
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, Python {sys.version.split()[0]}, {os.cpu_count()} cores, "
        f"load before {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    missed: list[str] = []
    with running_services() as stack:
        for name in options.only or PARTS:
            part_began = time.monotonic()
            print(f"\n### {name}, load {os.getloadavg()[0]:.1f}\n", flush=True)
            try:
                missed += PARTS[name](stack, options)
            except RuntimeError as error:
                # The other parts have a node of their own.
                missed.append(f"{name}: {error}\n{stack.tail('media')}")
            print(f"\n({time.monotonic() - part_began:.0f} s)", flush=True)
    took_s = time.monotonic() - began
    print(f"\nLoad after {os.getloadavg()[0]:.1f}, took {took_s:.0f} s.", *missed, sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
