"""What the stand-in was told to do wrong, by request or by webhook."""

import random
import threading
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from . import errors

# Each by what it does; those of webhooks match the event's type where the others match a path.
BEFORE = {
    "fail_before",  # 500, nothing has happened
    "drop_before",  # the connection ends, nothing has happened
    "slow",  # waits `seconds` while the idempotency key is in use, then does it
    "conflict",  # 409, another request holds the key
    "rate_limit",  # 429
    "bad_gateway",  # an HTML page with 502
}
WITHIN = {
    "balance_insufficient",  # a transfer or payout finds too little money
    "refund_fails",  # a refund is pending, and has failed after `seconds`
    "payout_fails",  # a payout is paid, and has failed after `seconds`
    "account_restricted",  # the destination is restricted just before
    "expire_loses",  # the session is paid just before it would expire
}
AFTER = {
    "fail_after",  # 500 although it has happened; the key replays the 500
    "drop",  # the connection ends instead of an answer
    "cut",  # the answer ends in the middle of its body
    "delay",  # the answer comes `seconds` later
    "bad_gateway_after",  # an HTML page with 502 although it has happened
}
WEBHOOK = {
    "webhook_lost",  # never sent
    "webhook_doubled",  # sent `times` times, at once
    "webhook_delayed",  # sent `seconds` later by the stand-in's clock
    "webhook_shuffled",  # held until `size` are held, then sent in another order
    "webhook_stale",  # shows the object as its first event did
    "webhook_wrong_secret",  # signed with a secret that nobody has
    "webhook_two_secrets",  # signed with that one, and with the right one
    "webhook_old_timestamp",  # signed `seconds` ago
    "webhook_api_version",  # says `version`
    "webhook_outage",  # not delivered for `seconds` by its clock, then all at once
}
KINDS = BEFORE | WITHIN | AFTER | WEBHOOK


@dataclass(kw_only=True)
class Fault:
    kind: str
    method: str = "*"
    # A pattern as of a shell: a path such as /v1/transfers, or a type such as charge.*.
    path: str = "*"
    # How many times; 0 is every time.
    count: int = 1
    # In so many of 100 matches, drawn by the seed.
    percent: int = 100
    seed: int = 0
    seconds: float = 0
    times: int = 2
    size: int = 2
    version: str = "2020-08-27"
    used: int = 0
    # When an outage ends, by the clock; from its first strike on.
    until: int | None = None
    chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise errors.invalid(f"No such fault: {self.kind}", "kind")
        self.chance = random.Random(self.seed)  # noqa: S311  (repeatable, not secret)

    def strikes(self, method: str, path: str) -> bool:
        if self.count and self.used >= self.count:
            return False
        if self.method not in ("*", method) or not fnmatchcase(path, self.path):
            return False
        if self.chance.randrange(100) >= self.percent:
            return False
        self.used += 1
        return True

    def shown(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "chance"}


class Faults:
    """In the order they were told; what has been used up stays listed until it is cleared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: list[Fault] = []

    def add(self, **described: Any) -> Fault:
        try:
            fault = Fault(**described)
        except TypeError as error:
            raise errors.invalid(f"A fault has no such field: {error}", "kind") from error
        with self._lock:
            self._told.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._told.clear()

    def listed(self) -> list[Fault]:
        with self._lock:
            return list(self._told)

    def outage(self, type_: str, now: int) -> int | None:
        """When the outage ends that an event of this type runs into now; None without one."""
        with self._lock:
            for fault in self._told:
                if fault.kind != "webhook_outage" or not fnmatchcase(type_, fault.path):
                    continue
                if fault.until is None:
                    fault.until = now + int(fault.seconds)
                    fault.used += 1
                if now < fault.until:
                    return fault.until
        return None

    def strike(self, kinds: set[str], method: str, path: str) -> list[Fault]:
        """Those that happen to this request, each once."""
        with self._lock:
            return [
                fault for fault in self._told if fault.kind in kinds and fault.strikes(method, path)
            ]
