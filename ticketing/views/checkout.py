"""The way back from Stripe's page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from config.http import SignedInRequest

from .. import actions
from ..models import Order

SAYS = {
    Order.State.HELD: _("Your seat is kept. You have not paid yet."),
    Order.State.AWAITING_PAYMENT: _("Your seat is kept. You have not paid yet."),
    Order.State.PROCESSING: _("Your bank is still at it. Your seat is kept."),
    Order.State.PAID: _("Paid. You have a ticket."),
    Order.State.RELEASED: _("You have not bought a ticket, and nothing was charged."),
    Order.State.REFUND_DUE: _(
        "The last seat was gone when your payment came. You get all of it back."
    ),
    Order.State.CANCELLED: _("This ticket was given back."),
    Order.State.CHARGED_BACK: _("Your bank took the payment for this ticket back."),
}


@require_safe
def checkout_back(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Where a buyer comes to who paid, or turned back. The address proves nothing: Stripe is asked.

    It changes rows although it is only looked at: what it writes down is so already, or, of who
    turned back, would be by itself in half an hour.
    """
    order = get_object_or_404(Order.objects.of(request.user), public_id=public_id)
    if "left" in request.GET:
        actions.close_checkout(order=order, cause="left")
    else:
        actions.look_at_checkout(order=order)
    messages.info(request, SAYS[Order.State(order.state)])
    return redirect(order.sale.space)
