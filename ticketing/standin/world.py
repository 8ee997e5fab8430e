"""The stand-in's world: its store, its own time, what it charges, what is due, and its news."""

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import Any

from . import errors
from .faults import Faults
from .store import Object, Store

API_VERSION = "2026-10-28.endive"
PLATFORM = ""

HOUR_S = 3600
DAY_S = 24 * HOUR_S


log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What Stripe would charge and how long it would take; sums in minor units."""

    fee_bps: int = 290
    fee_fixed_minor: int = 30
    dispute_fee_minor: int = 1_500
    settlement_s: int = 2 * DAY_S
    bank_debit_s: int = 2 * DAY_S
    payout_s: int = 2 * DAY_S
    dispute_after_s: int = DAY_S
    dispute_answer_s: int = 7 * DAY_S
    review_s: int = HOUR_S
    # A refund may take the balance so far below zero: Stripe then debits the platform's bank.
    overdraft_minor: int = 100_000

    def changed(self, changes: dict[str, Any]) -> "Terms":
        known = {field.name for field in fields(self)}
        for name, value in changes.items():
            if name not in known or type(value) is not int or value < 0:
                raise errors.invalid(f"No such term, or not a whole number: {name}", name)
        return replace(self, **changes)

    def fee_minor(self, amount: int) -> int:
        return (amount * self.fee_bps + 5_000) // 10_000 + self.fee_fixed_minor


Job = Callable[["World", str], None]


class World:
    """Everything happens inside `with world.store.transaction()`, which is its lock, too."""

    # What is done when its time has come, by name; filled by the modules of the nouns.
    jobs: dict[str, Job] = {}

    def __init__(self, store: Store, *, terms: Terms | None = None) -> None:
        self.store = store
        self.terms = terms or Terms()
        self.faults = Faults()
        # Where its pages are found; the server says so when it knows its port.
        self.url = ""
        # Which request causes what happens, for events to name.
        self.request: dict[str, str | None] = {"id": None, "idempotency_key": None}
        self.news = threading.Event()
        self._doing = threading.local()
        self._offset_s = int(store.fact("clock", "0"))

    # --- Time ---

    def now(self) -> int:
        moment: int | None = getattr(self._doing, "moment", None)
        return moment or int(time.time()) + self._offset_s

    def advance(self, seconds: int) -> None:
        """Let its time pass, and do in order what falls due."""
        with self.store.transaction():
            self._offset_s += seconds
            self.store.set_fact("clock", str(self._offset_s))
            self.do_what_is_due()
        self.news.set()

    def at(self, due_at: int, name: str, subject: str) -> None:
        """Have a job done at that time."""
        assert name in self.jobs, name
        self.store.run(
            "INSERT INTO jobs (due_at, name, subject) VALUES (?, ?, ?)", due_at, name, subject
        )

    def do_what_is_due(self) -> None:
        with self.store.transaction():
            until = self.now()
            while rows := self.store.run(
                "SELECT seq, due_at, name, subject FROM jobs WHERE due_at <= ? "
                "ORDER BY due_at, seq LIMIT 1",
                until,
            ):
                ((seq, due_at, name, subject),) = rows
                self.store.run("DELETE FROM jobs WHERE seq = ?", seq)
                # What happens then is stamped with when it was due, however far the clock jumped.
                self._doing.moment = due_at
                try:
                    with self.store.transaction():
                        self.jobs[name](self, subject)
                except Exception:
                    # One that cannot be done must not keep all that comes after it.
                    log.exception("doing %s of %s", name, subject)
                finally:
                    self._doing.moment = None

    # --- Objects ---

    def find(
        self,
        noun: str,
        found_by: str,
        *,
        account: str = PLATFORM,
        param: str = "id",
        in_path: bool = False,
    ) -> Object:
        """An object of that account. Raises: ApiError as Stripe does."""
        thing = self.store.get(found_by)
        if thing is None or thing["object"] != noun or (self.store.account_of(found_by) != account):
            raise errors.not_found(noun.rpartition(".")[2], found_by, param=param, in_path=in_path)
        return thing

    def connected(self, account: str, *, param: str = "account", in_path: bool = False) -> Object:
        return self.find("account", account, param=param, in_path=in_path)

    # --- News ---

    def tell(
        self,
        type_: str,
        thing: Object,
        *,
        account: str = PLATFORM,
        before: dict[str, Any] | None = None,
    ) -> Object:
        """Write an event down and send it to each endpoint that wants it."""
        data: dict[str, Any] = {"object": shown(thing)}
        if before is not None:
            data["previous_attributes"] = before
        event: Object = {
            "id": new_id("evt"),
            "object": "event",
            **({"account": account} if account else {}),
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": dict(self.request),
            "type": type_,
        }
        self.store.add(event, account)
        for endpoint in self.store.select("webhook_endpoint", PLATFORM, oldest_first=True):
            if endpoint["_connect"] == bool(account) and wants(endpoint, type_):
                self.store.run(
                    "INSERT INTO deliveries (event, endpoint, state, next_at) "
                    "VALUES (?, ?, 'pending', ?)",
                    event["id"],
                    endpoint["id"],
                    self.now(),
                )
        self.news.set()
        return event

    def pending_webhooks(self, event: str) -> int:
        rows = self.store.run(
            "SELECT count(*) FROM deliveries WHERE event = ? AND state != 'delivered'", event
        )
        return rows[0][0]


def wants(endpoint: Object, type_: str) -> bool:
    return endpoint["status"] == "enabled" and any(
        fnmatchcase(type_, pattern) for pattern in endpoint["enabled_events"]
    )


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def shown(thing: Any) -> Any:
    """As others see it: without the fields that only the stand-in knows, which begin with _."""
    if isinstance(thing, dict):
        return {name: shown(value) for name, value in thing.items() if name[:1] != "_"}
    if isinstance(thing, list):
        return [shown(value) for value in thing]
    return thing


def nulls(*names: str) -> dict[str, None]:
    return dict.fromkeys(names)
