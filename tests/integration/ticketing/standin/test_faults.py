"""Each fault of a call once, and what is so afterwards."""

import pytest
import stripe

from tests.stripe_standin import DAY_S

from .conftest import client_of

CUSTOMERS = "/v1/customers"


def create(api, key="k"):
    return api.customers.create({"name": "a"}, {"idempotency_key": key})


def made(api):
    return len(api.customers.list().data)


def test_fails_before(api, controls):
    controls.fault("fail_before", "POST", CUSTOMERS)

    with pytest.raises(stripe.APIError) as failed:
        create(api)

    assert (failed.value.http_status, made(api)) == (500, 0)
    assert create(api)


def test_fails_after_and_replays_the_failure(api, controls):
    controls.fault("fail_after", "POST", CUSTOMERS)

    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            create(api)

    assert failed.value.http_status == 500
    assert failed.value.headers["Idempotent-Replayed"] == "true"
    assert made(api) == 1


@pytest.mark.parametrize(("kind", "exist"), [("drop_before", 0), ("drop", 1)])
def test_connection_is_dropped(api, controls, kind, exist):
    controls.fault(kind, "POST", CUSTOMERS)

    with pytest.raises(stripe.APIConnectionError):
        create(api)

    assert made(api) == exist
    create(api)
    assert made(api) == 1


def test_answer_is_cut(api, controls):
    controls.fault("cut", "POST", CUSTOMERS)

    with pytest.raises(stripe.StripeError):
        create(api)
    create(api)

    assert made(api) == 1


def test_answer_is_later_than_the_client_waits(stand_in, api, controls):
    controls.fault("delay", "POST", CUSTOMERS, seconds=0.6)
    hasty = client_of(stand_in.url, timeout_s=0.2).v1

    with pytest.raises(stripe.APIConnectionError):
        create(hasty)
    create(api)

    assert made(api) == 1


def test_conflict(api, controls):
    controls.fault("conflict", "POST", CUSTOMERS)

    with pytest.raises(stripe.StripeError) as refused:
        create(api)

    assert (refused.value.http_status, made(api)) == (409, 0)


def test_rate_limit(api, controls):
    controls.fault("rate_limit", "*", "/v1/*", count=1)

    with pytest.raises(stripe.RateLimitError):
        create(api)

    assert create(api)


@pytest.mark.parametrize(("kind", "exist"), [("bad_gateway", 0), ("bad_gateway_after", 1)])
def test_bad_gateway_is_html(api, controls, kind, exist):
    controls.fault(kind, "POST", CUSTOMERS)

    with pytest.raises(stripe.APIError) as failed:
        create(api)

    assert failed.value.http_status == 502
    assert made(api) == exist


def test_package_retries_what_it_may(stand_in, controls):
    controls.fault("fail_before", "POST", CUSTOMERS)
    controls.fault("drop", "POST", CUSTOMERS)
    client = stripe.StripeClient(
        "sk_test_standin_x",
        base_addresses={"api": stand_in.url},
        http_client=stripe.RequestsClient(timeout=5),
        max_network_retries=2,
    )

    client.v1.customers.create()

    assert made(client.v1) == 1


def test_transfer_finds_too_little_money(api, controls, host, make_charge):
    params = {
        "amount": 900,
        "currency": "usd",
        "destination": host.id,
        "source_transaction": make_charge().id,
    }
    controls.fault("balance_insufficient", "POST", "/v1/transfers")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.transfers.create(params)

    assert refused.value.code == "balance_insufficient"
    assert api.transfers.create(params)


def test_account_is_restricted_when_a_transfer_comes(api, controls, host, make_charge):
    controls.fault("account_restricted", "POST", "/v1/transfers")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.transfers.create(
            {
                "amount": 900,
                "currency": "usd",
                "destination": host.id,
                "source_transaction": make_charge().id,
            }
        )

    assert refused.value.code == "insufficient_capabilities_for_transfer"
    assert api.accounts.retrieve(host.id).capabilities.transfers == "inactive"
    types = [one.type for one in api.events.list(options={"stripe_account": host.id}).data]
    assert types.count("account.updated") == 2


def test_refund_is_pending_and_has_failed_later(api, controls, make_charge):
    charge = make_charge()
    controls.fault("refund_fails", "POST", "/v1/refunds", seconds=3600)

    refund = api.refunds.create({"charge": charge.id})
    controls.advance(3600)

    assert refund.status == "pending"
    assert api.refunds.retrieve(refund.id).status == "failed"
    assert api.charges.retrieve(charge.id).amount_refunded == 0
    (event,) = api.events.list({"type": "refund.failed"}).data
    assert event.data.object.id == refund.id


def test_payout_is_paid_and_has_failed_later(api, controls, make_charge):
    make_charge()
    controls.advance(3 * DAY_S)
    controls.fault("payout_fails", "POST", "/v1/payouts", seconds=3600)
    payout = api.payouts.create({"amount": 900, "currency": "usd"})

    controls.advance(2 * DAY_S)
    paid = api.payouts.retrieve(payout.id)
    controls.advance(3600)

    assert paid.status == "paid"
    assert api.payouts.retrieve(payout.id).status == "failed"
    assert api.balance.retrieve().available[0].amount == 941


def test_session_is_paid_just_before_it_would_expire(api, controls, make_session):
    session = make_session()
    controls.fault("expire_loses", "POST", "/v1/checkout/sessions/*/expire")

    with pytest.raises(stripe.InvalidRequestError):
        api.checkout.sessions.expire(session.id)

    again = api.checkout.sessions.retrieve(session.id)
    assert (again.status, again.payment_status) == ("complete", "paid")


def test_faults_are_listed_and_cleared(api, controls):
    controls.fault("rate_limit", "POST", CUSTOMERS, count=0)
    (listed,) = controls.get("faults")["faults"]

    controls.clear_faults()

    assert (listed["kind"], listed["used"]) == ("rate_limit", 0)
    assert create(api)


def test_unknown_fault_is_refused(controls):
    with pytest.raises(AssertionError, match="No such fault"):
        controls.fault("colour")
