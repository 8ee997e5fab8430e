"""Cookies of a browser without an account: one listener in two tabs, and where it was refused."""

import uuid

import pytest
from django.core import signing
from hypothesis import given
from hypothesis import strategies as st

from spaces.listener import MARKS_COOKIE, MAX_MARKS, Marks, listener_token, marks_of

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


# --- Where this browser was turned away while somebody was signed in ---

SPACE, HOST = uuid.UUID(int=1, version=4), uuid.UUID(int=2, version=4)


def read(marks):
    """As the next request brings them."""
    value = signed(".".join(marks.entries), salt="spaces.turned-away")
    return marks_of({MARKS_COOKIE: value})


def test_marks_are_read_as_they_were_kept():
    marks = read(Marks().and_space(SPACE).and_host(HOST))

    assert marks.has_space(SPACE)
    assert marks.has_host(HOST)
    assert not marks.has_space(HOST)
    assert not marks.has_host(SPACE)


def test_oldest_mark_goes_when_there_are_too_many():
    marks = Marks().and_space(SPACE)
    for number in range(MAX_MARKS):
        marks = marks.and_host(uuid.UUID(int=number, version=4))

    assert len(read(marks).entries) == MAX_MARKS
    assert not marks.has_space(SPACE)


def test_mark_given_twice_is_one_and_the_newest():
    marks = Marks().and_space(SPACE).and_host(HOST).and_space(SPACE)

    assert marks.entries == (f"h{HOST.hex}", f"s{SPACE.hex}")


@pytest.mark.parametrize(
    "cookie",
    [f"s{SPACE.hex}", signed(f"s{SPACE.hex}"), signed("s1.h2..x", salt="spaces.turned-away")],
)
def test_marks_that_are_not_ours_are_none(cookie):
    assert marks_of({MARKS_COOKIE: cookie}) == Marks()


@given(st.text())
def test_any_cookie_of_marks_is_read(cookie):
    assert marks_of({MARKS_COOKIE: cookie}) == Marks()
