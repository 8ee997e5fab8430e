"""Nested form names."""

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe._encode import _api_encode

from ticketing.standin import form
from ticketing.standin.errors import ApiError

NAMES = st.text(alphabet="abcdefghij_", min_size=1, max_size=6)
TEXTS = st.text("aé✓ &=[]%+0;\n", max_size=8)
NESTED = st.dictionaries(
    NAMES,
    st.recursive(
        TEXTS,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3)
            | st.dictionaries(NAMES, inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)


def numbered(value):
    """Arrays as the decoder shows them: by number."""
    if isinstance(value, list):
        value = {str(place): inner for place, inner in enumerate(value)}
    if isinstance(value, dict):
        return {name: numbered(inner) for name, inner in value.items()}
    return value


@given(NESTED)
def test_what_the_package_encodes_is_decoded(params):
    text = urlencode(list(_api_encode(params)))

    assert form.decode(text) == numbered(params)


@given(st.text(alphabet="ab[]=&%+0", max_size=40))
def test_whatever_is_sent_is_read_or_refused(text):
    with suppress(ApiError):
        assert isinstance(form.decode(text), dict)


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("", {}),
        ("a=", {"a": ""}),
        ("a[]=1&a[]=2", {"a": {"0": "1", "1": "2"}}),
        ("a=1&a=2", {"a": "2"}),
        ("a[b=1", {"a[b": "1"}),
        ("a[b]c=1", {"a[b]c": "1"}),
        ("a=%C3%A9+x", {"a": "é x"}),
    ],
)
def test_decoding(text, decoded):
    assert form.decode(text) == decoded


@pytest.mark.parametrize("text", ["a=1&a[b]=2", "a[b]=2&a=1", "a=%ff", "a" + "[b]" * 20 + "=1"])
def test_contradictions_are_refused(text):
    with pytest.raises(ApiError):
        form.decode(text)
