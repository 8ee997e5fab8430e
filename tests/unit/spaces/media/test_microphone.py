import av
import numpy as np
import pytest

from spaces.media.microphone import Microphone
from spaces.media.opus import FRAME

from .test_opus import encoded, loudest_hertz, tone


def test_lost_packet_is_repaired_from_the_next():
    microphone = Microphone()
    packets = encoded(tone(440, 60))
    for number, packet in enumerate(packets):
        if number != 40:
            microphone.push(number, number * FRAME, packet, number * 0.02)
        if number:
            frame = microphone.frame()
            if number == 41:
                assert np.abs(frame).max() > 4000


def test_voice_that_stops_coming_fades_to_silence():
    microphone = Microphone()
    for number, packet in enumerate(encoded(tone(440, 30))):
        microphone.push(number, number * FRAME, packet, number * 0.02)
        microphone.frame()

    guesses = [microphone.frame() for _ in range(6)]

    assert np.abs(guesses[0]).max() > 2000
    assert np.abs(guesses[3][-50:]).max() < 600
    assert not guesses[4].any()
    assert not guesses[5].any()


@pytest.mark.parametrize("milliseconds", [10, 40, 60])
def test_packets_of_other_durations_are_played_in_full(milliseconds):
    encoder = av.CodecContext.create("libopus", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "s16", "mono", 48_000
    encoder.options = {"frame_duration": str(milliseconds)}
    encoder.open()
    samples = milliseconds * 48
    pcm = tone(440, 90).reshape(-1, samples)
    packets = []
    for part in pcm:
        frame = av.AudioFrame.from_ndarray(part.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = 48_000
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    microphone = Microphone()
    heard, sent = [], 0

    for tick in range(60):
        while sent * samples <= tick * FRAME:
            microphone.push(sent, sent * samples, packets[sent], tick * 0.02)
            sent += 1
        heard.append(microphone.frame())

    voice = np.concatenate(heard[20:])
    assert loudest_hertz(voice) == pytest.approx(440, abs=3)
    assert voice.astype(float).std() > 5000
