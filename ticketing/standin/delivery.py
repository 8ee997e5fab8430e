"""Sends events to webhook endpoints from a thread of its own, again and again by the clock."""

import contextlib
import hashlib
import hmac
import http.client
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from .faults import WEBHOOK, Fault
from .nouns import refunds, webhook_endpoints
from .store import Object
from .world import API_VERSION, HOUR_S, World

TIMEOUT_S = 10
# As Stripe's in live mode: for three days, first soon, then twice a day.
RETRY_AFTER_S = [
    *(300, 1_800, 2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S),
    *([12 * HOUR_S] * 4),
]
TICK_S = 0.25
# Handed to the workers at a time: a backlog of thousands is not read again for each.
AT_ONCE = 200

# Nobody has it: what it signs is never right.
WRONG_SECRET = "whsec_wrong"  # noqa: S105

log = logging.getLogger(__name__)


def signature(secrets: list[str], payload: str, moment: int) -> str:
    """The Stripe-Signature header: t=…,v1=…, one v1 for each secret."""
    signed = f"{moment}.{payload}".encode()
    parts = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={moment}", *(f"v1={part}" for part in parts)])


class Postman:
    """One thread that looks for what is due, and a few that deliver it.

    With one worker what is due is delivered in order; with more the order is not promised, as at
    Stripe.
    """

    def __init__(self, world: World, *, workers: int = 4) -> None:
        self.world = world
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._under_way: set[int] = set()
        self._struck: set[int] = set()
        self._held: list[int] = []
        self._pool = ThreadPoolExecutor(workers, "webhook")
        self._thread = threading.Thread(target=self._run, name="postman", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self.world.news.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def is_idle(self) -> bool:
        """Nothing is due or under way; what waits for its time or is held does not count."""
        with self._lock:
            under_way, held = set(self._under_way), set(self._held)
        return not under_way - held and not self._due(under_way)

    def release(self) -> None:
        """Deliver what a fault holds, in another order."""
        with self._lock:
            held, self._held = self._held, []
        if held:
            self._pool.submit(self._deliver_all, held[::-1])

    def retry_now(self) -> int:
        """Make all that is not delivered due, also what was given up."""
        with self.world.store.transaction():
            ((count,),) = self.world.store.run(
                "SELECT count(*) FROM deliveries WHERE state != 'delivered'"
            )
            self.world.store.run(
                "UPDATE deliveries SET state = 'pending', next_at = ? WHERE state != 'delivered'",
                self.world.now(),
            )
        self.world.news.set()
        return count

    # --- Looking ---

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.world.news.wait(TICK_S)
            self.world.news.clear()
            try:
                self._look()
            except Exception:
                log.exception("looking for what is due")

    def _look(self) -> None:
        with self.world.store.transaction():
            self.world.do_what_is_due()
            refunds.retry_pending(self.world)
        # The store is never waited for with this lock in hand: who has the store may want it.
        with self._lock:
            under_way = set(self._under_way)
        due = self._due(under_way)
        with self._lock:
            self._under_way.update(due)
        for seq in due:
            self._pool.submit(self._deliver, seq)

    def _due(self, under_way: set[int]) -> list[int]:
        rows = self.world.store.run(
            "SELECT seq FROM deliveries WHERE state = 'pending' AND next_at <= ? ORDER BY seq "
            "LIMIT ?",
            self.world.now(),
            AT_ONCE + len(under_way),
        )
        return [seq for (seq,) in rows if seq not in under_way]

    # --- Delivering ---

    def _deliver_all(self, seqs: list[int]) -> None:
        for seq in seqs:
            self._deliver(seq)

    def _deliver(self, seq: int) -> None:
        try:
            if self._stopping.is_set() or self._attempt(seq):
                with self._lock:
                    self._under_way.discard(seq)
        except Exception:
            log.exception("delivering a webhook")
            with self._lock:
                self._under_way.discard(seq)
        self.world.news.set()

    def _attempt(self, seq: int) -> bool:
        """Whether it is over for now; a held one is still under way."""
        world = self.world
        rows = world.store.run(
            "SELECT event, endpoint, attempts FROM deliveries WHERE seq = ? AND state = 'pending'",
            seq,
        )
        if not rows:
            return True
        ((event_id, endpoint_id, attempts),) = rows
        event, endpoint = world.store.get(event_id), world.store.get(endpoint_id)
        if event is None or endpoint is None:
            self._set(seq, "failed")
            return True
        if until := world.faults.outage(event["type"], world.now()):
            self._set(seq, "pending", next_at=until)
            return True
        faults = {fault.kind: fault for fault in self._strike(seq, event)}
        if "webhook_lost" in faults:
            self._set(seq, "failed")
            return True
        if fault := faults.get("webhook_delayed"):
            self._set(seq, "pending", next_at=world.now() + int(fault.seconds))
            return True
        if fault := faults.get("webhook_shuffled"):
            self._hold(seq, fault)
            return False
        if self._send(event, endpoint, faults):
            self._set(seq, "delivered", attempts=attempts + 1)
        elif attempts < len(RETRY_AFTER_S):
            after = world.now() + RETRY_AFTER_S[attempts]
            self._set(seq, "pending", attempts=attempts + 1, next_at=after)
        else:
            self._set(seq, "failed", attempts=attempts + 1)
        return True

    def _strike(self, seq: int, event: Object) -> list[Fault]:
        """Each delivery has its faults once: what is tried again goes well."""
        with self._lock:
            if seq in self._struck:
                return []
            self._struck.add(seq)
        return self.world.faults.strike(WEBHOOK - {"webhook_outage"}, "WEBHOOK", event["type"])

    def _hold(self, seq: int, fault: Fault) -> None:
        with self._lock:
            self._held.append(seq)
            if len(self._held) < fault.size:
                return
            held, self._held = self._held, []
        first = list(held)
        while held == first and len(held) > 1:
            fault.chance.shuffle(held)
        self._pool.submit(self._deliver_all, held)

    def _set(
        self, seq: int, state: str, *, attempts: int | None = None, next_at: int | None = None
    ) -> None:
        self.world.store.run(
            "UPDATE deliveries SET state = ?, attempts = coalesce(?, attempts), "
            "next_at = coalesce(?, next_at) WHERE seq = ?",
            *(state, attempts, next_at, seq),
        )

    def _send(self, event: Object, endpoint: Object, faults: dict[str, Fault]) -> bool:
        payload = self._payload(event, endpoint, faults)
        header = self._header(payload, endpoint, faults)
        times = faults["webhook_doubled"].times if "webhook_doubled" in faults else 1
        if times == 1:
            return post(endpoint["url"], payload, header)
        with ThreadPoolExecutor(min(times, 32), "doubled") as pool:
            sent = [pool.submit(post, endpoint["url"], payload, header) for _ in range(times)]
        return sent[0].result()

    def _payload(self, event: Object, endpoint: Object, faults: dict[str, Fault]) -> str:
        said: dict[str, Any] = event | {
            "pending_webhooks": self.world.pending_webhooks(event["id"]),
            "api_version": endpoint["api_version"] or API_VERSION,
        }
        if fault := faults.get("webhook_api_version"):
            said["api_version"] = fault.version
        if "webhook_stale" in faults:
            said["data"] = event["data"] | {"object": self._first_seen(event)}
        return json.dumps(said, indent=2)

    def _first_seen(self, event: Object) -> Object:
        rows = self.world.store.select(
            "event",
            None,
            [("json_extract(body, '$.data.object.id') = ?", event["data"]["object"].get("id"))],
            oldest_first=True,
            limit=1,
        )
        return rows[0]["data"]["object"] if rows else event["data"]["object"]

    def _header(self, payload: str, endpoint: Object, faults: dict[str, Fault]) -> str:
        secrets = webhook_endpoints.signing_secrets(self.world, endpoint)
        # Receivers go by the time of day, however far the stand-in's clock is ahead.
        moment = int(time.time())
        if fault := faults.get("webhook_old_timestamp"):
            moment -= int(fault.seconds) or HOUR_S
        if "webhook_wrong_secret" in faults:
            secrets = [WRONG_SECRET]
        if "webhook_two_secrets" in faults:
            secrets = [WRONG_SECRET, *secrets]
        return signature(secrets, payload, moment)


def post(url: str, payload: str, header: str) -> bool:
    """Whether it was received: any answer of 200 to 299. Redirects are not followed."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": header,
        "User-Agent": "Stripe/1.0 (stand-in)",
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
    with contextlib.closing(connection):
        try:
            connection.request("POST", path, payload.encode(), headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        return 200 <= answer.status < 300
