"""What a page may say over its websocket: everything else is a refusal, whatever it is."""

import json
from dataclasses import asdict

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.live.signals import MAX_BYTES, BadSignal, Signal

PEER = "0123456789abcdef" * 2


def parse(**content):
    return Signal.parse(json.dumps(content))


@pytest.mark.parametrize(
    ("content", "signal"),
    [
        ({"do": "heartbeat"}, Signal(do="heartbeat")),
        ({"do": "heartbeat", "read": 8_000}, Signal(do="heartbeat", read=8_000)),
        ({"do": "listen"}, Signal(do="listen")),
        ({"do": "speak"}, Signal(do="speak")),
        ({"do": "leave", "peer": PEER}, Signal(do="leave", peer=PEER)),
        ({"do": "answer", "peer": PEER, "sdp": "v=0"}, Signal(do="answer", peer=PEER, sdp="v=0")),
        ({"do": "candidate", "peer": PEER}, Signal(do="candidate", peer=PEER)),
        ({"do": "listen", "admin": True}, Signal(do="listen")),
        ({"do": "react", "reaction": "heart"}, Signal(do="react", reaction="heart")),
        (
            {"do": "react", "reaction": "wave", "tone": 5},
            Signal(do="react", reaction="wave", tone=5),
        ),
    ],
)
def test_what_pages_say_is_understood(content, signal):
    assert parse(**content) == signal


def test_candidate_is_reduced_to_what_the_node_reads():
    candidate = {"candidate": "candidate:1 1 udp", "sdpMid": "0", "sdpMLineIndex": 0, "more": "x"}

    signal = parse(do="candidate", peer=PEER, candidate=candidate)

    assert signal.candidate == {
        "candidate": "candidate:1 1 udp",
        "sdpMid": "0",
        "sdpMLineIndex": 0,
    }


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"do": None},
        {"do": ["listen"]},
        {"do": "end"},
        {"do": "heartbeat", "read": -1},
        {"do": "heartbeat", "read": 1.5},
        {"do": "heartbeat", "read": True},
        {"do": "heartbeat", "read": 2**53},
        {"do": "react"},
        {"do": "react", "reaction": "boo"},
        {"do": "react", "reaction": ["heart"]},
        {"do": "react", "reaction": "wave", "tone": 6},
        {"do": "react", "reaction": "wave", "tone": "1"},
        {"do": "leave"},
        {"do": "leave", "peer": PEER + "\n"},
        {"do": "leave", "peer": PEER.upper()},
        {"do": "leave", "peer": [PEER]},
        {"do": "answer", "peer": PEER},
        {"do": "answer", "peer": PEER, "sdp": ""},
        {"do": "answer", "peer": PEER, "sdp": "\ud800"},
        {"do": "candidate", "peer": PEER, "candidate": "candidate:1"},
        {"do": "candidate", "peer": PEER, "candidate": {}},
        {"do": "candidate", "peer": PEER, "candidate": {"candidate": "x" * 1001}},
        {"do": "candidate", "peer": PEER, "candidate": {"candidate": "\udfff"}},
        {"do": "candidate", "peer": PEER, "candidate": {"candidate": "x", "sdpMid": "\ud800"}},
        {"do": "candidate", "peer": PEER, "candidate": {"candidate": "x", "sdpMid": "m" * 17}},
        {"do": "candidate", "peer": PEER, "candidate": {"candidate": "x", "sdpMLineIndex": "0"}},
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(BadSignal):
        parse(**content)


@pytest.mark.parametrize(
    "text",
    [None, "", "{", "[]", "1", "null", '"do"', "[" * 30_000, "1" * 5_000, "NaN", '{"do":NaN}'],
)
def test_text_that_is_no_signal_is_refused(text):
    with pytest.raises(BadSignal):
        Signal.parse(text)


def test_longest_message_is_read_and_one_more_character_is_not():
    frame = len(json.dumps({"do": "answer", "peer": PEER, "sdp": ""}))
    sdp = "x" * (MAX_BYTES - frame)

    assert parse(do="answer", peer=PEER, sdp=sdp).sdp == sdp
    with pytest.raises(BadSignal, match="too large"):
        parse(do="answer", peer=PEER, sdp=sdp + "x")


def parsed_or_refused(text):
    """The only two ways out; what is parsed can travel on to a media node."""
    try:
        signal = Signal.parse(text)
    except BadSignal:
        return
    msgpack.packb(asdict(signal))


@given(st.text())
def test_any_text_is_a_signal_or_refused(text):
    parsed_or_refused(text)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
DOINGS = st.sampled_from(["heartbeat", "listen", "speak", "answer", "candidate", "leave", "react"])
CANDIDATES = st.fixed_dictionaries(
    {"candidate": st.text(st.characters()) | ANYTHING},
    optional={"sdpMid": st.text(st.characters()) | ANYTHING, "sdpMLineIndex": ANYTHING},
)


@given(ANYTHING)
def test_any_json_is_a_signal_or_refused(content):
    parsed_or_refused(json.dumps(content))


@given(
    st.fixed_dictionaries(
        {"do": DOINGS | ANYTHING},
        optional={
            "peer": st.just(PEER) | ANYTHING,
            "sdp": st.text(st.characters()) | ANYTHING,
            "candidate": CANDIDATES | ANYTHING,
            "read": ANYTHING,
            "reaction": st.sampled_from(["heart", "wave"]) | ANYTHING,
            "tone": st.integers(-1, 7) | ANYTHING,
        },
    )
)
def test_anything_that_looks_like_a_signal_is_one_or_refused(content):
    parsed_or_refused(json.dumps(content))
