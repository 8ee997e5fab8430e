"""What repair and concealment give back: speech over a bad network against its lossless decode.

`python -m tests.benchmarks.loss` prints the table. No clock and no network: arrivals are drawn.
"""

import random
from collections.abc import Callable
from functools import cache

import numpy as np

from spaces.media.microphone import Microphone
from spaces.media.opus import FRAME, RATE_HZ, SILENCE, Decoder, Encoder, Pcm
from tests.speech import segmental_snr_db, speech

TICK_S = FRAME / RATE_HZ
LOSSES_PERCENT = (1, 5, 10, 20)
JITTER_S = 0.06
# Ticks fall between two packets of the sender, as they do with any clock that is not its own.
PHASE_S = 0.007
# The delay changes while people talk; each 200 ms of speech are compared where they came to lie.
_BLOCK = RATE_HZ // 5
_MOST_DELAY = RATE_HZ // 5

Delay = Callable[[random.Random, float], float]


def up_to(jitter_s: float) -> Delay:
    """0 to so much for every packet by itself, so that they overtake each other"""
    return lambda chance, sent_s: chance.random() * jitter_s


def arrivals(
    count: int,
    delay: Delay,
    *,
    loss: float = 0.0,
    seed: int = 1,
    packet_s: float = TICK_S,
    drift_ppm: float = 0.0,
) -> list[tuple[float, int]]:
    """Sorted (arrived_s, number). drift_ppm: by how much the sender's clock runs fast"""
    chance = random.Random(seed)
    sent = [(number * packet_s * (1 - drift_ppm / 1e6), number) for number in range(count)]
    return sorted((at + delay(chance, at), n) for at, n in sent if chance.random() >= loss)


def heard(packets: list[bytes], arriving: list[tuple[float, int]], ticks: int) -> Pcm:
    """What a microphone makes of them: int16 (ticks * 960,)"""
    microphone = Microphone()
    coming = iter([*arriving, (float("inf"), 0)])
    arrived_s, number = next(coming)
    frames = []
    for tick in range(ticks):
        while arrived_s <= tick * TICK_S + PHASE_S:
            microphone.push(number & 0xFFFF, number * FRAME, packets[number], arrived_s)
            arrived_s, number = next(coming)
        frames.append(microphone.frame())
    return np.concatenate(frames)


def decoded(
    packets: list[bytes], arriving: list[tuple[float, int]], missing: Callable[[Decoder], Pcm]
) -> Pcm:
    """Every packet in its place, whenever it arrived, and `missing` where none did."""
    decoder = Decoder()
    here = {number for _, number in arriving}
    return np.concatenate(
        [
            decoder.decode(packet) if number in here else missing(decoder)
            for number, packet in enumerate(packets)
        ]
    )


def moved_under(reference: Pcm, sound: Pcm) -> Pcm:
    """`sound`, up to 200 ms late and in each block by another delay, laid under `reference`"""
    sound = np.pad(sound, (0, max(reference.size + _MOST_DELAY - sound.size, 0)))
    return np.concatenate(
        [
            _best(reference[at : at + _BLOCK], sound[at : at + _BLOCK + _MOST_DELAY])
            for at in range(0, reference.size, _BLOCK)
        ]
    )


def _best(wanted: Pcm, around: Pcm) -> Pcm:
    """The part of `around` most like `wanted`; normalised, or a louder neighbour would win."""
    there, size = around.astype(np.float64), 1 << around.size.bit_length()
    products = np.fft.rfft(there, size) * np.conj(np.fft.rfft(wanted, size))
    likeness = np.fft.irfft(products)[: around.size - wanted.size + 1]
    power = np.concatenate(([0.0], np.cumsum(there**2)))
    energy = power[wanted.size :] - power[: likeness.size]
    at = int(np.argmax(likeness / np.sqrt(energy + wanted.size)))
    return around[at : at + wanted.size]


@cache
def voices() -> list[bytes]:
    """Hana, then Sami, in packets of 20 ms."""
    encoder = Encoder()
    said = np.concatenate((speech("hana"), speech("sami")))
    return [encoder.encode(frame) for frame in said.reshape(-1, FRAME)]


def loss_report(percent: int, *, seed: int = 1) -> dict[str, float]:
    """Segmental SNR in dB of each way to treat the same losses."""
    packets = voices()
    reference = decoded(packets, [(0.0, number) for number in range(len(packets))], Decoder.conceal)
    calm, shaken = (
        arrivals(len(packets), up_to(jitter_s), loss=percent / 100, seed=seed)
        for jitter_s in (0.0, JITTER_S)
    )
    ticks = len(packets) + _MOST_DELAY // FRAME
    sounds = {
        "zero-fill": decoded(packets, calm, lambda _: SILENCE),
        "PLC only": decoded(packets, calm, Decoder.conceal),
        "FEC + PLC": heard(packets, calm, ticks),
        "FEC + PLC, 60 ms jitter": heard(packets, shaken, ticks),
    }
    return {
        name: segmental_snr_db(reference, moved_under(reference, sound))
        for name, sound in sounds.items()
    }


def main() -> None:
    rows = {percent: loss_report(percent) for percent in LOSSES_PERCENT}
    names = list(rows[LOSSES_PERCENT[0]])
    print("segmental SNR in dB against the lossless decode")
    print("  ".join(["loss", *names]))
    for percent, row in rows.items():
        cells = [f"{row[name]:.1f}".rjust(len(name)) for name in names]
        print("  ".join([f"{percent} %".rjust(4), *cells]))


if __name__ == "__main__":
    main()
