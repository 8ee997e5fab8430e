"""What tests of selling do all the time."""

from tests.stripe_standin import pay
from ticketing import actions
from ticketing.models import TicketSale
from ticketing.shares import Tiers


def reserve(user, sale):
    terms = {"tiers": Tiers.of(sale.currency).as_json(), "refund_rule": sale.refund_rule}
    return actions.reserve(actor=user, sale=sale, terms=terms)


def buy(user, sale):
    order = reserve(user, sale)
    pay(actions.open_checkout(order=order))
    actions.look_at_checkout(order=order)
    return order


def taken(order):
    return TicketSale.objects.get(pk=order.sale_id).taken
