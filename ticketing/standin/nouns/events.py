"""Events: what happened, kept for whoever missed the webhook."""

import json
from typing import Any

from .. import errors
from ..calls import Call, Route, listed
from ..store import Object, among, field
from ..world import DAY_S

KEPT_S = 30 * DAY_S
_TYPES_LIMIT = 20


def _counted(call: Call, event: Object) -> Object:
    return event | {"pending_webhooks": call.world.pending_webhooks(event["id"])}


def _retrieve(call: Call) -> Object:
    return _counted(call, call.find("event"))


def _list(call: Call) -> Object:
    given = call.params
    where: list[tuple[str, Any]] = [(f"{field('created')} >= ?", call.world.now() - KEPT_S)]
    types = given.get("types")
    if types and given.get("type"):
        raise errors.invalid("You may pass either type or types, but not both.", "types")
    if types:
        if len(types) > _TYPES_LIMIT:
            raise errors.invalid(f"There may be up to {_TYPES_LIMIT} types.", "types")
        where.append((among("type"), json.dumps(types)))
    elif given.get("type"):
        where.append((f"{field('type')} GLOB ?", given["type"]))
    if "delivery_success" in given:
        undelivered = "(SELECT count(*) FROM deliveries WHERE event = id AND state != 'delivered')"
        where.append((f"({undelivered} = 0) = ?", given["delivery_success"]))
    page = listed(call, "event", "created", where=where)
    return page | {"data": [_counted(call, event) for event in page["data"]]}


ROUTES = [
    Route("GET", "/v1/events/{id}", "EventRetrieveParams", _retrieve, of_accounts=True),
    Route("GET", "/v1/events", "EventListParams", _list, of_accounts=True),
]
