"""Whatever parameters a call has, the answer is a yes or a no of Stripe's, never a bug."""

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stripe._encode import _api_encode

from ticketing.standin import parameters
from ticketing.standin.api import Api, Request
from ticketing.standin.nouns import ROUTES
from ticketing.standin.store import Store
from ticketing.standin.world import World

LEAVES = st.sampled_from(
    ["", "1", "-1", "0", "999999999999", "1.5", "true", "usd", "x", "http://localhost/", "*"]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["0", "gte", "currency", "unit_amount", "name", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=4,
)


@st.composite
def calls(draw):
    """A route and parameters of its own names."""
    route = draw(st.sampled_from(ROUTES))
    names = sorted(parameters.parameters(route.params)) or ["x"]
    params = draw(st.dictionaries(st.sampled_from(names), VALUES, max_size=5))
    for name in names:
        if parameters.parameters(route.params).get(name) and draw(st.booleans()):
            params.setdefault(name, draw(LEAVES))
    return route, params


@pytest.fixture(scope="module")
def api():
    world = World(Store())
    yield Api(world)
    world.store.close()


@settings(max_examples=300, deadline=None)
@given(call=calls())
def test_every_call_has_an_answer(api, call):
    route, params = call
    text = urlencode(list(_api_encode(params)))

    answer = api.answer(
        Request(
            method=route.method,
            path=route.path.replace("{id}", "x_1").replace("{reversal}", "x_2"),
            query="" if route.method == "POST" else text,
            body=text.encode() if route.method == "POST" else b"",
            headers={"Authorization": "Bearer sk_test_standin_any"},
        )
    )

    assert answer.status in (200, 400, 403, 404), answer.body
