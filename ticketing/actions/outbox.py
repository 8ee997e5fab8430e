"""What we tell Stripe to do: written down with what it is about, sent under a key that stays.

The key makes it happen once, for as long as Stripe remembers it, which is a day. After that what
has an unknown outcome is looked for before it is sent again. What was answered is written down
first, and then handed to the kind's handler, once.
"""

import json
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict
from config.runs import Run, alone, let_connection_go

from .. import stripe_gateway, tasks
from ..models import StripeCall
from ..stripe_gateway import Answer, StripeRefused, StripeUnavailable
from ..stripe_kinds import KINDS
from .inbox import ASK_AGAIN_AFTER, LOST_AFTER, TRIES, wait_after

logger = logging.getLogger(__name__)

State = StripeCall.State
Handler = Callable[[StripeCall], None]
Finder = Callable[[StripeCall], Answer | None]

# Stripe promises a day. The last try takes a while.
REMEMBERED_FOR = timedelta(hours=23)

_handlers: dict[str, Handler] = {}
_finders: dict[str, Finder] = {}
_gate = threading.Lock()


class KeyTaken(Exception):
    """The key is that of another call: a bug, which Stripe would refuse as well."""


class NoWayToFind(Exception):
    """Whether it was done cannot be found out here."""


def on_answer(kind: str) -> Callable[[Handler], Handler]:
    """The decorated function is given each call of the kind once Stripe has answered it.

    Within the transaction that notes that it was: it changes rows, it does not call out. The call
    is done, with what the kind keeps in `answer`, or failed, with Stripe's `reason`.
    """
    return _registering(kind, _handlers)


def finds(kind: str) -> Callable[[Finder], Finder]:
    """The decorated function says whether Stripe has done a call whose key it has forgotten.

    For kinds whose metadata and list do not tell. It gives Stripe's object, or None.
    """
    return _registering(kind, _finders)


def _registering(kind: str, table: dict[str, Any]) -> Callable[[Any], Any]:
    if kind not in KINDS:
        raise KeyError(kind)

    def register(function: Any) -> Any:
        if table.setdefault(kind, function) is not function:
            raise RuntimeError(f"{kind} has one already.")
        return function

    return register


# --- Written down ---


@transaction.atomic
def queue_call(
    kind: str, *, key: str, params: Answer, subject: models.Model | None = None
) -> StripeCall:
    """Have Stripe told to do something, if and when the surrounding transaction is committed.

    subject: the row that it is about. Repeat: gives the call that there is.
    Raises: KeyTaken
    """
    call, is_new = _write_down(kind, key=key, params=params, subject=subject)
    if is_new:
        # The sweep comes by itself, too, should this be lost.
        transaction.on_commit(_kick, robust=True)
    return call


def call_now(kind: str, *, key: str, params: Answer, subject: models.Model | None = None) -> Answer:
    """Have Stripe do something while somebody waits for it: no transaction may be open.

    Gives Stripe's object, or what the kind keeps of it if it was answered before. What came of it
    is handed to the kind's handler first. A call whose outcome is unknown goes on by itself.
    Raises: StripeUnavailable, StripeRefused, KeyTaken
    """
    call = _claim_this(kind, key=key, params=params, subject=subject)
    if call.is_settled:
        _hand_over(call.pk)
        if call.is_done:
            return call.answer
        raise _refusal_of(call)
    answer = _send(call)
    _hand_over(call.pk)
    return answer


@transaction.atomic(durable=True)
def _claim_this(kind: str, *, key: str, params: Answer, subject: models.Model | None) -> StripeCall:
    """Raises: StripeUnavailable while somebody else sends it."""
    written, _is_new = _write_down(kind, key=key, params=params, subject=subject)
    call = StripeCall.objects.select_for_update(no_key=True).get(pk=written.pk)
    now = timezone.now()
    if call.is_settled:
        return call
    if call.state == State.SENT and call.next_try_at is not None and call.next_try_at > now:
        raise StripeUnavailable(reason="in_progress", is_unknown=True)
    return _claimed(call, now=now)


def _write_down(
    kind: str, *, key: str, params: Answer, subject: models.Model | None
) -> tuple[StripeCall, bool]:
    if kind not in KINDS:
        raise KeyError(kind)
    # As the database will give them back.
    params = json.loads(json.dumps(params))
    about = (subject._meta.label_lower, subject.pk) if subject else ("", None)
    call, is_new = StripeCall.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "params": params,
            "subject_type": about[0],
            "subject_id": about[1],
        },
    )
    if not is_new and (call.kind, call.params) != (kind, params):
        raise KeyTaken(key)
    return call, is_new


def _kick() -> None:
    tasks.send_stripe_calls.delay()


# --- Sent ---


def send_stripe_calls() -> bool:
    """Send what is due, for a while. Returns whether there is more. Repeat: harmless."""
    if not stripe_gateway.is_on():
        return False
    hand_over_answers()
    run = Run(
        claim=lambda: claim_call(now=timezone.now()), work=_work, at_once=settings.STRIPE_AT_ONCE
    )
    return alone(_gate, run.until_time_is_up, otherwise=False)


@transaction.atomic(durable=True)
def claim_call(*, now: datetime) -> StripeCall | None:
    """The one that waits longest is this worker's for a while.

    Locks: the call, past those that others lock.
    """
    call = StripeCall.objects.due(now).select_for_update(skip_locked=True, no_key=True).first()
    return call and _claimed(call, now=now)


def _claimed(call: StripeCall, *, now: datetime) -> StripeCall:
    # Whoever had it died, before the call or after it.
    call.may_have_happened = call.may_have_happened or call.state == State.SENT
    call.state, call.claimed_at = State.SENT, now
    call.attempts += 1
    call.first_sent_at = call.first_sent_at or now
    call.next_try_at = now + LOST_AFTER
    call.save(
        update_fields=[
            *("may_have_happened", "state", "claimed_at", "attempts"),
            *("first_sent_at", "next_try_at"),
        ]
    )
    return call


def _work(call: StripeCall) -> bool:
    """Returns whether Stripe answers."""
    try:
        _send(call)
    except StripeUnavailable as error:
        return not error.is_away
    except StripeRefused:
        pass
    except Exception:
        # A bug, or params that are none: put off by now, it does not come back at once.
        logger.exception("Call %s could not be sent.", call.key)
        _put_back(call, StripeUnavailable(reason="not_sent", is_unknown=True))
        return True
    _hand_over(call.pk)
    return True


def _send(call: StripeCall) -> Answer:
    """What comes of it is written down before it is given or raised."""
    let_connection_go()
    try:
        answer = _found(call) or _ask(call)
    except NoWayToFind:
        logger.error("Call %s needs an operator: what came of it is not known.", call.key)
        _mine(call).update(state=State.UNKNOWN, next_try_at=None, reason="needs_operator")
        raise StripeUnavailable(reason="needs_operator", is_unknown=True) from None
    except StripeRefused as error:
        _record_refusal(call, error)
        raise
    except StripeUnavailable as error:
        _put_back(call, error)
        raise
    _record_answer(call, answer)
    return answer


def _ask(call: StripeCall) -> Answer:
    kind = KINDS[call.kind]
    params = dict(call.params)
    object_id = params.pop("id") if kind.takes_id else ""
    return stripe_gateway.call(kind.path, params, key=call.key, object_id=object_id)


def _record_answer(call: StripeCall, answer: Answer) -> None:
    """An answer is true whoever brings it: also a worker that was taken for dead."""
    now = timezone.now()
    kept = {name: answer[name] for name in KINDS[call.kind].keeps if name in answer}
    _unsettled(call).update(
        state=State.DONE,
        settled_at=now,
        next_try_at=now,
        response_id=str(answer.get("id") or ""),
        answer=kept,
        reason="",
        param="",
        is_replay=False,
    )


def _record_refusal(call: StripeCall, error: StripeRefused) -> None:
    now = timezone.now()
    logger.warning("Call %s was refused: %s", call.key, error)
    _unsettled(call).update(
        state=State.FAILED,
        settled_at=now,
        next_try_at=now,
        reason=error.reason[:100],
        param=error.param[:255],
        request_id=error.request_id[:100],
    )


def _put_back(call: StripeCall, error: StripeUnavailable) -> None:
    logger.warning("Call %s was not answered: %s", call.key, error)
    attempts, after = call.attempts, wait_after(call.attempts)
    if error.is_away:
        # Not the call's fault: it has as many tries as before.
        attempts, after = call.attempts - 1, ASK_AGAIN_AFTER
    next_try_at: datetime | None = timezone.now() + after
    if attempts >= TRIES:
        logger.error("Call %s is given up after %d tries.", call.key, attempts)
        next_try_at = None
    # A later try that did not arrive says nothing of the first.
    may_have_happened = call.may_have_happened or error.is_unknown
    _mine(call).update(
        state=State.UNKNOWN if may_have_happened else State.QUEUED,
        may_have_happened=may_have_happened,
        attempts=attempts,
        next_try_at=next_try_at,
        reason=error.reason[:100],
        request_id=error.request_id[:100],
        is_replay=error.is_replay,
    )


def _mine(call: StripeCall) -> models.QuerySet[StripeCall]:
    """Unless this worker was taken for dead, and another claimed it since."""
    return StripeCall.objects.filter(pk=call.pk, state=State.SENT, claimed_at=call.claimed_at)


def _unsettled(call: StripeCall) -> models.QuerySet[StripeCall]:
    return StripeCall.objects.filter(pk=call.pk, settled_at__isnull=True)


# --- Looked for ---


def _found(call: StripeCall) -> Answer | None:
    """What an earlier try did, where sending it again would not bring it or could do it twice.

    Raises: NoWayToFind
    """
    if KINDS[call.kind].is_repeatable or not call.may_have_happened:
        return None
    assert call.first_sent_at is not None
    is_forgotten = timezone.now() - call.first_sent_at > REMEMBERED_FOR
    if not is_forgotten and not call.is_replay:
        return None
    finder = _finders.get(call.kind, _find_by_metadata)
    try:
        found = finder(call)
    except NoWayToFind:
        if is_forgotten:
            raise
        return None
    if found is None and is_forgotten:
        # Stripe takes the key for a new one, and remembers it for another day.
        call.first_sent_at = timezone.now()
        _mine(call).update(first_sent_at=call.first_sent_at)
    return found


def _find_by_metadata(call: StripeCall) -> Answer | None:
    kind, wanted = KINDS[call.kind], call.params.get("metadata")
    if not kind.found_in or not wanted:
        raise NoWayToFind
    narrowed = {name: call.params[name] for name in kind.found_by if name in call.params}
    object_id = narrowed.pop("id", "")
    if not narrowed and not object_id:
        assert call.first_sent_at is not None
        since = call.first_sent_at - timedelta(hours=1)
        narrowed = {"created": {"gte": int(since.timestamp())}}
    for listed in stripe_gateway.list_all(kind.found_in, narrowed, object_id=object_id):
        metadata = listed.get("metadata") or {}
        if all(metadata.get(name) == str(value) for name, value in wanted.items()):
            return listed
    return None


# --- Handed over ---


def hand_over_answers() -> None:
    """Those whose handler failed, or whose worker died before it was asked. Repeat: harmless."""
    for pk in StripeCall.objects.to_hand_over(timezone.now()).values_list("pk", flat=True)[:100]:
        _hand_over(pk)


def _hand_over(pk: int) -> None:
    """Repeat: harmless; the handler has its say once. Locks: the call."""
    try:
        _handle(pk)
    except Exception:
        logger.exception("The answer to call %d could not be handled.", pk)
        _handle_later(pk)


@transaction.atomic
def _handle(pk: int) -> None:
    waiting = StripeCall.objects.filter(pk=pk, settled_at__isnull=False, handled_at__isnull=True)
    call = waiting.select_for_update(no_key=True).first()
    if call is None:
        return
    handler = _handlers.get(call.kind)
    if handler is not None:
        handler(call)
    call.handled_at, call.next_try_at = timezone.now(), None
    call.save(update_fields=["handled_at", "next_try_at"])


@transaction.atomic
def _handle_later(pk: int) -> None:
    call = StripeCall.objects.select_for_update(no_key=True).get(pk=pk)
    if call.handled_at is None:
        call.handling_attempts = min(call.handling_attempts + 1, TRIES)
        call.next_try_at = timezone.now() + wait_after(call.handling_attempts)
        call.save(update_fields=["handling_attempts", "next_try_at"])


def _refusal_of(call: StripeCall) -> StripeRefused:
    return StripeRefused(reason=call.reason, param=call.param, request_id=call.request_id)


# --- For operators ---


@transaction.atomic
def try_call_again(*, actor: User, call: StripeCall) -> None:
    """An operator has looked at Stripe's page, or seen to what was wrong.

    Locks: the call.
    Raises: Conflict
    """
    call = StripeCall.objects.select_for_update().get(pk=call.pk)
    if call.is_settled or call.next_try_at is not None:
        raise Conflict(_("Only what was given up can be tried again."))
    call.attempts, call.next_try_at = 0, timezone.now()
    call.save(update_fields=["attempts", "next_try_at"])
    logger.info("Call %s is tried again: user %d wants it.", call.key, actor.pk)
    transaction.on_commit(_kick, robust=True)
