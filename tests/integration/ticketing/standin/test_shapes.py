"""Objects have the fields of the package's types: none too many, and each that is always there."""

from typing import Union, get_args, get_origin

import pytest
import stripe
from stripe._object_classes import get_object_class

from tests.stripe_standin import DAY_S, DECLINED, PAYS_LATER, pay
from ticketing.standin.world import API_VERSION

# What the package has no class of its own for.
BARE = {"list", "application"}


def fields(kind):
    """Whether each may be missing or null, by name."""
    found = {}
    for base in kind.__mro__:
        for name, hint in vars(base).get("__annotations__", {}).items():
            optional = get_origin(hint) is Union and type(None) in get_args(hint)
            found.setdefault(name, optional)
    return {name: optional for name, optional in found.items() if name.islower() and name[0] != "_"}


def objects(thing):
    """The objects in an answer, however deep."""
    if isinstance(thing, dict):
        if isinstance(thing.get("object"), str):
            yield thing
        for value in thing.values():
            yield from objects(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from objects(value)


def faults(thing):
    if thing["object"] in BARE:
        return
    known = fields(get_object_class("V1", thing["object"]))
    for name in thing.keys() - known.keys():
        yield f"{thing['object']}.{name} is no field"
    for name, optional in known.items():
        if not optional and thing.get(name) is None and name not in ("deleted", "data"):
            yield f"{thing['object']}.{name} is missing"


@pytest.fixture
def everything(api, controls, host, make_session, make_charge):
    """A world in which everything has happened once, as lists."""
    api.customers.create({"email": "lena@example.org"})
    charge, disputed = make_charge(), make_charge()
    controls.happen("charges", disputed.id, "dispute")
    pay(make_session().url, DECLINED)
    pay(make_session().url, PAYS_LATER)
    transfer = api.transfers.create(
        {
            "amount": 900,
            "currency": "usd",
            "destination": host.id,
            "source_transaction": charge.id,
        }
    )
    api.transfers.reversals.create(transfer.id, {"amount": 100})
    api.refunds.create({"charge": charge.id, "amount": 500})
    api.webhook_endpoints.create({"url": "http://localhost:1/", "enabled_events": ["*"]})
    controls.advance(6 * DAY_S)
    own = {"stripe_account": host.id}
    return [
        api.accounts.list(),
        api.accounts.login_links.create(host.id),
        api.balance.retrieve(),
        api.balance_transactions.list({"limit": 100}),
        api.balance_transactions.list(options=own),
        api.charges.list({"expand": ["data.refunds", "data.payment_intent"]}),
        api.charges.list(options=own),
        api.checkout.sessions.list({"expand": ["data.line_items"]}),
        api.customers.list(),
        api.disputes.list(),
        api.events.list({"limit": 100}),
        api.events.list(options=own),
        api.payment_intents.list(),
        api.payouts.list(options=own),
        api.refunds.list(),
        api.transfers.list(),
        api.transfers.reversals.list(transfer.id),
        api.webhook_endpoints.list(),
    ]


def test_objects_have_the_fields_of_their_types(everything):
    wrong = {
        fault
        for answer in everything
        for thing in objects(answer.to_dict())
        for fault in faults(thing)
    }

    assert "\n".join(sorted(wrong)) == ""


def test_nothing_is_live_and_all_is_of_one_version(everything):
    things = [thing for answer in everything for thing in objects(answer.to_dict())]

    assert not any(thing.get("livemode") for thing in things)
    assert {thing["api_version"] for thing in things if thing["object"] == "event"} == {
        stripe.api_version
    }
    assert stripe.api_version == API_VERSION


def test_types_of_events_are_known_to_the_package(api, everything):
    types = {
        thing["type"]
        for answer in everything
        for thing in objects(answer.to_dict())
        if thing["object"] == "event"
    }

    endpoint = api.webhook_endpoints.create(
        {"url": "http://localhost:1/", "enabled_events": sorted(types)}
    )

    assert len(endpoint.enabled_events) > 20


def test_a_wrong_object_would_be_found(make_session):
    session = make_session().to_dict()
    del session["expires_at"]

    assert set(faults(session | {"colour": "red"})) == {
        "checkout.session.colour is no field",
        "checkout.session.expires_at is missing",
    }
