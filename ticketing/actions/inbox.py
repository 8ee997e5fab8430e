"""What Stripe tells us: taken down once, then made something of, in any order and however often.

A handler looks the object up and writes down what it is: `project`. So an event is a hint only, and
a repeated, late or old one does no harm.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict
from config.runs import Run, alone, let_connection_go

from .. import stripe_gateway, tasks
from ..models import StripeCursor, StripeEvent
from ..stripe_gateway import Answer

logger = logging.getLogger(__name__)

State = StripeEvent.State
Handler = Callable[[StripeEvent], None]
M = TypeVar("M", bound=models.Model)

TRIES = 20
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=6)
# A worker makes three tries of ten seconds at most; who has not settled it by then is dead.
LOST_AFTER = timedelta(minutes=2)
# While Stripe is away one event after another asks whether it is back.
ASK_AGAIN_AFTER = timedelta(seconds=10)
# Stripe lists an event a little after it happened, and clocks differ.
READ_AGAIN = timedelta(hours=1)
# It lists them for 30 days.
LISTED_FOR = timedelta(days=29)
KEEP = timedelta(days=90)
_PIECE = 100

_handlers: dict[str, Handler] = {}
_gate = threading.Lock()
_pulling = threading.Lock()


def handles(*types: str) -> Callable[[Handler], Handler]:
    """The decorated function is given each event of these types, outside of any transaction.

    It may be given the same one twice.
    """

    def register(handler: Handler) -> Handler:
        for type_ in types:
            if _handlers.setdefault(type_, handler) is not handler:
                raise RuntimeError(f"{type_} has a handler already.")
        return handler

    return register


# --- Taken down ---


@transaction.atomic(durable=True)
def accept_stripe_event(*, event: Answer) -> None:
    """Take an event down that a webhook brought. Repeat: counted."""
    StripeEvent.objects.bulk_create([_row(event)], ignore_conflicts=True)
    StripeEvent.objects.filter(event_id=event["id"]).update(deliveries=F("deliveries") + 1)
    # The sweep comes by itself, too, should this be lost.
    transaction.on_commit(_kick, robust=True)


def pull_stripe_events(*, account: str = "") -> int:
    """Take down what Stripe lists, and no webhook may have brought. Returns how many were new.

    Repeat: harmless.
    Raises: StripeUnavailable
    """
    if not stripe_gateway.is_on():
        return 0
    return alone(_pulling, lambda: _pull(account), otherwise=0)


def _pull(account: str) -> int:
    now = timezone.now()
    cursor = StripeCursor.objects.filter(account=account).first()
    since = max((cursor.read_until if cursor else now) - READ_AGAIN, now - LISTED_FOR)
    let_connection_go()
    listed = stripe_gateway.list_all(
        "events", {"created": {"gte": int(since.timestamp())}}, account=account
    )
    found = sum(_take_down(piece) for piece in _pieces(listed))
    # Not before all of it is down: an older page is read after a newer one.
    StripeCursor.objects.update_or_create(account=account, defaults={"read_until": now})
    if found:
        logger.warning("%d events of Stripe came by no webhook.", found)
        transaction.on_commit(_kick, robust=True)
    return found


def _take_down(events: list[Answer]) -> int:
    known = StripeEvent.objects.filter(event_id__in=[event["id"] for event in events])
    seen = set(known.values_list("event_id", flat=True))
    new = [_row(event) for event in events if event["id"] not in seen]
    StripeEvent.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def _pieces(events: Iterable[Answer]) -> Iterable[list[Answer]]:
    piece: list[Answer] = []
    for event in events:
        piece.append(event)
        if len(piece) == _PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def _row(event: Answer) -> StripeEvent:
    data = event.get("data")
    about: Any = data.get("object") if isinstance(data, dict) else None
    object_id = about.get("id") if isinstance(about, dict) else None
    is_ours = event["livemode"] == stripe_gateway.is_live() and event["type"] in _handlers
    return StripeEvent(
        event_id=event["id"],
        type=event["type"],
        account=str(event.get("account") or "")[:255],
        livemode=event["livemode"],
        api_version=str(event.get("api_version") or "")[:60],
        created=datetime.fromtimestamp(event["created"], UTC),
        object_id=str(object_id or "")[:255],
        payload=_storable(event),
        state=State.NEW if is_ours else State.IGNORED,
        settled_at=None if is_ours else timezone.now(),
    )


def _storable(value: Any) -> Any:
    """JSON may say more than the database's text holds, and one name must not stop the rest."""
    if isinstance(value, dict):
        return {_storable(name): _storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()
    return value


def _kick() -> None:
    tasks.process_stripe_events.delay()


# --- Made something of ---


def process_stripe_events() -> bool:
    """Handle what has come in, for a while. Returns whether there is more. Repeat: harmless."""
    if not stripe_gateway.is_on():
        return False
    run = Run(
        claim=lambda: claim_event(now=timezone.now()), work=_work, at_once=settings.STRIPE_AT_ONCE
    )
    return alone(_gate, run.until_time_is_up, otherwise=False)


@transaction.atomic(durable=True)
def claim_event(*, now: datetime) -> StripeEvent | None:
    """The one that waits longest is this worker's for a while.

    Locks: the event, past those that others lock.
    """
    due = StripeEvent.objects.due(now)
    event = due.select_for_update(skip_locked=True, no_key=True).first()
    if event is not None:
        event.attempts += 1
        event.next_try_at = now + LOST_AFTER
        event.save(update_fields=["attempts", "next_try_at"])
    return event


def _work(event: StripeEvent) -> bool:
    """Returns whether Stripe answers."""
    if event.api_version != stripe_gateway.API_VERSION:
        # What we read is fetched in our own version all the same.
        logger.warning("Event %s is of API version %s.", event.event_id, event.api_version)
    handler = _handlers.get(event.type)
    if handler is None:
        _settle_event(event, State.IGNORED)
        return True
    let_connection_go()
    try:
        handler(event)
    except stripe_gateway.StripeUnavailable as error:
        if error.is_away:
            # Not the event's fault: it has as many tries as before.
            _put_back(event, attempts=event.attempts - 1, after=ASK_AGAIN_AFTER, error=error)
            return False
        _try_later(event, error)
    except Exception as error:
        logger.exception("Event %s could not be handled.", event.event_id)
        _try_later(event, error)
    else:
        _settle_event(event, State.DONE)
    return True


def _try_later(event: StripeEvent, error: Exception) -> None:
    if event.attempts >= TRIES:
        logger.error("Event %s is given up after %d tries.", event.event_id, event.attempts)
        _settle_event(event, State.FAILED, error=error)
        return
    _put_back(event, attempts=event.attempts, after=wait_after(event.attempts), error=error)


def wait_after(attempts: int) -> timedelta:
    """5 seconds after the first, twice as long each time, 6 hours at most."""
    return min(_FIRST_WAIT * 2 ** (min(attempts, TRIES) - 1), _LONGEST_WAIT)


def _mine(event: StripeEvent) -> models.QuerySet[StripeEvent]:
    """Unless this worker was taken for dead, and another claimed it since."""
    return StripeEvent.objects.filter(pk=event.pk, state=State.NEW, next_try_at=event.next_try_at)


def _put_back(event: StripeEvent, *, attempts: int, after: timedelta, error: Exception) -> None:
    _mine(event).update(
        attempts=attempts, next_try_at=timezone.now() + after, error=_in_words(error)
    )


def _settle_event(event: StripeEvent, state: str, *, error: Exception | None = None) -> None:
    words = _in_words(error) if error else ""
    _mine(event).update(state=state, settled_at=timezone.now(), error=words)


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


# --- For handlers ---


def database_time() -> datetime:
    """By the one clock that all workers share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def project(
    rows: "models.QuerySet[M]", *, fetch: Callable[[], Answer], apply: Callable[[M, Answer], None]
) -> bool:
    """Fetch an object and write down what it is, unless somebody has written down a newer look.

    rows: the one row that mirrors it, of a model with `synced_from`. apply: saves what it changes,
    and may raise; it must not call out. Returns whether it was applied.
    Locks: the row. Repeat: harmless.
    """
    noted = database_time()
    let_connection_go()
    return apply_if_newer(rows, fetch(), noted=noted, apply=apply)


@transaction.atomic
def apply_if_newer(
    rows: "models.QuerySet[M]",
    fetched: Answer,
    *,
    noted: datetime,
    apply: Callable[[M, Answer], None],
) -> bool:
    """noted: the database's time before the object was fetched. Locks: the row."""
    row: Any = rows.select_for_update(of=("self",), no_key=True).first()
    if row is None or (row.synced_from is not None and row.synced_from > noted):
        return False
    apply(row, fetched)
    row.synced_from = noted
    row.save(update_fields=["synced_from"])
    return True


# --- For operators ---


@transaction.atomic
def try_event_again(*, actor: User, event: StripeEvent) -> None:
    """An operator has seen to what was wrong.

    Locks: the event.
    Raises: Conflict
    """
    event = StripeEvent.objects.select_for_update().get(pk=event.pk)
    if event.state != State.FAILED:
        raise Conflict(_("Only what was given up can be tried again."))
    event.state, event.settled_at = State.NEW, None
    event.attempts, event.next_try_at = 0, timezone.now()
    event.save(update_fields=["state", "settled_at", "attempts", "next_try_at"])
    logger.info("Event %s is tried again: user %d wants it.", event.event_id, actor.pk)
    transaction.on_commit(_kick, robust=True)


def forget_stripe_events(*, now: datetime) -> None:
    """They name people, and Stripe does not bring them again. Repeat: harmless."""
    StripeEvent.objects.settled_before(now - KEEP).delete()
