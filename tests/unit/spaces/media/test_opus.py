import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spaces.media import opus
from tests.speech import segmental_snr_db, speech


def tone(hertz: float, frames: int, amplitude: float = 8000) -> np.ndarray:
    at = np.arange(frames * opus.FRAME) / opus.RATE_HZ
    return (amplitude * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def encoded(pcm: np.ndarray) -> list[bytes]:
    encoder = opus.Encoder()
    return [encoder.encode(frame) for frame in pcm.reshape(-1, opus.FRAME)]


def loudest_hertz(pcm: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(pcm.size)))
    return float(np.argmax(spectrum) * opus.RATE_HZ / pcm.size)


def test_tone_survives_encode_and_decode():
    decoder = opus.Decoder()

    heard = np.concatenate([decoder.decode(packet) for packet in encoded(tone(440, 100))])

    assert heard.dtype == np.int16
    assert loudest_hertz(heard[-opus.RATE_HZ :]) == pytest.approx(440, abs=2)


def test_bit_rate_is_near_32_kbit():
    noise = np.random.default_rng(1).normal(0, 3000, 200 * opus.FRAME).astype(np.int16)

    size_bytes = sum(len(packet) for packet in encoded(noise))

    assert 20_000 < size_bytes * 8 / 4.0 < 40_000


def test_lost_packet_is_repaired_from_the_next():
    packets = encoded(tone(440, 50))
    decoder = opus.Decoder()
    for packet in packets[:40]:
        decoder.decode(packet)

    repaired = decoder.decode_fec(packets[41])

    assert repaired.size == opus.FRAME
    assert np.abs(repaired).max() > 4000


def test_concealment_goes_on_with_what_was_heard():
    decoder = opus.Decoder()
    for packet in encoded(tone(440, 50)):
        decoder.decode(packet)

    assert np.abs(decoder.conceal()).max() > 2000


@pytest.mark.parametrize("milliseconds", [10, 20, 40, 60])
def test_other_packet_durations_decode_to_their_length(milliseconds):
    encoder = av.CodecContext.create("libopus", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "s16", "mono", opus.RATE_HZ
    encoder.options = {"frame_duration": str(milliseconds)}
    encoder.open()
    frame = av.AudioFrame.from_ndarray(
        tone(440, 3)[: milliseconds * 48].reshape(1, -1), format="s16", layout="mono"
    )
    frame.sample_rate = opus.RATE_HZ
    packet = bytes([*encoder.encode(frame), *encoder.encode(None)][0])

    assert opus.Decoder().decode(packet).size == milliseconds * 48


def test_stereo_is_mixed_down():
    encoder = av.CodecContext.create("libopus", "w")
    encoder.format, encoder.layout, encoder.sample_rate = "s16", "stereo", opus.RATE_HZ
    encoder.open()
    both = np.repeat(tone(440, 1), 2).reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(both, format="s16", layout="stereo")
    frame.sample_rate = opus.RATE_HZ
    packet = bytes([*encoder.encode(frame), *encoder.encode(None)][0])

    assert opus.Decoder().decode(packet).shape == (opus.FRAME,)


def test_empty_payload_is_refused():
    decoder = opus.Decoder()

    with pytest.raises(opus.OpusError):
        decoder.decode(b"")
    with pytest.raises(opus.OpusError):
        decoder.decode_fec(b"")


def test_decoded_sound_is_not_overwritten_by_the_next():
    decoder = opus.Decoder()
    packets = encoded(tone(440, 20))
    first = [decoder.decode(packet) for packet in packets][10]

    kept = first.copy()
    decoder.conceal()

    np.testing.assert_array_equal(first, kept)


@given(st.binary(max_size=2000))
def test_any_payload_decodes_or_is_refused(payload):
    decoder = opus.Decoder()
    good = encoded(tone(440, 1))[0]

    try:
        pcm = decoder.decode(payload)
    except opus.OpusError:
        pcm = np.empty(0, np.int16)

    assert pcm.size <= opus.LONGEST_FRAME
    assert decoder.decode(good).size == opus.FRAME


@given(st.binary(max_size=2000))
def test_any_payload_repairs_or_is_refused(payload):
    decoder = opus.Decoder()

    try:
        pcm = decoder.decode_fec(payload)
    except opus.OpusError:
        return

    assert pcm.size == opus.FRAME


def test_speech_carries_copies_that_repair_it():
    packets = encoded(speech("hana")[: 300 * opus.FRAME])
    lossless, repairing, guessing = opus.Decoder(), opus.Decoder(), opus.Decoder()
    wanted, repaired, guessed = [], [], []

    for number, packet in enumerate(packets[:-1]):
        said = lossless.decode(packet)
        if number % 10 == 9:
            wanted.append(said)
            repaired.append(repairing.decode_fec(packets[number + 1]))
            guessed.append(guessing.conceal())
        else:
            repairing.decode(packet)
            guessing.decode(packet)

    reference = np.concatenate(wanted)
    guess_db = segmental_snr_db(reference, np.concatenate(guessed))
    # Measured: 8.9 dB and 0.6 dB.
    assert segmental_snr_db(reference, np.concatenate(repaired)) > guess_db + 5


@pytest.mark.parametrize("pcm", [np.zeros(480, np.int16), np.zeros(960, np.int32)])
def test_encoder_takes_whole_frames_only(pcm):
    with pytest.raises(ValueError, match="960"):
        opus.Encoder().encode(pcm)
