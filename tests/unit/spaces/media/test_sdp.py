import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.media import sdp
from spaces.media.errors import MediaError

OFFER = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 opus/48000/2\r\na=mid:0\r\n"
FINGERPRINT = ":".join(["AB"] * 32)
ANSWER = "\r\n".join(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=candidate:1 1 udp 2113937151 0c2ae4b1-9a8b.local 50000 typ host",
        "a=candidate:2 1 udp 2113937151 192.0.2.9 50001 typ host",
        "a=candidate:3 1 tcp 1518280447 192.0.2.9 9 typ host tcptype active",
        "a=end-of-candidates",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuv",
        f"a=fingerprint:sha-256 {FINGERPRINT}",
        "a=setup:active",
        "a=mid:0",
        "a=recvonly",
        "a=rtcp-mux",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 minptime=10;useinbandfec=1",
        "",
    ]
)


def test_offer_is_completed_with_what_opus_shall_be():
    completed = sdp.completed_offer(OFFER)

    assert f"a=rtpmap:96 opus/48000/2\r\na=fmtp:96 {sdp.FMTP}\r\na=ptime:20\r\na=mid:0" in completed


def test_answer_keeps_only_candidates_that_can_be_reached():
    clean = sdp.checked_answer(ANSWER, direction="recvonly")

    assert "192.0.2.9 50001" in clean
    assert ".local" not in clean
    assert "tcptype" not in clean
    assert clean.count("a=candidate") == 1
    assert "end-of-candidates" not in clean


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("m=audio 9", "m=video 9"),
        ("m=audio 9", "m=audio 0"),
        ("opus/48000/2", "PCMU/8000"),
        ("a=recvonly", "a=inactive"),
        ("a=recvonly", "a=sendonly"),
        ("a=ice-ufrag:abcd\r\n", ""),
        ("a=ice-pwd:abcdefghijklmnopqrstuv\r\n", ""),
        ("a=rtcp-mux\r\n", ""),
        (f"a=fingerprint:sha-256 {FINGERPRINT}\r\n", ""),
        ("a=setup:active\r\n", ""),
        ("a=setup:active", "a=setup:actpass"),
        ("a=setup:active", "a=setup:nonsense"),
        ("a=rtcp:9", "a=rtcp:nine"),
        ("a=fmtp:96", "a=fmtp:97"),
        ("opus/48000/2", "opus/8000"),
        ("c=IN IP4 0.0.0.0", "c=IN IP4 0.0.0.00"),
        ("a=ice-ufrag:abcd", "a=ice-ufrag:\ud800"),
    ],
)
def test_answer_that_cannot_work_is_refused(old, new):
    with pytest.raises(MediaError):
        sdp.checked_answer(ANSWER.replace(old, new), direction="recvonly")


def test_answer_over_32_kilobytes_is_refused():
    with pytest.raises(MediaError, match="too long"):
        sdp.checked_answer(ANSWER + "a=x\r\n" * 10_000, direction="recvonly")


@given(st.text(max_size=400))
def test_any_text_is_refused_not_stumbled_over(text):
    with pytest.raises(MediaError):
        sdp.checked_answer(text, direction="recvonly")


@given(st.lists(st.integers(0, ANSWER.count("\r\n")), max_size=6), st.text(max_size=20))
def test_mangled_answer_is_taken_or_refused(lines, noise):
    mangled = ANSWER.split("\r\n")
    for line in lines:
        mangled[line % len(mangled)] += noise

    try:
        clean = sdp.checked_answer("\r\n".join(mangled), direction="recvonly")
    except MediaError:
        return

    assert ".local" not in clean


def test_candidate_is_read_as_browsers_write_it():
    parsed = sdp.parsed_candidate(
        {
            "candidate": "candidate:1 1 udp 2113937151 192.0.2.9 50001 typ host generation 0",
            "sdpMid": "0",
            "sdpMLineIndex": 0,
        }
    )

    assert parsed is not None
    assert (parsed.ip, parsed.port, parsed.type) == ("192.0.2.9", 50001, "host")


@pytest.mark.parametrize(
    "candidate",
    [
        None,
        {"candidate": ""},
        {"candidate": "candidate:1 1 udp 2113937151 0c2ae4b1-9a8b.local 50000 typ host"},
        {"candidate": "candidate:1 1 udp 2113937151 example.org 50000 typ host"},
        {"candidate": "candidate:1 1 tcp 2113937151 192.0.2.9 9 typ host tcptype active"},
        {"candidate": "candidate:1 2 udp 2113937151 192.0.2.9 50000 typ host"},
        {"candidate": "candidate:1 1 udp 2113937151 192.0.2.9 70000 typ host"},
    ],
)
def test_candidate_of_no_use_is_left_out(candidate):
    assert sdp.parsed_candidate(candidate) is None


@pytest.mark.parametrize(
    "candidate",
    [
        {},
        {"candidate": None},
        {"candidate": 7},
        {"candidate": "nonsense"},
        {"candidate": "candidate:1 one udp 2113937151 192.0.2.9 50000 typ host"},
        {"candidate": "candidate:1 1 udp 1 192.0.2.9 50000 typ host " + "x" * 2000},
    ],
)
def test_candidate_that_is_none_is_refused(candidate):
    with pytest.raises(MediaError):
        sdp.parsed_candidate(candidate)
