"""A process that does things to the instance and kills itself at a named point: `Dying.run`.

One process waits and forks for each, since a start of Django takes longer than all of them.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

# function → where it lives.
PLACES = {
    "deliveries_of": "accounts.actions.notifying",
    "notify": "spaces.actions.bulletins",
    "_claim": "spaces.actions.bulletins",
    "_put": "spaces.actions.bulletins",
    "_settle": "spaces.actions.bulletins",
    "_kick": "spaces.actions.bulletins",
    "call": "ticketing.stripe_gateway",
    "_record_answer": "ticketing.actions.outbox",
    "_handle": "ticketing.actions.outbox",
    "claim_call": "ticketing.actions.outbox",
    "claim_event": "ticketing.actions.inbox",
    "fetch": "ticketing.stripe_gateway",
    "_settle_event": "ticketing.actions.inbox",
}


class Dying:
    """The end of it that tests hold."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.dying"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(
        self, deed: str, function: str, *, time: int = 1, after: bool = False, **more: int | str
    ):
        """deed: a task, of Spaces unless an app is named, or "start". It dies when it comes to the
        function for the n-th time, before or after it does its work. Gives how the process ended.
        """
        order = {"deed": deed, "function": function, "time": time, "after": after, **more}
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(real: Callable[..., Any], time: int, after: bool) -> Callable[..., Any]:
    calls = 0

    def function(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == time and not after:
            die()
        outcome = real(*args, **kwargs)
        if calls == time:
            die()
        return outcome

    return function


def do(order: dict[str, Any]) -> None:
    from importlib import import_module

    from spaces import actions, tasks
    from spaces.actions import bulletins
    from spaces.models import Space

    module, name = import_module(PLACES[order["function"]]), order["function"]
    setattr(module, name, deadly(getattr(module, name), order["time"], order["after"]))
    bulletins.TOLD_AT_ONCE = order.get("at_once", 10)
    if order["deed"] == "start":
        space = Space.objects.get(state="scheduled")
        actions.start_scheduled(actor=space.host, space=space)
    else:
        app, _, task = order["deed"].rpartition(".")
        if "knows" in order:
            import_module(order["knows"])
        getattr(import_module(f"{app}.tasks") if app else tasks, task)()


def main() -> None:
    import django

    django.setup()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                do(json.loads(line))
            finally:
                # It should have died before.
                os._exit(0)
        _pid, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
