"""From a seat that is held to one that is paid for, on Stripe's hosted page.

What Stripe says of a checkout decides, whoever brings the news: a webhook, the buyer who comes
back, or the sweep of seats whose time is over.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from config.errors import Conflict

from .. import ledger, stripe_gateway
from ..ledger import Source
from ..models import Customer, Order, Payment, StripeCall, StripeEvent, TicketSale
from ..money import Money
from ..shares import Tiers
from ..stripe_gateway import Answer, StripeRefused, StripeUnavailable
from . import inbox, outbox
from .seats import change_state, release

logger = logging.getLogger(__name__)

State = Order.State

# Stripe takes 30 minutes at least, and clocks differ.
PAYABLE_FOR = timedelta(minutes=31)
# A sweep comes again soon.
_PIECE = 100
CREATE, EXPIRE = "checkout.session.create", "checkout.session.expire"
# All that a paid checkout is booked from, in one question.
PAID_WITH = ["payment_intent.latest_charge.balance_transaction"]
EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)


class SeatGone(Conflict):
    """It was held for as long as it was promised."""

    code = "seat_gone"

    def __init__(self) -> None:
        super().__init__(_("Your seat was kept for half an hour and is free again. Try once more."))


# --- To Stripe's page ---


def open_checkout(*, order: Order, now: datetime | None = None) -> str:
    """Where a held seat is paid for. No transaction may be open. Repeat: the same address.

    Raises: StripeUnavailable, StripeRefused, SeatGone
    """
    now = now or timezone.now()
    order.refresh_from_db()
    if order.state == State.AWAITING_PAYMENT and now < order.hold_until:
        return order.session_url
    customer = customer_of(order.buyer)
    call_key, params = _prepare(order, customer=customer, now=now)
    session = outbox.call_now(CREATE, key=call_key, params=params, subject=order)
    shown = Order.objects.filter(pk=order.pk, state=State.HELD).update(
        state=State.AWAITING_PAYMENT, session_id=session["id"], session_url=session["url"]
    )
    if not shown:
        # Given back meanwhile. Nobody has seen the address, so nobody can have paid.
        _expire(session["id"], order)
        raise SeatGone
    return str(session["url"])


def customer_of(user: User) -> str:
    """Who they are at Stripe, made when they first buy. Raises: StripeUnavailable, StripeRefused"""
    known = Customer.objects.filter(user=user).first()
    if known is None:
        key = f"user:{user.pk}:customer"
        # Their address may have changed since a call that nobody answered.
        before = StripeCall.objects.filter(key=key).first()
        metadata = {"kind": "customer", "id": str(user.pk), "env": settings.SITE_URL}
        params = before.params if before else {"email": user.email, "metadata": metadata}
        answer = outbox.call_now("customer.create", key=key, params=params, subject=user)
        known, _is_new = Customer.objects.get_or_create(
            user=user, defaults={"stripe_id": answer["id"]}
        )
    return known.stripe_id


@transaction.atomic(durable=True)
def _prepare(order: Order, *, customer: str, now: datetime) -> tuple[str, Answer]:
    """The key and the params of the order's checkout: those of a try whose answer never came, else
    new ones, and the seat is held for as long as they can be paid, and longer.

    Raises: SeatGone
    """
    order = (
        Order.objects.select_for_update(no_key=True).select_related("sale__space").get(pk=order.pk)
    )
    if order.state != State.HELD:
        raise SeatGone
    before = StripeCall.objects.filter(key=_key(order)).first()
    if before is not None and not before.is_refused:
        return before.key, before.params
    order.session_number += 1
    order.hold_until = now + timedelta(seconds=settings.TICKET_HOLD_S)
    order.save(update_fields=["session_number", "hold_until"])
    return _key(order), _params(order, customer=customer, now=now)


def _key(order: Order) -> str:
    return f"order:{order.pk}:session:{order.session_number}"


def _params(order: Order, *, customer: str, now: datetime) -> Answer:
    space = order.sale.space
    back = settings.SITE_URL + reverse("ticketing:checkout-back", args=[order.public_id])
    metadata = {"kind": "ticket", "id": str(order.public_id), "env": settings.SITE_URL}
    item = {
        "price_data": {
            "currency": order.currency,
            "unit_amount": order.price_minor,
            "product_data": {"name": space.title},
            "tax_behavior": "inclusive",
        },
        "quantity": 1,
    }
    return {
        "mode": "payment",
        "line_items": [item],
        "customer": customer,
        "client_reference_id": str(order.public_id),
        "success_url": f"{back}?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{back}?left=1",
        "expires_at": int((now + PAYABLE_FOR).timestamp()),
        "submit_type": "book",
        "allowed_payment_method_types": settings.STRIPE_PAYMENT_METHODS,
        "adaptive_pricing": {"enabled": False},
        "metadata": metadata,
        # What is on a session is not on its payment.
        "payment_intent_data": {
            "transfer_group": f"order_{order.pk}",
            "metadata": metadata,
            "description": space.title,
        },
    }


# --- Back from it ---


def look_at_checkout(*, order: Order) -> None:
    """Write down what Stripe says of an order's checkout by now. Repeat: harmless.

    Raises: StripeUnavailable, StripeRefused
    """
    order.refresh_from_db()
    if order.session_id:
        _project(order, order.session_id)
        order.refresh_from_db()


def close_checkout(*, order: Order, cause: str) -> None:
    """End a checkout and give the seat back, unless it is paid for: then the order is paid.

    Where Stripe cannot be reached the seat stays, and the sweep asks again. Repeat: harmless.
    Raises: StripeUnavailable
    """
    order.refresh_from_db()
    if order.state not in Order.UNPAID:
        return
    session_id = order.session_id or _made_unseen(order)
    if not session_id:
        release(order=order, cause=cause)
        return
    try:
        _expire(session_id, order)
    except StripeRefused:
        # It may be paid by now, which is no error; what it is, it says itself.
        logger.info("Checkout %s was over already.", session_id)
    _project(order, session_id)
    order.refresh_from_db()


def sweep_holds(*, now: datetime | None = None) -> int:
    """Seats whose time is over: given back, or found paid. Gives how many. Repeat: harmless."""
    now = now or timezone.now()
    settled = 0
    for order in Order.objects.overdue(now)[:_PIECE]:
        try:
            close_checkout(order=order, cause="hold over")
        except StripeUnavailable:
            logger.warning("Order %s keeps its seat: Stripe is away.", order.public_id)
            break
        settled += 1
    return settled


def _made_unseen(order: Order) -> str:
    """The session of a call whose answer was not written down with the order; none: there is none.

    Asked with the key and the params of then: the same one comes back, or, if the first call never
    arrived, Stripe refuses the time of its end, which is over.
    Raises: StripeUnavailable
    """
    call = StripeCall.objects.filter(key=_key(order)).first()
    if call is None:
        return ""
    try:
        answer = outbox.call_now(CREATE, key=call.key, params=call.params, subject=order)
    except StripeRefused:
        return ""
    return str(answer["id"])


def _expire(session_id: str, order: Order) -> None:
    outbox.call_now(
        EXPIRE, key=f"session:{session_id}:expire", params={"id": session_id}, subject=order
    )


# --- What Stripe says ---


@inbox.handles(*EVENTS)
def heed_checkout(event: StripeEvent) -> None:
    about: dict[str, Any] = event.payload["data"]["object"]
    reference = about.get("client_reference_id") or ""
    order = Order.objects.by_reference(str(reference)).first()
    if order is not None:
        _project(order, event.object_id)


def _project(order: Order, session_id: str) -> None:
    inbox.project(
        Order.objects.select_related("sale").filter(pk=order.pk),
        fetch=lambda: stripe_gateway.fetch("checkout.sessions", session_id, expand=PAID_WITH),
        apply=apply_checkout,
    )


def apply_checkout(order: Order, session: Answer) -> None:
    """Make the order what its checkout is. Under the order's lock. Repeat: harmless."""
    if session["client_reference_id"] != str(order.public_id):
        logger.error("Checkout %s is not of order %s.", session["id"], order.public_id)
        return
    cause = session["id"]
    if session["status"] == "complete" and session["payment_status"] == "paid":
        _take_payment(order, session["payment_intent"], cause=cause)
    elif order.session_id not in ("", session["id"]):
        # An earlier one, which can be paid no more.
        return
    elif session["status"] == "complete":
        _await_bank(order, session, cause=cause)
    elif session["status"] == "expired":
        release(order=order, cause=cause)
        order.refresh_from_db()


def _await_bank(order: Order, session: Answer, *, cause: str) -> None:
    intent = session["payment_intent"]
    if intent["status"] in ("requires_payment_method", "canceled"):
        release(order=order, cause=cause)
        order.refresh_from_db()
    elif order.state in Order.UNPAID:
        change_state(order, State.PROCESSING, cause=cause, now=timezone.now())


def _take_payment(order: Order, intent: Answer, *, cause: str) -> None:
    now = timezone.now()
    _book(order, intent)
    if order.state in Order.UNSETTLED:
        _seat_is_paid(order, cause=cause, now=now)
    elif order.state == State.RELEASED:
        # Never meant to happen: no seat is given back while its checkout can be paid.
        logger.error("Order %s was paid after its seat was free again.", order.public_id)
        if _seat_again(order):
            _seat_is_paid(order, cause=cause, now=now)
        else:
            change_state(order, State.REFUND_DUE, cause=cause, now=now)


def _seat_is_paid(order: Order, *, cause: str, now: datetime) -> None:
    order.paid_at = now
    order.save(update_fields=["paid_at"])
    change_state(order, State.PAID, cause=cause, now=now)


def _seat_again(order: Order) -> bool:
    try:
        with transaction.atomic():
            if not TicketSale.objects.take_any_seat(order.sale):
                return False
            # They may have another seat by now, which the constraint says.
            Order.objects.filter(pk=order.pk).update(state=State.PROCESSING)
    except IntegrityError:
        return False
    order.state = State.PROCESSING
    return True


def _book(order: Order, intent: Answer) -> Payment:
    """The payment's row and its journal, from the charge's balance transaction."""
    charge = intent["latest_charge"]
    balance = charge["balance_transaction"]
    payment, _is_new = Payment.objects.update_or_create(
        payment_intent=intent["id"],
        defaults={
            "order": order,
            "charge": charge["id"],
            "state": Payment.State.CAPTURED,
            "currency": charge["currency"],
            "amount_minor": charge["amount"],
            "fee_minor": balance["fee"] if balance else None,
            "captured_at": datetime.fromtimestamp(charge["created"], UTC),
        },
    )
    if balance:
        ledger.charge_captured(
            source=Source("payment", str(payment.pk)),
            host=order.sale.seller,
            amount=Money(balance["amount"], balance["currency"]),
            fee=Money(balance["fee"], balance["currency"]),
            tiers=Tiers.from_json(order.terms["tiers"]),
            occurred_at=payment.captured_at or timezone.now(),
            co_hosts=order.terms.get("co_hosts"),
        )
    return payment
