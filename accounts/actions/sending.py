"""What leaves the site: each delivery at most once, and none of them silently."""

import logging
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connections, transaction
from django.utils import timezone

from ..models import Delivery, NotificationChoice, User
from ..models.notifications import Channel
from ..notifications import leaving, outlets
from ..notifications.mail import MailOutlet
from ..notifications.push import PushOutlet

logger = logging.getLogger(__name__)

State = Delivery.State
OUTLETS: dict[str, type[outlets.Outlet]] = {Channel.MAIL: MailOutlet, Channel.PUSH: PushOutlet}
# So long one run sends; what is left is for the next, and others of the queue come in between.
RUN_S = 20.0
# A worker sends a claimed one at once: who has not settled it by then is dead.
LOST_AFTER = timedelta(minutes=5)
# After each try that failed for a passing reason; greylisting wants some minutes.
TRY_AGAIN_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60)]

# One run of each channel in a process: a mail server that hangs must not take the threads of the
# queue one by one, and with them what push and pinned links need.
_gates = {channel: threading.Lock() for channel in OUTLETS}


def send_due(*, channel: Channel) -> bool:
    """Send what is due by one channel, for a while. Returns whether there is more.

    Repeat: harmless. Of several at once, in any processes, each takes other rows.
    """
    gate = _gates[channel]
    if not gate.acquire(blocking=False):
        return False
    try:
        return _Run(channel).until_time_is_up()
    finally:
        gate.release()


def settle_deliveries(*, now: datetime) -> None:
    """Give up what comes too late, and what a dead worker left behind. Repeat: harmless."""
    dropped = Delivery.objects.expired(now).update(state=State.DROPPED, settled_at=now)
    left = Delivery.objects.left_sending(now - LOST_AFTER)
    unknown = left.update(state=State.UNKNOWN, settled_at=now)
    if dropped or unknown:
        logger.warning("Deliveries: %d dropped as too late, %d unknown.", dropped, unknown)


@transaction.atomic(durable=True)
def claim(*, channel: Channel, now: datetime) -> Delivery | None:
    """The one that waits longest is this worker's now, or nobody's: whoever dies has it lost.

    Locks: the delivery, past those that others lock.
    """
    due = Delivery.objects.due(now).by(channel)
    delivery = due.select_for_update(skip_locked=True, no_key=True).first()
    if delivery is not None:
        delivery.state, delivery.claimed_at = State.SENDING, now
        delivery.tries += 1
        delivery.save(update_fields=["state", "claimed_at", "tries"])
    return delivery


class _Run:
    """One run of a channel: connected before anything is claimed."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.outlet = OUTLETS[channel]()
        self.deadline = time.monotonic() + RUN_S
        self.is_away = False
        self.outcomes: Counter[str] = Counter()

    def until_time_is_up(self) -> bool:
        if not Delivery.objects.due(timezone.now()).by(self.channel).exists():
            return False
        try:
            self.outlet.open()
        except outlets.Away as error:
            logger.warning("Nothing can leave by %s: %s", self.channel, error)
            return False
        try:
            return self._side_by_side() and not self.is_away
        finally:
            self.outlet.close()
            if self.outcomes.keys() - {State.SENT.value}:
                logger.info("Deliveries by %s: %s", self.channel, dict(self.outcomes))

    def _side_by_side(self) -> bool:
        # Each keeps a connection of the pool, which other tasks of the queue want as well.
        pool_size = connections["default"].settings_dict["OPTIONS"]["pool"]["max_size"]
        at_once = min(self.outlet.at_once, pool_size // 3)
        if at_once <= 1:
            return self._one_by_one()
        with ThreadPoolExecutor(at_once) as pool:
            runs = [pool.submit(self._on_its_own) for _ in range(at_once)]
        # All of them, so that none hides what it raised.
        results = [run.result() for run in runs]
        return any(results)

    def _on_its_own(self) -> bool:
        try:
            return self._one_by_one()
        finally:
            connections.close_all()

    def _one_by_one(self) -> bool:
        """Returns whether there may be more."""
        while not self.is_away and time.monotonic() < self.deadline:
            delivery = claim(channel=self.channel, now=timezone.now())
            if delivery is None:
                return False
            self._send(Delivery.objects.with_all().get(pk=delivery.pk))
        return True

    def _send(self, delivery: Delivery) -> None:
        now = timezone.now()
        if not leaving.may_leave(delivery, now=now):
            self._settle(delivery, State.DROPPED)
            return
        try:
            message = self.outlet.write(delivery, now=now)
        except Exception:
            # A bug, which must not come back with this row every few seconds.
            self._settle(delivery, State.FAILED)
            raise
        try:
            self.outlet.send(message)
        except outlets.NotSent as error:
            self.is_away = self.is_away or error.is_away
            self._put_back(delivery, error)
        except outlets.Unclear as error:
            logger.warning("Delivery %d may have left or not: %s", delivery.pk, error)
            self._settle(delivery, State.UNKNOWN)
        except outlets.Gone:
            # Takes its deliveries along.
            assert delivery.subscription is not None
            delivery.subscription.delete()
            self.outcomes["gone"] += 1
        else:
            self._settle(delivery, State.SENT)

    def _put_back(self, delivery: Delivery, error: outlets.NotSent) -> None:
        logger.warning("Delivery %d was not taken: %s", delivery.pk, error)
        if not error.retryable or delivery.tries > len(TRY_AGAIN_AFTER):
            self._settle(delivery, State.FAILED)
            return
        wait = max(error.after or timedelta(), TRY_AGAIN_AFTER[delivery.tries - 1])
        self.outcomes["put back"] += 1
        Delivery.objects.filter(pk=delivery.pk, state=State.SENDING).update(
            state=State.DUE, claimed_at=None, due_at=timezone.now() + wait
        )

    def _settle(self, delivery: Delivery, state: str) -> None:
        """Unless the sweep took this worker for dead: then it stays unknown."""
        self.outcomes[str(state)] += 1
        claimed = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING)
        claimed.update(state=state, settled_at=timezone.now())


def choose_mail(*, actor: User, subject: str, is_on: bool) -> None:
    """Whether they get letters about one subject. Repeat: harmless."""
    NotificationChoice.objects.update_or_create(
        user=actor, subject=subject, channel=Channel.MAIL, defaults={"is_on": is_on}
    )
