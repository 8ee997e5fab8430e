"""One speaker's trouble never touches another's sound: to the bit."""

import random
from collections.abc import Iterator

import pytest

from spaces.media.mixer import Mixer
from spaces.media.opus import FRAME

from .test_opus import encoded, tone

TICKS = 300
# (sequence number, timestamp, payload)
Packet = tuple[int, int, bytes]


def well_behaved(packets: list[bytes]) -> Iterator[list[Packet]]:
    """What comes in each tick."""
    for number, packet in enumerate(packets):
        yield [(number, number * FRAME, packet)]


def troubled(packets: list[bytes], seed: int) -> Iterator[list[Packet]]:
    """Lost, doubled, late, in bursts, out of order, broken, too long, and with wild numbers."""
    chance, waiting = random.Random(seed), []
    for number, packet in enumerate(packets):
        waiting += [(number, number * FRAME, packet)] * chance.choice([0, 1, 1, 1, 2])
        if chance.random() < 0.1:
            junk = chance.choice([b"", b"\xff", chance.randbytes(2_000), chance.randbytes(60)])
            waiting.append((chance.randrange(1 << 16), chance.randrange(1 << 32), junk))
        if chance.random() < 0.3:
            yield []
            continue
        chance.shuffle(waiting)
        yield waiting
        waiting = []


def heard_by_sami(said: Iterator[list[Packet]]) -> list[bytes]:
    """What goes to Sami, who hears Hana and nobody else."""
    mixer = Mixer()
    mixer.open("hana")
    mixer.open("sami")
    heard = []
    steady = well_behaved(encoded(tone(440, TICKS)))
    for tick, (hers, theirs) in enumerate(zip(steady, said, strict=True)):
        for person, packets in (("hana", hers), ("sami", theirs)):
            for sequence, timestamp, payload in packets:
                mixer.microphones[person].push(sequence, timestamp, payload, tick * 0.02)
        heard.append(mixer.tick({"sami"}).minus["sami"])
    return heard


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_trouble_of_one_speaker_changes_no_bit_of_anothers_voice(seed):
    packets = encoded(tone(1000, TICKS))

    undisturbed = heard_by_sami(well_behaved(packets))

    assert heard_by_sami(troubled(packets, seed)) == undisturbed
