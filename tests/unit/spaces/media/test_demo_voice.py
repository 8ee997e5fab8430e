import asyncio
import itertools

import numpy as np
import pytest

from spaces.media import demo_voice
from spaces.media.demo_voice import DemoVoice, DemoVoices, LoopingTrack, Seat
from spaces.media.opus import FRAME, Decoder


def test_clip_is_about_twelve_seconds_in_whole_frames_with_quiet_ends():
    clip = demo_voice.clip()

    assert 10 < clip.size / 48_000 < 15
    assert clip.size % FRAME == 0
    assert abs(int(clip[0])) < 50
    assert not clip[-48_000:].any()


def test_clip_is_as_loud_as_speech_and_never_clips():
    clip = demo_voice.clip()
    voiced = clip[np.abs(clip) > 0].astype(float)

    assert 20 * np.log10(voiced.std() / 32767) == pytest.approx(-18, abs=1.5)
    assert np.abs(clip.astype(int)).max() < 32_000


def test_packets_are_prepared_once():
    packets = demo_voice.prepared_packets()
    decoder = Decoder()

    assert packets is demo_voice.prepared_packets()
    assert np.concatenate([decoder.decode(packet) for packet in packets[:100]]).std() > 500


@pytest.mark.asyncio
async def test_track_loops_with_timestamps_that_go_on():
    track = LoopingTrack([b"a", b"b"])

    packets = [await track.recv() for _ in range(3)]

    assert [bytes(packet) for packet in packets] == [b"a", b"b", b"a"]
    assert [packet.pts for packet in packets] == [0, FRAME, 2 * FRAME]


class SilentVoice(DemoVoice):
    """Only notes that it was asked to speak."""

    def __init__(self, seat: Seat, spoken: list[str]) -> None:
        self._name, self._spoken = seat.person, spoken

    async def run(self) -> None:
        self._spoken.append(f"{self._name} speaks")
        try:
            await asyncio.Event().wait()
        finally:
            self._spoken.append(f"{self._name} stops")


@pytest.mark.asyncio
async def test_voices_follow_the_open_microphones(monkeypatch):
    monkeypatch.setattr(demo_voice, "LOOK_EVERY_S", 0.01)
    hana, spoken, stop = Seat("s", "hana"), [], asyncio.Event()
    looks = itertools.chain([set(), {hana}, {hana}, set()], itertools.repeat(set()))

    async def seats() -> set[Seat]:
        found = next(looks)
        if "hana stops" in spoken:
            stop.set()
        return found

    await asyncio.wait_for(
        DemoVoices(seats, lambda seat: SilentVoice(seat, spoken)).run(stop), timeout=5
    )

    assert spoken == ["hana speaks", "hana stops"]
