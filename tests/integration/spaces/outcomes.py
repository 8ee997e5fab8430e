"""People who press at the same moment: how they meet, and what they came to."""

import sys
import threading
from contextlib import suppress

# How long the first waits for the other, whom a lock may hold back.
_within_s = 0.5


def within_s():
    return _within_s


def meet_surely(monkeypatch):
    """For twins without the lock: however busy the machine is, the other comes."""
    monkeypatch.setattr(sys.modules[__name__], "_within_s", 10)


def meet_after(monkeypatch, *checks):
    """Two who come through one of these checks wait for each other, if their lock lets them.

    checks: module, name, module, name, and so on.
    """
    _meet(monkeypatch, checks, _then_meet)


def meet_before(monkeypatch, *deeds):
    """The same of two who are about to do one of these."""
    _meet(monkeypatch, deeds, _meet_then)


def _meet(monkeypatch, names, join):
    meeting = threading.Barrier(2)
    for module, name in zip(names[::2], names[1::2], strict=True):
        monkeypatch.setattr(module, name, join(getattr(module, name), meeting))


def _then_meet(check, meeting):
    def check_together(*args, **kwargs):
        outcome = check(*args, **kwargs)
        _wait(meeting)
        return outcome

    return check_together


def _meet_then(deed, meeting):
    def do_together(*args, **kwargs):
        _wait(meeting)
        return deed(*args, **kwargs)

    return do_together


def _wait(meeting):
    with suppress(threading.BrokenBarrierError):
        meeting.wait(timeout=within_s())


def kinds(outcomes):
    """For each thread the name of what was raised, or "done"; sorted."""
    return sorted(
        type(outcome).__name__ if isinstance(outcome, Exception) else "done" for outcome in outcomes
    )
