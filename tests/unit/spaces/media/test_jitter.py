import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.media.jitter import RESYNC_PACKETS, STALL_PULLS, SURPLUS_PULLS, JitterBuffer


def push(buffer: JitterBuffer, *numbers: int) -> None:
    for number in numbers:
        buffer.push(number & 0xFFFF, number * 960 & 0xFFFFFFFF, str(number).encode())


def pulled(buffer: JitterBuffer, count: int) -> list[int | None]:
    payloads = [buffer.pull().payload for _ in range(count)]
    return [None if payload is None else int(payload) for payload in payloads]


def test_packets_come_out_in_order():
    buffer = JitterBuffer(prefetch=2)
    push(buffer, 1, 2, 4, 3)

    assert pulled(buffer, 4) == [1, 2, 3, 4]


def test_nothing_comes_before_prefetch():
    buffer = JitterBuffer(prefetch=2)

    assert buffer.pull().payload is None
    push(buffer, 1, 2)
    assert pulled(buffer, 2) == [1, 2]


def test_lone_packet_under_dtx_does_not_wait_for_company():
    buffer = JitterBuffer(prefetch=2)
    push(buffer, 1)

    assert pulled(buffer, 2) == [None, 1]


def test_duplicates_are_dropped():
    buffer = JitterBuffer()
    push(buffer, 1, 1, 2)
    first = pulled(buffer, 1)
    push(buffer, 1, 2)

    assert first + pulled(buffer, 2) == [1, 2, None]


def test_duplicate_of_the_last_played_is_dropped_when_the_buffer_is_empty():
    buffer = JitterBuffer()
    push(buffer, 1)
    pulled(buffer, 2)

    push(buffer, 1)

    assert pulled(buffer, 1) == [None]


def test_lost_packet_comes_with_the_following_one():
    buffer = JitterBuffer()
    push(buffer, 1, 3)
    buffer.pull()

    lost = buffer.pull()

    assert lost.payload is None
    assert lost.following == b"3"
    assert pulled(buffer, 1) == [3]


def test_late_packet_is_played_late():
    buffer = JitterBuffer()
    push(buffer, 1)
    assert pulled(buffer, 2) == [1, None]

    push(buffer, 2, 3)

    assert pulled(buffer, 2) == [2, 3]


def test_delay_that_is_no_longer_needed_is_taken_back():
    buffer = JitterBuffer()
    push(buffer, 0, 1)
    for number in range(2, SURPLUS_PULLS + 3):
        push(buffer, number)
        buffer.pull()

    assert len(buffer) == 1


def test_delay_that_a_stall_left_is_taken_back_sooner():
    buffer = JitterBuffer()
    push(buffer, *range(8))
    for number in range(8, 8 + 6 * STALL_PULLS):
        push(buffer, number)
        buffer.pull()

    assert len(buffer) == 2


@pytest.mark.parametrize("start", [0xFFFE, 0x1FFFE])
def test_sequence_number_wraps(start):
    buffer = JitterBuffer()
    push(buffer, start, start + 1, start + 2, start + 3)

    assert pulled(buffer, 4) == [start, start + 1, start + 2, start + 3]


def test_timestamp_wraps():
    buffer = JitterBuffer()
    start = 0x100000000 // 960
    push(buffer, *range(start - 2, start + 3))

    assert pulled(buffer, 5) == list(range(start - 2, start + 3))


def test_sender_that_starts_over_is_followed():
    buffer = JitterBuffer()
    push(buffer, 1000)
    pulled(buffer, 1)

    push(buffer, 1000 + 10 * RESYNC_PACKETS)
    ahead = pulled(buffer, 1)
    push(buffer, 5)

    assert ahead + pulled(buffer, 1) == [1000 + 10 * RESYNC_PACKETS, 5]


def test_pause_is_silence_not_loss():
    buffer = JitterBuffer()
    push(buffer, 1)
    pulled(buffer, 30)

    push(buffer, 20)

    assert pulled(buffer, 2) == [20, None]


def test_burst_after_a_stall_does_not_stay_as_delay():
    buffer = JitterBuffer()
    push(buffer, 1)
    pulled(buffer, 20)

    push(buffer, *range(2, 40))

    assert len(buffer) <= 11
    assert pulled(buffer, 1)[0] >= 29


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.booleans()), max_size=300))
def test_any_sequence_of_packets_is_survived(steps):
    buffer = JitterBuffer(prefetch=2)

    for sequence, pulls in steps:
        buffer.push(sequence, sequence * 960, b"x")
        if pulls:
            buffer.pull()

    assert len(buffer) <= RESYNC_PACKETS + 1


@given(st.integers(0, 0xFFFF), st.randoms(use_true_random=False))
def test_shuffled_neighbours_all_come_out_in_order(start, chance: random.Random):
    buffer = JitterBuffer(prefetch=2)
    push(buffer, start)
    heard = []

    for number in range(start + 1, start + 60, 2):
        pair = [number, number + 1]
        chance.shuffle(pair)
        push(buffer, *pair)
        heard += pulled(buffer, 2)
    heard += pulled(buffer, 2)

    assert [number for number in heard if number is not None] == list(range(start, start + 61))
