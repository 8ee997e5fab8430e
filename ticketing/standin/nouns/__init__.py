"""What the API has, a module for each noun or two that belong together."""

from ..calls import Route
from . import (
    accounts,
    balance,
    catalogue,
    disputes,
    events,
    payments,
    payouts,
    refunds,
    sessions,
    transfers,
    webhook_endpoints,
)

ROUTES: list[Route] = [
    route
    for noun in (
        accounts,
        balance,
        catalogue,
        disputes,
        events,
        payments,
        payouts,
        refunds,
        sessions,
        transfers,
        webhook_endpoints,
    )
    for route in noun.ROUTES
]
