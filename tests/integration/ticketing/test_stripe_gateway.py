"""Calls to Stripe: what comes of them, and what is known when no answer comes."""

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote

import pytest

from ticketing import stripe_gateway
from ticketing.stripe_gateway import StripeRefused, StripeUnavailable

KEY = "refund:1"


def refund(**options):
    return stripe_gateway.call("refunds.create", {"payment_intent": "pi_1"}, key=KEY, **options)


def fault_of(stripe, *faults):
    stripe.faults = list(faults)
    with pytest.raises((StripeUnavailable, StripeRefused)) as caught:
        refund()
    return caught.value


def test_answer_is_a_plain_dict(stripe):
    answer = refund()

    assert (type(answer), answer["id"], type(answer["metadata"])) == (dict, "re_1", dict)


def test_call_says_who_and_what(stripe):
    refund(account="acct_1")

    method, path, headers, body = stripe.requests[0]
    assert (method, path, body) == ("POST", "/v1/refunds", "payment_intent=pi_1")
    assert headers["Idempotency-Key"] == KEY
    assert headers["Stripe-Account"] == "acct_1"
    assert headers["Stripe-Version"] == stripe_gateway.API_VERSION
    assert "X-Stripe-Client-Telemetry" not in headers


def test_object_is_fetched_as_it_is_now(stripe):
    charge = stripe_gateway.fetch("charges", "ch_1", expand=["balance_transaction"])

    assert charge["id"] == "ch_1"
    assert unquote(stripe.requests[0][1]) == "/v1/charges/ch_1?expand[0]=balance_transaction"


def test_list_has_all_its_pages(stripe):
    stripe.objects = [{"id": f"re_{number}", "object": "refund"} for number in range(250)]

    listed = list(stripe_gateway.list_all("refunds", {"payment_intent": "pi_1"}))

    assert [refund["id"] for refund in listed] == [f"re_{number}" for number in range(250)]
    assert len(stripe.requests) == 3


def test_object_of_an_object_is_named_by_both(stripe):
    stripe_gateway.fetch("transfers.reversals", ["tr_1", "trr_1"])

    assert stripe.requests[0][1] == "/v1/transfers/tr_1/reversals/trr_1"


# --- No answer, or a bad one ---


@pytest.mark.parametrize("fault", ["lose", "drop", "hang"])
def test_passing_trouble_is_tried_again_under_the_same_key(stripe, fault):
    stripe.faults = [fault]

    assert refund()["id"] == "re_1"
    assert stripe.keys() == [KEY, KEY]
    assert stripe.effects() == {KEY: 1}


UNAVAILABLE = {
    # fault → (is_unknown, is_away)
    "lose": (True, True),
    "drop": (True, True),
    "hang": (True, True),
    "502": (True, True),
    "429": (False, True),
    "401": (False, True),
    "500": (True, False),
    "409": (True, False),
}


@pytest.mark.parametrize("fault", UNAVAILABLE)
def test_what_is_not_answered_says_what_is_known(stripe, fault):
    error = fault_of(stripe, fault, fault, fault)

    assert isinstance(error, StripeUnavailable)
    assert (error.is_unknown, error.is_away) == UNAVAILABLE[fault]
    assert error.retryable
    assert error.status == 503


def test_answer_cut_in_the_middle_is_unknown_and_not_repeated_here(stripe):
    error = fault_of(stripe, "cut")

    assert (error.is_unknown, len(stripe.requests)) == (True, 1)


def test_replayed_500_is_told_from_a_fresh_one(stripe):
    fresh = fault_of(stripe, "500")
    replayed = fault_of(stripe)

    assert (fresh.is_replay, replayed.is_replay) == (False, True)
    assert replayed.is_unknown


def test_limit_after_a_lost_try_says_nothing_of_that_one(stripe):
    assert fault_of(stripe, "lose", "429").is_unknown


def test_nobody_there_means_that_nothing_happened(stripe, settings):
    stripe.stop()

    error = fault_of(stripe)

    assert (error.is_unknown, error.is_away) == (False, True)


@pytest.mark.parametrize("fault", ["400", "402"])
def test_refusal_says_what_is_wrong(stripe, fault):
    error = fault_of(stripe, fault)

    assert isinstance(error, StripeRefused)
    assert not error.retryable
    assert not error.is_unknown
    assert error.reason == {"400": "no_such_thing", "402": "card_declined"}[fault]
    assert (error.param, error.request_id) == ("amount" if fault == "400" else "", "req_1")


def test_names_of_people_are_in_no_log(stripe, caplog):
    with caplog.at_level(logging.DEBUG, logger="ticketing"):
        error = fault_of(stripe, "400")

    assert "ida@example.org" not in f"{error} {caplog.text}"
    assert logging.getLogger("stripe").getEffectiveLevel() >= logging.WARNING


def test_without_a_key_nothing_calls_out(stripe, settings):
    settings.STRIPE_SECRET_KEY = ""

    error = fault_of(stripe)

    assert (error.reason, error.is_unknown, stripe.requests) == ("off", False, [])


def test_waiting_ends(stripe, settings):
    stripe.hang_s = 5
    began = time.monotonic()

    fault_of(stripe, "hang", "hang", "hang")

    # Three times half a second, and nothing like the package's 80.
    assert time.monotonic() - began < 4


# --- Written to a file ---


@pytest.fixture
def record(stripe, settings, tmp_path):
    file = tmp_path / "stripe.jsonl"
    settings.STRIPE_RECORD_FILE = str(file)
    return lambda: [json.loads(line) for line in file.read_text().splitlines()]


def test_each_try_is_recorded(stripe, record):
    stripe.faults = ["drop"]

    refund()

    lost, answered = record()
    assert (lost["status"], lost["answer"]) == (None, "ConnectionError")
    assert (answered["method"], answered["path"]) == ("POST", "/v1/refunds")
    assert answered["body"] == "payment_intent=pi_1"
    assert answered["idempotency_key"] == KEY
    assert (answered["status"], json.loads(answered["answer"])["id"]) == (200, "re_1")


def test_key_is_in_no_record(stripe, record, settings):
    refund()

    assert settings.STRIPE_SECRET_KEY not in str(record())


def test_record_that_cannot_be_written_stops_no_call(stripe, settings, tmp_path, caplog):
    settings.STRIPE_RECORD_FILE = str(tmp_path / "missing" / "stripe.jsonl")

    assert refund()["id"] == "re_1"
    assert "could not be recorded" in caplog.text


def test_records_of_many_at_once_stay_whole(stripe, record):
    def call(number):
        params = {"payment_intent": "pi_1", "metadata": {"words": f"{number}" * 9000}}
        stripe_gateway.call("refunds.create", params, key=f"refund:{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(24)))

    assert len(record()) == 24
