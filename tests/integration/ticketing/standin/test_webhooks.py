"""Endpoints, signatures, retries, and what goes wrong on the way; events for who missed them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.stripe_standin import DAY_S, HOUR_S, onboard
from tests.waiting import wait_until

from .conftest import client_of


@pytest.fixture
def secret(stand_in, receiver):
    """Of an endpoint of the own account at the receiver."""
    return stand_in.add_webhook_endpoint(receiver.url)


def verify(delivery, secret):
    return stripe.Webhook.construct_event(delivery.body, delivery.signature, secret)


@pytest.fixture
def customer(api, stand_in, secret):
    """Makes a customer, which is one event, and waits for its webhook."""

    def make(**params):
        made = api.customers.create(params)
        stand_in.wait_until_delivered()
        return made

    return make


# --- Endpoints ---


def test_endpoint_is_made_changed_and_removed(api, receiver):
    made = api.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["charge.refunded"]}
    )
    changed = api.webhook_endpoints.update(
        made.id, {"enabled_events": ["*"], "disabled": True, "metadata": {"a": "b"}}
    )

    assert made.secret.startswith("whsec_")
    assert "secret" not in changed.to_dict()
    assert (changed.enabled_events, changed.status) == (["*"], "disabled")
    assert [one.id for one in api.webhook_endpoints.list().data] == [made.id]
    assert api.webhook_endpoints.delete(made.id).deleted
    assert not api.webhook_endpoints.list().data


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"enabled_events": ["*"]}, "url"),
        ({"url": "http://localhost/x"}, "enabled_events"),
        ({"url": "http://localhost/x", "enabled_events": ["colour.red"]}, "enabled_events[0]"),
        ({"url": "localhost", "enabled_events": ["*"]}, "url"),
    ],
)
def test_refused_endpoints(api, params, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.webhook_endpoints.create(params)

    assert refused.value.param == param


def test_endpoint_gets_what_it_wants(api, stand_in, receiver):
    api.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["product.created"]})

    api.customers.create()
    api.products.create({"name": "Seat"})

    stand_in.wait_until_delivered()
    assert receiver.types() == ["product.created"]


def test_disabled_endpoint_gets_nothing(api, stand_in, receiver):
    made = api.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["*"]})
    api.webhook_endpoints.update(made.id, {"disabled": True})

    api.customers.create()

    stand_in.wait_until_delivered()
    assert not receiver.received


def test_events_of_connected_accounts_have_endpoints_of_their_own(
    stand_in, receiver, secret, new_host, link_of
):
    stand_in.add_webhook_endpoint(receiver.url + "/connect", connect=True)

    onboard(link_of(new_host))

    stand_in.wait_until_delivered()
    assert set(receiver.types()) == {"account.updated", "capability.updated"}
    assert {delivery.event["account"] for delivery in receiver.received} == {new_host.id}


def test_endpoint_of_a_file_is_not_doubled(api, stand_in, receiver):
    for secret in ("whsec_1", "whsec_2"):
        assert stand_in.add_webhook_endpoint(receiver.url, secret=secret) == secret

    assert len(api.webhook_endpoints.list().data) == 1


# --- Delivered ---


def test_event_is_signed_as_the_package_verifies(stand_in, receiver, secret, customer):
    made = customer(name="Lena")

    (delivery,) = receiver.received
    event = verify(delivery, secret)
    again = client_of(stand_in.url).construct_event(delivery.body, delivery.signature, secret)
    assert event.id == again.id
    assert (event.type, event.data.object.id) == ("customer.created", made.id)
    assert (event.api_version, event.livemode) == (stripe.api_version, False)
    with pytest.raises(stripe.SignatureVerificationError):
        verify(delivery, "whsec_other")


def test_event_names_the_request_that_caused_it(api, stand_in, receiver, secret):
    made = api.customers.create({}, {"idempotency_key": "user:1:customer"})

    stand_in.wait_until_delivered()
    request = receiver.received[0].event["request"]
    assert request == {
        "id": made.last_response.request_id,
        "idempotency_key": "user:1:customer",
    }


def test_events_come_in_order_with_one_worker(api, stand_in, receiver, secret, make_charge):
    make_charge()

    stand_in.wait_until_delivered()
    listed = [event.type for event in api.events.list({"limit": 100}).data]
    assert receiver.types() == listed[::-1]


def test_what_is_refused_is_sent_again_later(api, controls, stand_in, receiver, customer):
    receiver.statuses = [500, 302]
    customer()
    (event,) = api.events.list().data
    first = event.pending_webhooks
    controls.advance(300)
    controls.wait_until_delivered()
    controls.advance(HOUR_S)
    controls.wait_until_delivered()

    assert first == 1
    assert len(receiver.received) == 3
    assert len({delivery.body for delivery in receiver.received}) == 1
    assert api.events.retrieve(event.id).pending_webhooks == 0


def test_given_up_after_three_days(api, controls, stand_in, receiver, customer):
    receiver.statuses = [500] * 50
    customer()
    for _ in range(12):
        controls.advance(13 * HOUR_S)
        controls.wait_until_delivered()

    assert len(receiver.received) == 10
    assert controls.get("deliveries")["failed"] == 1


def test_unreachable_endpoint_is_tried_again(api, controls, stand_in, receiver, customer):
    receiver.stop()
    customer()

    assert controls.get("deliveries")["pending"] == 1


def test_undelivered_is_kept_over_a_restart(tmp_path, receiver):
    from ticketing.standin import StandIn

    path = tmp_path / "store.sqlite3"
    first = StandIn(path)
    first.add_webhook_endpoint(receiver.url)
    receiver.statuses = [500]
    client_of(first.url).v1.customers.create()
    first.wait_until_delivered()
    first.stop()

    second = StandIn(path)
    second.world.advance(300)

    wait_until(lambda: len(receiver.received) == 2)
    second.stop()


def test_rolled_secret_and_the_old_one_sign_for_a_day(
    api, controls, stand_in, receiver, secret, customer
):
    (endpoint,) = api.webhook_endpoints.list().data
    new = controls.happen("webhook_endpoints", endpoint.id, "roll")["secret"]
    customer()
    controls.advance(DAY_S)
    customer()

    both, only_new = receiver.received
    assert verify(both, secret).id == verify(both, new).id
    assert verify(only_new, new)
    with pytest.raises(stripe.SignatureVerificationError):
        verify(only_new, secret)


# --- Faults ---


def test_lost(api, controls, receiver, customer):
    controls.webhook_fault("webhook_lost", "customer.*")
    customer()
    (lost,) = api.events.list({"delivery_success": False}).data
    customer()

    assert len(receiver.received) == 1
    assert [one.id for one in api.events.list({"delivery_success": False}).data] == [lost.id]
    assert len(api.events.list({"delivery_success": True}).data) == 1


def test_doubled(controls, receiver, customer):
    controls.webhook_fault("webhook_doubled", times=5)

    customer()

    assert len(receiver.received) == 5
    assert len({delivery.body for delivery in receiver.received}) == 1


def test_delayed(controls, receiver, customer):
    controls.webhook_fault("webhook_delayed", seconds=600)
    customer()
    before = len(receiver.received)
    controls.advance(600)

    wait_until(lambda: receiver.received)
    assert before == 0


def test_shuffled(api, controls, stand_in, receiver, secret):
    controls.webhook_fault("webhook_shuffled", count=4, size=4, seed=3)
    for number in range(4):
        api.customers.create({"name": str(number)})

    wait_until(lambda: len(receiver.received) == 4)
    names = [delivery.event["data"]["object"]["name"] for delivery in receiver.received]
    assert sorted(names) == ["0", "1", "2", "3"] != names


def test_held_is_released_with_the_faults(api, controls, receiver, secret):
    controls.webhook_fault("webhook_shuffled", count=0, size=100)
    for _ in range(3):
        api.customers.create()
    controls.wait_until_delivered()
    before = len(receiver.received)
    wait_until(lambda: controls.get("deliveries")["pending"] == 3)

    controls.clear_faults()

    wait_until(lambda: len(receiver.received) == 3)
    assert before == 0


def test_stale_snapshot(api, controls, stand_in, receiver, secret, make_charge):
    charge = make_charge()
    controls.webhook_fault("webhook_stale", "charge.refunded")

    api.refunds.create({"charge": charge.id})

    stand_in.wait_until_delivered()
    (event,) = (one.event for one in receiver.received if one.event["type"] == "charge.refunded")
    assert event["data"]["object"]["amount_refunded"] == 0
    assert api.events.retrieve(event["id"]).data.object.amount_refunded == 1000


def test_wrong_secret(controls, receiver, secret, customer):
    controls.webhook_fault("webhook_wrong_secret")

    customer()

    with pytest.raises(stripe.SignatureVerificationError):
        verify(receiver.received[0], secret)


def test_two_secrets(controls, receiver, secret, customer):
    controls.webhook_fault("webhook_two_secrets")

    customer()

    assert receiver.received[0].signature.count("v1=") == 2
    assert verify(receiver.received[0], secret)


def test_old_timestamp(controls, receiver, secret, customer):
    controls.webhook_fault("webhook_old_timestamp", seconds=600)

    customer()

    with pytest.raises(stripe.SignatureVerificationError, match="tolerance"):
        verify(receiver.received[0], secret)


def test_another_api_version(controls, receiver, customer):
    controls.webhook_fault("webhook_api_version", version="2019-01-01")

    customer()

    assert receiver.received[0].event["api_version"] == "2019-01-01"


def test_outage_then_burst(api, controls, stand_in, receiver, customer):
    controls.webhook_fault("webhook_outage", seconds=600)
    for _ in range(3):
        customer()
    before = len(receiver.received)
    controls.advance(600)

    wait_until(lambda: len(receiver.received) == 3)
    assert before == 0


def test_retried_by_hand(controls, receiver, customer):
    receiver.statuses = [500]
    customer()

    controls.post("deliveries")

    wait_until(lambda: len(receiver.received) == 2)


# --- Events for who missed them ---


def test_events_by_type_and_time(api, controls):
    api.customers.create()
    later = controls.advance(HOUR_S)
    api.customers.create()
    api.products.create({"name": "Seat"})

    def count(**params):
        return len(api.events.list(params).data)

    assert count() == 3
    assert count(type="customer.*") == count(type="customer.created") == 2
    assert count(types=["product.created", "charge.refunded"]) == 1
    assert count(created={"gte": later}, type="customer.created") == 1


def test_types_in_two_ways_are_refused(api):
    with pytest.raises(stripe.InvalidRequestError):
        api.events.list({"type": "customer.created", "types": ["customer.created"]})


def test_events_are_listed_for_30_days(api, controls):
    api.customers.create()

    controls.advance(31 * DAY_S)

    assert not api.events.list().data


def test_signature_is_of_now_however_far_the_clock_is(controls, receiver, secret, customer):
    controls.advance(400 * DAY_S)

    customer()

    assert abs(int(receiver.received[0].signature[2:].partition(",")[0]) - time.time()) < 60


def test_looking_at_deliveries_stops_nothing(api, controls, stand_in, receiver, secret):
    with ThreadPoolExecutor(4) as pool:
        looks = [pool.submit(controls.get, "deliveries") for _ in range(60)]
        for _ in range(20):
            api.customers.create()

    stand_in.wait_until_delivered()
    assert all("idle" in look.result() for look in looks)
    assert len(receiver.received) == 20
