"""The cookie that makes two tabs of one browser one listener."""

import pytest
from django.core import signing
from hypothesis import given
from hypothesis import strategies as st

from spaces.listener import listener_token

TOKEN = "0123456789abcdef"


def signed(value, salt="spaces.listener"):
    return signing.Signer(salt=salt).sign(value)


def test_own_cookie_is_read():
    assert listener_token(signed(TOKEN)) == TOKEN


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        TOKEN,
        f"{TOKEN}:",
        f"{TOKEN}:forged",
        signed(TOKEN)[:-1],
        signed(TOKEN).replace("0", "1", 1),
        signed(TOKEN, salt="spaces.something-else"),
    ],
)
def test_cookie_we_did_not_sign_is_nobodys(cookie):
    assert listener_token(cookie) is None


@pytest.mark.parametrize("value", ["", "short", TOKEN.upper(), TOKEN + "\n", TOKEN * 2, "u1"])
def test_signed_value_that_is_no_token_is_nobodys(value):
    """Presence knows people by number: no cookie may spell one."""
    assert listener_token(signed(value)) is None


@given(st.text())
def test_any_cookie_is_read_or_nobodys(cookie):
    assert listener_token(cookie) is None
