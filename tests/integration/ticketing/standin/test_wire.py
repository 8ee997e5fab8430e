"""What every call shares: keys, errors, idempotency, lists, expanding."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
import stripe

from tests.stripe_standin import DAY_S, fetch

from .conftest import KEY, client_of

CUSTOMERS = "/v1/customers"


@pytest.fixture
def call(stand_in):
    """A bare request."""

    def make(method, path, params=(), **headers):
        headers = {"Authorization": f"Bearer {KEY}", **headers}
        text = urlencode(params)
        if method == "GET" and text:
            path, text = f"{path}?{text}", ""
        data = text.encode() if method == "POST" else None
        reply = fetch(stand_in.url + path, method=method, data=data, headers=headers)
        return reply.status, json.loads(reply.text), reply.headers

    return make


def many(api, count):
    return [
        api.customers.create({"name": f"N{place}", "email": f"{place % 2}@x.org"}).id
        for place in range(count)
    ]


# --- Keys ---


@pytest.mark.parametrize("key", ["sk_live_1", "sk_test_1", "rk_test_standin_1", "x"])
def test_other_keys_are_refused(stand_in, key):
    api = client_of(stand_in.url, key=key).v1

    with pytest.raises(stripe.AuthenticationError):
        api.balance.retrieve()


def test_no_key_is_refused(stand_in):
    assert fetch(stand_in.url + "/v1/balance").status == 401


def test_unknown_url(call):
    status, body, _ = call("GET", "/v1/colours")

    assert status == 404
    assert body["error"]["type"] == "invalid_request_error"


def test_unknown_connected_account(api):
    with pytest.raises(stripe.PermissionError) as refused:
        api.balance.retrieve(options={"stripe_account": "acct_none"})

    assert refused.value.error.code == "account_invalid"


def test_direct_charges_are_not_offered(api, host):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.customers.create({}, {"stripe_account": host.id})

    assert refused.value.code == "standin_limit"


def test_another_name_for_this_machine_is_refused(stand_in):
    assert fetch(stand_in.url + "/", headers={"Host": "rebound.example"}).status == 421


def test_too_large_body_is_refused(stand_in):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Length": str(1 << 21)}

    assert fetch(stand_in.url + CUSTOMERS, data=b"", headers=headers).status == 413


# --- Answers ---


def test_headers_of_an_answer(call):
    _, _, headers = call("GET", "/v1/balance")

    assert headers["Request-Id"].startswith("req_")
    assert headers["Stripe-Version"] == stripe.api_version


def test_unknown_parameter_is_an_error_of_the_package(api):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.customers.create({"colour": "red"})

    assert (refused.value.http_status, refused.value.param) == (400, "colour")
    assert refused.value.code == "parameter_unknown"


def test_what_is_not_there(api):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.customers.retrieve("cus_none")

    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_id_of_another_noun_is_not_there(api, make_session):
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.retrieve(make_session().id)


# --- Idempotency ---


def test_same_key_gives_the_same_object(call):
    first = call("POST", CUSTOMERS, {"name": "a"}, **{"Idempotency-Key": "k"})
    second = call("POST", CUSTOMERS, {"name": "a"}, **{"Idempotency-Key": "k"})

    assert first[1] == second[1]
    assert "Idempotent-Replayed" not in first[2]
    assert second[2]["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "params"), [(CUSTOMERS, {"name": "b"}), ("/v1/products", {"name": "a"})]
)
def test_same_key_for_another_request_is_an_error(call, path, params):
    call("POST", CUSTOMERS, {"name": "a"}, **{"Idempotency-Key": "k"})

    status, body, _ = call("POST", path, params, **{"Idempotency-Key": "k"})

    assert (status, body["error"]["type"]) == (400, "idempotency_error")


def test_key_is_forgotten_after_a_day(api, controls):
    first = api.customers.create({"name": "a"}, {"idempotency_key": "k"})
    controls.advance(DAY_S - 60)
    kept = api.customers.create({"name": "a"}, {"idempotency_key": "k"})
    controls.advance(120)

    forgotten = api.customers.create({"name": "a"}, {"idempotency_key": "k"})

    assert kept.id == first.id != forgotten.id


def test_refused_parameters_do_not_use_a_key_up(api):
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.create({"colour": "a"}, {"idempotency_key": "k"})

    assert api.customers.create({"name": "a"}, {"idempotency_key": "k"}).id


def test_error_of_what_was_tried_is_replayed(api, host):
    params = {"amount": 5, "currency": "usd", "destination": host.id}
    answers = []
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.transfers.create(params, {"idempotency_key": "k"})
        answers.append(refused.value)

    assert answers[0].code == answers[1].code == "balance_insufficient"
    assert answers[1].headers["Idempotent-Replayed"] == "true"


def test_key_in_use_is_a_conflict(stand_in, controls):
    controls.fault("slow", "POST", CUSTOMERS, seconds=1)
    start = threading.Barrier(2)

    def create():
        start.wait()
        try:
            return client_of(stand_in.url).v1.customers.create({}, {"idempotency_key": "k"}).id
        except stripe.StripeError as error:
            return error.http_status

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(create), pool.submit(create)

    found = {first.result(), second.result()}
    assert 409 in found
    assert len(found) == 2


def test_many_with_one_key_make_one_object(stand_in, api):
    def create(_):
        try:
            client_of(stand_in.url).v1.customers.create({}, {"idempotency_key": "k"})
        except stripe.StripeError as error:
            return error.http_status
        return 200

    with ThreadPoolExecutor(10) as pool:
        statuses = set(pool.map(create, range(30)))

    assert statuses <= {200, 409}
    assert len(api.customers.list().data) == 1


# --- Lists ---


def test_list_is_newest_first_in_pages(api):
    made = many(api, 5)

    first = api.customers.list({"limit": 2})
    second = api.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    last = api.customers.list({"limit": 2, "starting_after": second.data[-1].id})

    pages = [[one.id for one in page.data] for page in (first, second, last)]
    assert pages == [made[:2:-1], made[2:0:-1], made[:1]]
    assert [page.has_more for page in (first, second, last)] == [True, True, False]
    assert first.url == CUSTOMERS


def test_list_backwards(api):
    made = many(api, 5)

    page = api.customers.list({"limit": 2, "ending_before": made[1]})

    assert [one.id for one in page.data] == [made[3], made[2]]
    assert page.has_more


def test_package_pages_by_itself(api):
    made = many(api, 23)

    found = [one.id for one in api.customers.list({"limit": 10}).auto_paging_iter()]

    assert found == made[::-1]


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"starting_after": "cus_none"}])
def test_wrong_page_is_refused(api, params):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.customers.list(params)

    assert refused.value.param in params


def test_list_by_field_and_time(api, controls):
    many(api, 4)
    later = controls.advance(DAY_S)
    api.customers.create({"email": "1@x.org"})

    assert len(api.customers.list({"email": "1@x.org"}).data) == 3
    assert len(api.customers.list({"created": {"gte": later}}).data) == 1
    assert len(api.customers.list({"created": {"lt": later}, "email": "0@x.org"}).data) == 2


# --- Expanding ---


def test_expanding_four_levels(api, make_charge):
    charge = make_charge()

    page = api.charges.list({"expand": ["data.payment_intent.latest_charge.balance_transaction"]})

    expanded = page.data[0].payment_intent.latest_charge
    assert expanded.id == charge.id
    assert expanded.balance_transaction.fee == 59


@pytest.mark.parametrize(
    "path",
    [
        "colour",
        "data.colour",
        "customer.default_source.x.y.z",
        "data.amount",
        "payment_intent",
    ],
)
def test_what_cannot_be_expanded_is_refused(api, make_charge, path):
    make_charge()

    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.charges.list({"expand": [path]})

    assert refused.value.param == "expand"


def test_wrong_expand_leaves_nothing_behind(api):
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.create({"expand": ["colour"]})

    assert not api.customers.list().data


def test_refunds_of_a_charge_are_there_when_asked_for(api, make_charge):
    charge = make_charge()
    refund = api.refunds.create({"charge": charge.id, "amount": 100})

    plain = api.charges.retrieve(charge.id)
    expanded = api.charges.retrieve(charge.id, {"expand": ["refunds"]})

    assert "refunds" not in plain.to_dict()
    assert [one.id for one in expanded.refunds.data] == [refund.id]
