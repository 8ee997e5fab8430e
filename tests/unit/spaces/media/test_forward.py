import socket
from collections.abc import Iterator

import numpy as np
import pylibsrtp
import pytest
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from spaces.media import forward
from spaces.media.forward import ForwardRefused, Forwards, RtpForward, Target
from spaces.media.opus import FRAME, Decoder

from .test_opus import encoded, loudest_hertz, tone

KEY = bytes(range(30))


class Receiver:
    """Whoever takes a forward. Over loopback what was sent is there to be read at once."""

    def __init__(self) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._udp.setblocking(False)
        self.port = self._udp.getsockname()[1]

    def datagrams(self) -> Iterator[bytes]:
        while True:
            try:
                yield self._udp.recv(65536)
            except BlockingIOError:
                return

    def packets(self) -> list[RtpPacket]:
        return [RtpPacket.parse(datagram) for datagram in self.datagrams()]

    def target(self, key: bytes | None = None) -> Target:
        return Target("127.0.0.1", self.port, key)

    def close(self) -> None:
        self._udp.close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def clear(receiver):
    made = RtpForward(receiver.target())
    yield made
    made.close()


@pytest.fixture
def secret(receiver):
    made = RtpForward(receiver.target(KEY))
    yield made
    made.close()


@pytest.fixture
def forwards():
    forwards = Forwards()
    yield forwards
    forwards.close()


def inbound(key: bytes) -> pylibsrtp.Session:
    return pylibsrtp.Session(pylibsrtp.Policy(key, pylibsrtp.Policy.SSRC_ANY_INBOUND))


def decoded(packets: list[RtpPacket]) -> np.ndarray:
    decoder = Decoder()
    return np.concatenate([decoder.decode(packet.payload) for packet in packets])


def markers(packets: list[RtpPacket]) -> list[int]:
    return [packet.marker for packet in packets]


# --- Packets ---


def test_mix_arrives_as_the_tone_it_was(receiver, clear):
    for tick, payload in enumerate(encoded(tone(440, 100)), 7_000_000):
        clear.mix(payload, tick)

    heard = decoded(receiver.packets())
    assert heard.size == 100 * FRAME
    assert loudest_hertz(heard[-50 * FRAME :]) == pytest.approx(440, abs=2)


@given(tick=st.integers(0, 2**40), payload=st.binary(max_size=1200))
def test_mix_is_numbered_by_the_tick(tick, payload):
    receiver = Receiver()
    sending = RtpForward(receiver.target())

    sending.mix(payload, tick)
    sending.mix(payload, tick + 1)

    first, second = receiver.packets()
    sending.close()
    receiver.close()
    assert (first.version, first.payload_type, first.payload) == (2, 111, payload)
    assert first.sequence_number == tick % 2**16
    assert first.timestamp == tick * 960 % 2**32
    assert second.ssrc == first.ssrc
    assert (second.sequence_number - first.sequence_number) % 2**16 == 1
    assert (second.timestamp - first.timestamp) % 2**32 == 960


def test_every_mix_has_an_ssrc_of_its_own(receiver):
    sendings = [RtpForward(receiver.target()) for _ in range(5)]
    for sending in sendings:
        sending.mix(b"\x08x", 1)
        sending.close()

    assert len({packet.ssrc for packet in receiver.packets()}) == 5


@given(
    source=st.integers(0, 2**32 - 1),
    sequence=st.integers(0, 2**16 - 1),
    timestamp=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=2000),
)
def test_packet_of_a_sender_keeps_its_numbers(source, sequence, timestamp, payload):
    receiver = Receiver()
    sending = RtpForward(receiver.target())

    sending.packet(source, sequence, timestamp, payload)

    (packet,) = receiver.packets()
    sending.close()
    receiver.close()
    numbers = packet.ssrc, packet.sequence_number, packet.timestamp, packet.payload
    assert numbers == (source, sequence, timestamp, payload)


@pytest.mark.parametrize("key", [None, KEY])
def test_loss_and_order_are_passed_on_as_they_were(receiver, key):
    sending = RtpForward(receiver.target(key))
    session = inbound(KEY)
    sent = [65_533, 65_535, 65_534, 0, 1, 4, 2]

    for sequence in sent:
        sending.packet(5, sequence, sequence * FRAME, b"\x08voice")

    datagrams = [session.unprotect(one) if key else one for one in receiver.datagrams()]
    assert [RtpPacket.parse(one).sequence_number for one in datagrams] == sent
    sending.close()


def test_speaker_who_comes_back_is_another_source_on_the_same_forward(receiver, clear):
    for source, hertz in ((11, 440), (12, 1000)):
        for number, payload in enumerate(encoded(tone(hertz, 60))):
            clear.packet(source, number, number * FRAME, payload)

    packets = receiver.packets()
    for source, hertz in ((11, 440), (12, 1000)):
        voice = decoded([packet for packet in packets if packet.ssrc == source])
        assert loudest_hertz(voice[-40 * FRAME :]) == pytest.approx(hertz, abs=2)


def test_marker_is_set_where_a_source_or_its_sound_begins(receiver, clear):
    for tick in (0, 1, 2, 12, 13):
        clear.packet(5, tick, tick * FRAME, b"\x08x")
    clear.packet(6, 14, 14 * FRAME, b"\x08x")

    assert markers(receiver.packets()) == [1, 0, 0, 1, 0, 1]


def test_lost_and_late_packets_set_no_marker(receiver, clear):
    for number in (0, 1, 4, 3, 2, 5):
        clear.packet(5, number, (2**32 - 3 * FRAME + number * FRAME) % 2**32, b"\x08x")

    assert markers(receiver.packets()) == [1, 0, 0, 0, 0, 0]


# --- SRTP ---


def test_srtp_arrives_as_the_tone_it_was(receiver, secret):
    for tick, payload in enumerate(encoded(tone(440, 100))):
        secret.mix(payload, tick)

    session = inbound(KEY)
    packets = [RtpPacket.parse(session.unprotect(one)) for one in receiver.datagrams()]
    assert loudest_hertz(decoded(packets)[-50 * FRAME :]) == pytest.approx(440, abs=2)


def test_srtp_tells_nothing_without_its_key(receiver, secret):
    secret.mix(b"\x08 spoken in confidence", 1)

    (datagram,) = receiver.datagrams()
    assert b"confidence" not in datagram
    with pytest.raises(pylibsrtp.Error):
        inbound(bytes(30)).unprotect(datagram)


def test_srtp_changed_on_its_way_is_refused(receiver, secret):
    secret.mix(b"\x08voice", 1)

    (datagram,) = receiver.datagrams()
    changed = datagram[:20] + bytes([datagram[20] ^ 1]) + datagram[21:]
    with pytest.raises(pylibsrtp.Error):
        inbound(KEY).unprotect(changed)
    assert RtpPacket.parse(inbound(KEY).unprotect(datagram)).payload == b"\x08voice"


def test_srtp_sends_nothing_twice_under_one_number(receiver, secret):
    for payload in (b"\x08one", b"\x08two"):
        secret.packet(5, 1, FRAME, payload)

    assert len(list(receiver.datagrams())) == 1
    assert (secret.sent, secret.lost) == (1, 1)


def test_srtp_keeps_no_more_sources_than_a_sender_can_need(receiver, secret):
    for source in range(forward.MAX_SOURCES + 1):
        secret.packet(source, 1, FRAME, b"\x08x")
        list(receiver.datagrams())
    secret.packet(0, 2, 2 * FRAME, b"\x08x")

    assert (secret.sent, secret.lost) == (forward.MAX_SOURCES + 1, 1)


# --- Targets ---


@pytest.mark.parametrize(
    ("host", "port", "key"),
    [
        ("localhost", 5004, None),
        ("captions.example", 5004, KEY),
        ("127.0.0.1 ", 5004, None),
        ("", 5004, KEY),
        ("127.0.0.1", 0, None),
        ("127.0.0.1", 65536, None),
        ("127.0.0.1", -1, None),
        ("192.0.2.1", 5004, None),
        ("0.0.0.0", 5004, None),
        ("2001:db8::1", 5004, None),
        ("192.0.2.1", 5004, b""),
        ("192.0.2.1", 5004, bytes(29)),
        ("127.0.0.1", 5004, bytes(31)),
    ],
)
def test_target_is_refused(host, port, key):
    with pytest.raises(ForwardRefused) as refusal:
        Target(host, port, key)

    assert not refusal.value.retryable


@pytest.mark.parametrize(
    ("host", "key"),
    [("127.0.0.1", None), ("127.9.9.9", None), ("::1", None), ("192.0.2.1", KEY)],
)
def test_target_is_taken(host, key):
    assert Target(host, 65535, key).host == host


def test_target_does_not_tell_its_key():
    assert repr(KEY) not in repr(Target("127.0.0.1", 5004, KEY))


def test_address_without_a_way_there_is_refused_for_now():
    with pytest.raises(ForwardRefused) as refusal:
        RtpForward(Target("255.255.255.255", 5004, KEY))

    assert refusal.value.retryable


# --- Trouble ---


def test_dead_receiver_disturbs_nobody(receiver, forwards):
    gone = Receiver()
    gone.close()
    forwards.set("dead", "space", None, gone.target(), 0)
    forwards.set("alive", "space", None, receiver.target(), 0)

    for tick in range(50):
        for one in forwards.of("space", None):
            one.mix(b"\x08x", tick)

    dead, alive = forwards.of("space", None)
    assert len(receiver.packets()) == 50
    assert (alive.sent, alive.lost) == (50, 0)
    assert dead.lost > 0
    assert dead.sent + dead.lost == 50


@pytest.mark.parametrize(("key", "size_bytes"), [(None, 70_000), (KEY, 2000)])
def test_packet_too_long_to_send_is_lost_alone(receiver, key, size_bytes):
    sending = RtpForward(receiver.target(key))

    sending.packet(5, 1, FRAME, bytes(size_bytes))
    sending.packet(5, 2, 2 * FRAME, b"\x08x")

    assert (sending.sent, sending.lost) == (1, 1)
    assert len(list(receiver.datagrams())) == 1
    sending.close()


def test_nothing_leaves_after_close(receiver, clear):
    clear.close()
    clear.close()

    clear.mix(b"\x08x", 1)

    assert receiver.packets() == []
    assert (clear.sent, clear.lost) == (0, 1)


# --- The forwards of a node ---


def test_source_without_a_forward_has_none(forwards):
    assert list(forwards.of("space", None)) == []


def test_forwards_of_one_source_both_carry_it(forwards, receiver):
    other = Receiver()
    forwards.set("captions", "space", "hana", receiver.target(), 0)
    forwards.set("recording", "space", "hana", other.target(), 0)
    forwards.set("mix", "space", None, receiver.target(), 0)
    forwards.set("elsewhere", "another", "hana", receiver.target(), 0)

    for one in forwards.of("space", "hana"):
        one.packet(5, 1, FRAME, b"\x08x")

    assert len(receiver.packets()) == len(other.packets()) == 1
    other.close()


def test_stopped_forward_leaves_the_other_alone(forwards, receiver):
    forwards.set("first", "space", None, receiver.target(), 0)
    second = forwards.set("second", "space", None, receiver.target(), 0)

    forwards.stop("first")
    forwards.stop("first")

    assert list(forwards.of("space", None)) == [second]


def test_forward_ends_when_nobody_renews_it(forwards, receiver):
    for name in ("left", "renewed"):
        forwards.set(name, "space", name, receiver.target(), 100)
    forwards.set("renewed", "space", "renewed", receiver.target(), 110)

    forwards.expire(115)
    assert forwards.of("space", "left")
    forwards.expire(115.1)

    assert not forwards.of("space", "left")
    assert forwards.of("space", "renewed")


def test_renewed_forward_goes_on_as_the_same(forwards, receiver):
    first = forwards.set("captions", "space", "hana", receiver.target(KEY), 0)

    assert forwards.set("captions", "space", "hana", receiver.target(KEY), 5) is first
    assert list(forwards.of("space", "hana")) == [first]


@pytest.mark.parametrize("change", ["space", "source", "target"])
def test_forward_asked_for_differently_replaces_the_former(forwards, receiver, change):
    wanted = {"space": "space", "source": "hana", "target": receiver.target()}
    other = {"space": "another", "source": None, "target": receiver.target(KEY)}
    former = forwards.set("captions", **wanted, now_s=0)
    wanted[change] = other[change]

    latter = forwards.set("captions", **wanted, now_s=0)

    former.mix(b"\x08x", 1)
    assert former.sent == 0
    assert list(forwards.of(wanted["space"], wanted["source"])) == [latter]
    assert former not in forwards.of("space", "hana")


def test_node_forwards_so_much_and_no_more(forwards, receiver, monkeypatch):
    monkeypatch.setattr(forward, "MAX_FORWARDS", 2)
    for name in ("first", "second"):
        forwards.set(name, "space", None, receiver.target(), 0)

    with pytest.raises(ForwardRefused) as refusal:
        forwards.set("third", "space", None, receiver.target(), 0)

    assert refusal.value.retryable
    forwards.set("second", "space", "hana", receiver.target(), 0)
    forwards.stop("first")
    forwards.set("third", "space", None, receiver.target(), 0)


def test_forwards_end_with_their_space(forwards, receiver):
    forwards.set("mix", "space", None, receiver.target(), 0)
    forwards.set("voice", "space", "hana", receiver.target(), 0)
    forwards.set("elsewhere", "another", None, receiver.target(), 0)

    forwards.drop_space("space")

    assert not forwards.of("space", None)
    assert not forwards.of("space", "hana")
    assert forwards.of("another", None)


def test_close_ends_all_of_them(forwards, receiver):
    ended = [forwards.set(name, "space", None, receiver.target(), 0) for name in "ab"]

    forwards.close()
    forwards.close()

    for one in ended:
        one.mix(b"\x08x", 1)
    assert receiver.packets() == []
    assert not forwards.of("space", None)
