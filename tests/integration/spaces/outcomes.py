"""People who press at the same moment: how they meet, and what they came to."""

import threading
from contextlib import suppress


def meet_after(monkeypatch, *checks):
    """Two who come through one of these checks wait for each other, if their lock lets them.

    checks: module, name, module, name, and so on.
    """
    meeting = threading.Barrier(2)
    for module, name in zip(checks[::2], checks[1::2], strict=True):
        monkeypatch.setattr(module, name, _then_meet(getattr(module, name), meeting))


def _then_meet(check, meeting):
    def check_together(*args, **kwargs):
        outcome = check(*args, **kwargs)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(timeout=0.5)
        return outcome

    return check_together


def kinds(outcomes):
    """For each thread the name of what was raised, or "done"; sorted."""
    return sorted(
        type(outcome).__name__ if isinstance(outcome, Exception) else "done" for outcome in outcomes
    )
