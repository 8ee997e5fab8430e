"""What leaves the site: each delivery at most once, and none of them silently."""

import logging
import threading
from collections import Counter
from datetime import datetime, timedelta

from django.db import connections, transaction
from django.utils import timezone

from config.runs import Run, alone

from ..models import Delivery, NotificationChoice, User
from ..models.notifications import Channel
from ..notifications import leaving, outlets
from ..notifications.mail import MailOutlet
from ..notifications.push import PushOutlet

logger = logging.getLogger(__name__)

State = Delivery.State
OUTLETS: dict[str, type[outlets.Outlet]] = {Channel.MAIL: MailOutlet, Channel.PUSH: PushOutlet}
# A worker sends a claimed one at once: who has not settled it by then is dead.
LOST_AFTER = timedelta(minutes=5)
# After each try that failed for a passing reason; greylisting wants some minutes.
TRY_AGAIN_AFTER = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60)]

# One run of each channel in a process: push and pinned links need threads of the queue, too.
_gates = {channel: threading.Lock() for channel in OUTLETS}


def send_due(*, channel: Channel) -> bool:
    """Send what is due by one channel, for a while. Returns whether there is more.

    Repeat: harmless. Of several at once, in any processes, each takes other rows.
    """
    return alone(_gates[channel], _Sending(channel).until_time_is_up, otherwise=False)


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


class _Sending:
    """One run of a channel: connected before anything is claimed."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.outlet = OUTLETS[channel]()
        self.outcomes: Counter[str] = Counter()

    def until_time_is_up(self) -> bool:
        if not Delivery.objects.due(timezone.now()).by(self.channel).exists():
            return False
        try:
            self.outlet.open()
        except outlets.Away as error:
            logger.warning("Nothing can leave by %s: %s", self.channel, error)
            return False
        # Each keeps a connection of the pool, which other tasks of the queue want as well.
        pool_size = connections["default"].settings_dict["OPTIONS"]["pool"]["max_size"]
        at_once = min(self.outlet.at_once, pool_size // 3)
        try:
            return Run(claim=self._claim, work=self._send, at_once=at_once).until_time_is_up()
        finally:
            self.outlet.close()
            if self.outcomes.keys() - {State.SENT.value}:
                logger.info("Deliveries by %s: %s", self.channel, dict(self.outcomes))

    def _claim(self) -> Delivery | None:
        delivery = claim(channel=self.channel, now=timezone.now())
        return delivery and Delivery.objects.with_all().get(pk=delivery.pk)

    def _send(self, delivery: Delivery) -> bool:
        """Returns whether the outlet is there."""
        now, is_there = timezone.now(), True
        if not leaving.may_leave(delivery, now=now):
            self._settle(delivery, State.DROPPED)
            return is_there
        try:
            message = self.outlet.write(delivery, now=now)
        except Exception:
            # A bug, which must not come back with this row every few seconds.
            self._settle(delivery, State.FAILED)
            raise
        try:
            self.outlet.send(message)
        except outlets.NotSent as error:
            is_there = not error.is_away
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
        return is_there

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
