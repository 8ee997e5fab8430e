"""Webhook endpoints: where events are sent to, and the secrets that sign them."""

import secrets

from .. import errors
from ..calls import Call, Route, acting_on, listing, merged, retrieving
from ..store import Object
from ..world import DAY_S, World, new_id
from .sessions import require_url

ENDPOINTS_LIMIT = 16


def add(
    world: World,
    url: str,
    *,
    connect: bool = False,
    secret: str | None = None,
    enabled_events: list[str] | None = None,
    api_version: str | None = None,
    description: str | None = None,
    metadata: Object | None = None,
) -> Object:
    """An endpoint of the own account, or with `connect` of the connected ones."""
    return world.store.add(
        {
            "id": new_id("we"),
            "object": "webhook_endpoint",
            "api_version": api_version,
            "application": None,
            "created": world.now(),
            "description": description,
            "enabled_events": enabled_events or ["*"],
            "livemode": False,
            "metadata": metadata or {},
            "status": "enabled",
            "url": require_url(url, "url"),
            "_connect": connect,
            "_secret": secret or new_secret(),
            "_old_secret": None,
            "_old_until": 0,
        }
    )


def new_secret() -> str:
    return f"whsec_{secrets.token_hex(16)}"


def roll(world: World, endpoint: Object) -> str:
    """Give it a new secret; the old one signs as well for a day."""
    endpoint["_old_secret"] = endpoint["_secret"]
    endpoint["_old_until"] = world.now() + DAY_S
    endpoint["_secret"] = new_secret()
    world.store.save(endpoint)
    return endpoint["_secret"]


def signing_secrets(world: World, endpoint: Object) -> list[str]:
    found = [endpoint["_secret"]]
    if endpoint["_old_secret"] and endpoint["_old_until"] > world.now():
        found.append(endpoint["_old_secret"])
    return found


def _create(call: Call) -> Object:
    given = call.params
    if len(call.world.store.select("webhook_endpoint", "")) >= ENDPOINTS_LIMIT:
        raise errors.ApiError(f"You have reached the maximum of {ENDPOINTS_LIMIT} endpoints.")
    endpoint = add(
        call.world,
        given["url"],
        connect=given.get("connect", False),
        enabled_events=given["enabled_events"],
        api_version=given.get("api_version"),
        description=given.get("description") or None,
        metadata=given.get("metadata") or {},
    )
    # Said once and never again.
    return endpoint | {"secret": endpoint["_secret"]}


def _update(call: Call) -> Object:
    endpoint, given = call.find("webhook_endpoint"), call.params
    if "url" in given:
        endpoint["url"] = require_url(given["url"], "url")
    if "enabled_events" in given:
        endpoint["enabled_events"] = given["enabled_events"]
    if "description" in given:
        endpoint["description"] = given["description"] or None
    if "disabled" in given:
        endpoint["status"] = "disabled" if given["disabled"] else "enabled"
    endpoint["metadata"] = merged(endpoint["metadata"], given)
    return call.world.store.save(endpoint)


def _delete(call: Call) -> Object:
    endpoint = call.find("webhook_endpoint")
    call.world.store.delete(endpoint["id"])
    # What was not delivered yet has nowhere to go.
    call.world.store.run(
        "DELETE FROM deliveries WHERE endpoint = ? AND state != 'delivered'", endpoint["id"]
    )
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


ROUTES = [
    Route("POST", "/v1/webhook_endpoints", "WebhookEndpointCreateParams", _create),
    Route(
        "GET",
        "/v1/webhook_endpoints/{id}",
        "WebhookEndpointRetrieveParams",
        retrieving("webhook_endpoint"),
    ),
    Route(
        "GET",
        "/v1/webhook_endpoints",
        "WebhookEndpointListParams",
        listing("webhook_endpoint"),
    ),
    Route(
        "POST",
        "/v1/webhook_endpoints/{id}",
        "WebhookEndpointUpdateParams",
        _update,
        acting_on("description", "disabled", "enabled_events", "metadata", "url"),
    ),
    Route("DELETE", "/v1/webhook_endpoints/{id}", "WebhookEndpointDeleteParams", _delete),
]
