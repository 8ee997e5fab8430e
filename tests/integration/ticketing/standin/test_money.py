"""Balances, refunds, transfers, reversals, payouts: sums that move and agree."""

import pytest
import stripe

from tests.stripe_standin import DAY_S, PAYS_LATER, pay


@pytest.fixture
def balance(api):
    """(available, pending) of a currency."""

    def read(account=None, currency="usd"):
        found = api.balance.retrieve(options={"stripe_account": account} if account else None)
        return tuple(
            sum(part.amount for part in parts if part.currency == currency)
            for parts in (found.available, found.pending)
        )

    return read


@pytest.fixture
def transfer(api, host):
    def make(charge=None, amount=900, **changed):
        source = {"source_transaction": charge.id} if charge else {}
        params = {"amount": amount, "currency": "usd", "destination": host.id}
        return api.transfers.create(params | source | changed)

    return make


def transactions(api, **options):
    found = api.balance_transactions.list({"limit": 100}, options).data
    return [(one.type, one.amount, one.fee, one.net) for one in found][::-1]


def test_charge_is_pending_for_two_days(controls, balance, make_charge):
    make_charge()
    before = balance()
    controls.advance(2 * DAY_S)

    assert (before, balance()) == ((0, 941), (941, 0))


def test_status_of_a_transaction_follows_the_clock(api, controls, make_charge):
    charge = make_charge()
    before = api.balance_transactions.retrieve(charge.balance_transaction).status
    controls.advance(2 * DAY_S)

    after = api.balance_transactions.retrieve(charge.balance_transaction).status

    assert (before, after) == ("pending", "available")


def test_currency_without_decimals(api, balance, make_charge):
    make_charge(500, "jpy")

    assert balance(currency="jpy") == (0, 455)
    assert balance() == (0, 0)


# --- Refunds ---


def test_full_refund(api, balance, make_charge):
    charge = make_charge()

    refund = api.refunds.create({"payment_intent": charge.payment_intent})

    charge = api.charges.retrieve(charge.id)
    assert (refund.status, refund.amount, charge.refunded) == ("succeeded", 1000, True)
    assert balance() == (0, -59)
    assert transactions(api) == [("charge", 1000, 59, 941), ("refund", -1000, 0, -1000)]


def test_refunds_in_parts_never_exceed_the_charge(api, make_charge):
    charge = make_charge()
    api.refunds.create({"charge": charge.id, "amount": 600})

    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        api.refunds.create({"charge": charge.id, "amount": 401})
    api.refunds.create({"charge": charge.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"charge": charge.id})

    assert refused.value.code == "charge_already_refunded"
    assert [one.amount for one in api.refunds.list({"charge": charge.id}).data] == [400, 600]


def test_refund_does_not_touch_the_transfer(api, host, balance, make_charge, transfer):
    charge = make_charge()
    sent = transfer(charge)

    api.refunds.create({"charge": charge.id})

    assert api.transfers.retrieve(sent.id).amount_reversed == 0
    assert balance(host.id) == (0, 900)


@pytest.mark.parametrize("param", ["reverse_transfer", "refund_application_fee"])
def test_refund_has_no_transfer_to_reverse(api, make_charge, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"charge": make_charge().id, param: True})

    assert refused.value.param == param


def test_refund_waits_for_money_and_takes_it_when_it_comes(api, controls, balance, make_charge):
    controls.post("terms", overdraft_minor=0)
    refund = api.refunds.create({"charge": make_charge().id})
    make_charge()
    controls.advance(2)

    again = api.refunds.retrieve(refund.id)

    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    assert again.status == "succeeded"
    assert balance() == (0, 882)


def test_refund_without_money_fails_after_45_days(api, controls, make_charge):
    controls.post("terms", overdraft_minor=0)
    charge = make_charge()
    refund = api.refunds.create({"charge": charge.id})

    controls.advance(46 * DAY_S)

    again = api.refunds.retrieve(refund.id)
    assert (again.status, again.failure_reason) == ("failed", "insufficient_funds")
    assert api.charges.retrieve(charge.id).amount_refunded == 0


def test_refund_of_a_bank_debit_takes_time(api, controls, make_session):
    session = make_session()
    pay(session.url, PAYS_LATER)
    controls.advance(2 * DAY_S)
    (charge,) = api.charges.list().data
    refund = api.refunds.create({"charge": charge.id})

    controls.advance(2 * DAY_S)

    assert refund.status == "pending"
    assert api.refunds.retrieve(refund.id).status == "succeeded"


def test_failed_refund_gives_the_money_back_to_the_platform(api, controls, balance, make_charge):
    charge = make_charge()
    refund = api.refunds.create({"charge": charge.id})

    controls.happen("refunds", refund.id, "fail")

    failed = api.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_balance_transaction.amount) == ("failed", 1000)
    assert balance() == (0, 941)
    assert not api.charges.retrieve(charge.id).refunded


def test_refund_from_the_dashboard(api, controls, make_charge):
    charge = make_charge()

    controls.happen("charges", charge.id, "refund", amount=300)

    (refund,) = api.refunds.list({"payment_intent": charge.payment_intent}).data
    assert refund.amount == 300
    (event,) = api.events.list({"type": "refund.created"}).data
    assert event.request.id is None


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"charge": "ch_none"},
        {"payment_intent": "pi_none"},
        {"amount": 0},
        {"amount": -5},
    ],
)
def test_refused_refunds(api, make_charge, params):
    charge = make_charge()

    with pytest.raises(stripe.InvalidRequestError):
        api.refunds.create({"charge": charge.id} | params if "amount" in params else params)


# --- Transfers ---


def test_transfer_from_a_charge_before_it_settles(
    api, controls, host, balance, make_charge, transfer
):
    sent = transfer(make_charge(), metadata={"order": "1"})

    assert balance() == (0, 41)
    assert balance(host.id) == (0, 900)
    assert sent.transfer_group == "order_1"
    controls.advance(2 * DAY_S)
    assert balance() == (41, 0)
    payment = api.charges.retrieve(sent.destination_payment, options={"stripe_account": host.id})
    assert (payment.amount, payment.source_transfer) == (900, sent.id)


def test_transfer_without_a_source_needs_available_money(controls, make_charge, transfer):
    make_charge()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(None, 900)
    controls.advance(2 * DAY_S)

    assert refused.value.code == "balance_insufficient"
    assert transfer(None, 900).source_transaction is None


def test_transfers_never_exceed_their_source(make_charge, transfer):
    charge = make_charge()
    transfer(charge, 600)

    with pytest.raises(stripe.InvalidRequestError, match="must not exceed"):
        transfer(charge, 401)
    assert transfer(charge, 400)


def test_transfer_in_the_currency_of_its_source(make_charge, transfer):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(make_charge(1000, "eur"))

    assert refused.value.param == "source_transaction"


def test_transfer_to_an_account_that_is_not_ready(api, new_host, make_charge):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.transfers.create(
            {
                "amount": 5,
                "currency": "usd",
                "destination": new_host.id,
                "source_transaction": make_charge().id,
            }
        )

    assert refused.value.code == "insufficient_capabilities_for_transfer"


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"destination": "acct_none"}, "destination"),
        ({"source_transaction": "ch_none"}, "source_transaction"),
        ({"amount": 0}, "amount"),
        ({"currency": "xxx"}, "currency"),
        ({"transfer_group": "another"}, "transfer_group"),
    ],
)
def test_refused_transfers(make_charge, transfer, changed, param):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transfer(make_charge(), **changed)

    assert refused.value.param == param


def test_transfers_are_listed(api, host, make_charge, transfer):
    sent = [transfer(make_charge()) for _ in range(2)]

    by_group = api.transfers.list({"transfer_group": "order_1"}).data
    by_host = api.transfers.list({"destination": host.id}).data

    assert (
        [one.id for one in by_group]
        == [one.id for one in by_host]
        == [one.id for one in sent[::-1]]
    )


# --- Reversals ---


def test_reversals_in_parts(api, host, balance, make_charge, transfer):
    sent = transfer(make_charge())

    first = api.transfers.reversals.create(sent.id, {"amount": 300, "metadata": {"a": "b"}})
    second = api.transfers.reversals.create(sent.id)

    sent = api.transfers.retrieve(sent.id)
    assert (first.amount, second.amount, sent.amount_reversed, sent.reversed) == (
        300,
        600,
        900,
        True,
    )
    assert [one.id for one in sent.reversals.data] == [second.id, first.id]
    assert api.transfers.reversals.retrieve(sent.id, first.id).metadata.a == "b"
    assert len(api.transfers.reversals.list(sent.id).data) == 2
    assert (balance(host.id), balance()) == ((0, 0), (0, 941))


def test_reversal_exceeds_nothing(api, make_charge, transfer):
    sent = transfer(make_charge())

    with pytest.raises(stripe.InvalidRequestError):
        api.transfers.reversals.create(sent.id, {"amount": 901})
    api.transfers.reversals.create(sent.id)
    with pytest.raises(stripe.InvalidRequestError):
        api.transfers.reversals.create(sent.id)


def test_reversal_of_what_is_paid_out_fails(api, controls, make_charge, transfer):
    sent = transfer(make_charge())
    controls.advance(4 * DAY_S)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.transfers.reversals.create(sent.id)

    assert refused.value.code == "balance_insufficient"


def test_reversal_frees_its_source(api, make_charge, transfer):
    charge = make_charge()
    api.transfers.reversals.create(transfer(charge, 1000).id)

    assert transfer(charge, 1000)


# --- Payouts ---


def test_host_is_paid_out_each_night(api, controls, host, balance, make_charge, transfer):
    transfer(make_charge())

    controls.advance(6 * DAY_S)

    (payout,) = api.payouts.list(options={"stripe_account": host.id}).data
    assert (payout.amount, payout.status, payout.automatic) == (900, "paid", True)
    assert balance(host.id) == (0, 0)
    types = [one.type for one in api.events.list(options={"stripe_account": host.id}).data]
    assert {"payout.created", "payout.updated", "payout.paid"} <= set(types)


def test_failed_payout_comes_back(api, controls, host, balance, make_charge, transfer):
    api.accounts.update(host.id, {"settings": {"payouts": {"schedule": {"interval": "manual"}}}})
    transfer(make_charge())
    controls.advance(6 * DAY_S)
    options = {"stripe_account": host.id}
    payout = api.payouts.create({"amount": 900, "currency": "usd"}, options)
    controls.advance(3 * DAY_S)
    paid = api.payouts.retrieve(payout.id, options=options)

    controls.happen("payouts", payout.id, "fail")

    failed = api.payouts.retrieve(payout.id, options=options)
    assert (paid.status, failed.status, failed.failure_code) == (
        "paid",
        "failed",
        "account_closed",
    )
    assert balance(host.id) == (900, 0)


def test_payout_of_the_platform_is_by_hand(api, controls, balance, make_charge):
    make_charge()
    controls.advance(5 * DAY_S)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.payouts.create({"amount": 942, "currency": "usd"})
    payout = api.payouts.create({"amount": 941, "currency": "usd"})

    assert refused.value.code == "balance_insufficient"
    assert balance() == (0, 0)
    assert api.payouts.list({"status": "pending"}).data[0].id == payout.id


def test_instant_payout_is_not_offered(api):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.payouts.create({"amount": 5, "currency": "usd", "method": "instant"})

    assert refused.value.code == "standin_limit"


def test_canceled_payout(api, controls, balance, make_charge):
    make_charge()
    controls.advance(5 * DAY_S)
    payout = api.payouts.create({"amount": 941, "currency": "usd"})

    canceled = api.payouts.cancel(payout.id)

    assert canceled.status == "canceled"
    assert balance() == (941, 0)


def test_payout_of_another_account_is_not_found(api, controls, host, make_charge):
    make_charge()
    controls.advance(5 * DAY_S)
    payout = api.payouts.create({"amount": 941, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError):
        api.payouts.retrieve(payout.id, options={"stripe_account": host.id})


def test_top_up(controls, balance):
    controls.post("topups", amount=5000)

    assert balance() == (5000, 0)


def test_balance_is_the_sum_of_its_transactions(api, controls, host, make_charge, transfer):
    for amount in (1000, 333, 99_900):
        charge = make_charge(amount)
        sent = transfer(charge, amount // 2)
        api.refunds.create({"charge": charge.id, "amount": amount // 3})
        api.transfers.reversals.create(sent.id, {"amount": amount // 4})
    controls.happen("charges", make_charge().id, "dispute")

    for options in ({}, {"stripe_account": host.id}):
        found = api.balance.retrieve(options=options)
        total = sum(part.amount for part in [*found.available, *found.pending])
        assert total == sum(net for _, _, _, net in transactions(api, **options))
