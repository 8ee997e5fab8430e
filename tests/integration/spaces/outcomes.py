"""People who press at the same moment: how they meet, and what they came to."""

import threading
from contextlib import suppress


def meet_after(monkeypatch, module, name):
    """Two who come through this check of a Space wait for each other, if their lock lets them."""
    meeting = threading.Barrier(2)
    check = getattr(module, name)

    def check_together(space):
        check(space)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=0.5)

    monkeypatch.setattr(module, name, check_together)


def kinds(outcomes):
    """For each thread the name of what was raised, or "done"; sorted."""
    return sorted(
        type(outcome).__name__ if isinstance(outcome, Exception) else "done" for outcome in outcomes
    )
