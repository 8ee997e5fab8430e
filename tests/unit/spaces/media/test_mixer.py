import numpy as np
import pytest

from spaces.media import mixer as mixing
from spaces.media.microphone import Microphone
from spaces.media.mixer import Mixer
from spaces.media.opus import FRAME, Decoder

from .test_opus import encoded, loudest_hertz, tone


def say(microphone: Microphone, packets: list[bytes], start: int = 0) -> None:
    for number, packet in enumerate(packets, start):
        microphone.push(number, number * FRAME, packet, number * 0.02)


def heard_over(
    mixer: Mixer, packets: dict[str, list[bytes]], minus_for=()
) -> dict[str, np.ndarray]:
    """What the audience ("") and everybody of `minus_for` hear while these packets come in."""
    decoders = {name: Decoder() for name in ("", *minus_for)}
    heard: dict[str, list[np.ndarray]] = {name: [] for name in decoders}
    for number in range(max(len(said) for said in packets.values())):
        for person, said in packets.items():
            mixer.microphones[person].push(number, number * FRAME, said[number], number * 0.02)
        mix = mixer.tick(minus_for)
        heard[""].append(decoders[""].decode(mix.audience))
        for person in minus_for:
            heard[person].append(decoders[person].decode(mix.minus[person]))
    return {name: np.concatenate(parts)[FRAME * 20 :] for name, parts in heard.items()}


def power_at(pcm: np.ndarray, hertz: float) -> float:
    at = np.arange(pcm.size) / 48_000
    return abs(np.dot(pcm.astype(float), np.exp(-2j * np.pi * hertz * at))) / pcm.size


def test_one_voice_alone_is_mixed_bit_exact(monkeypatch):
    mixer = Mixer()
    microphone = mixer.open("hana")
    packets = encoded(tone(440, 30, 32767))
    said = []
    monkeypatch.setattr(
        mixing.Encoder, "encode", lambda self, pcm: said.append(pcm.copy()) or b"\xf8\xff\xfe"
    )

    for number, packet in enumerate(packets):
        microphone.push(number, number * FRAME, packet, number * 0.02)
        mixer.tick(())

    decoder = Decoder()
    np.testing.assert_array_equal(
        np.concatenate(said), np.concatenate([decoder.decode(packet) for packet in packets])
    )


def test_two_speakers_hear_each_other_and_not_themselves():
    mixer = Mixer()
    mixer.open("hana")
    mixer.open("sami")

    heard = heard_over(
        mixer,
        {"hana": encoded(tone(440, 100)), "sami": encoded(tone(1000, 100))},
        minus_for=("hana", "sami"),
    )

    assert loudest_hertz(heard["hana"]) == pytest.approx(1000, abs=5)
    assert loudest_hertz(heard["sami"]) == pytest.approx(440, abs=5)
    assert power_at(heard["hana"], 440) < power_at(heard["hana"], 1000) / 30
    assert power_at(heard["sami"], 1000) < power_at(heard["sami"], 440) / 30
    assert power_at(heard[""], 440) > 2000
    assert power_at(heard[""], 1000) > 2000


def test_own_mix_is_made_only_for_who_listens():
    mixer = Mixer()
    mixer.open("hana")
    mixer.open("sami")

    assert mixer.tick(("sami",)).minus.keys() == {"sami"}


def test_empty_stage_costs_no_encoding(monkeypatch):
    mixer = Mixer()
    monkeypatch.setattr(
        mixing.Encoder, "encode", lambda self, pcm: pytest.fail("silence was encoded again")
    )

    first, second = mixer.tick(()), mixer.tick(())

    assert first.audience == second.audience
    assert not Decoder().decode(first.audience).any()


def test_closed_microphone_is_silent_in_the_same_tick():
    mixer = Mixer()
    say(mixer.open("hana"), encoded(tone(440, 10)))
    mixer.tick(())

    mixer.close("hana")

    decoder = Decoder()
    tail = [decoder.decode(mixer.tick(()).audience) for _ in range(5)]
    assert np.abs(tail[-1]).max() < 50


@pytest.mark.parametrize("bad", [b"", b"\x00", b"\xff" * 2000])
def test_bad_payload_does_not_end_a_voice(bad):
    mixer = Mixer()
    mixer.open("hana")
    packets = encoded(tone(440, 100))
    packets[30:40] = [bad] * 10

    heard = heard_over(mixer, {"hana": packets})[""]

    assert loudest_hertz(heard[-FRAME * 30 :]) == pytest.approx(440, abs=5)
    assert power_at(heard[-FRAME * 30 :], 440) > 2000


def test_levels_are_told_five_times_a_second_at_most():
    mixer = Mixer()
    microphone = mixer.open("hana")
    news = []

    for number, packet in enumerate(encoded(tone(440, 100, 5000))):
        microphone.push(number, number * FRAME, packet, number * 0.02)
        levels = mixer.tick(()).levels
        if levels is not None:
            news.append(levels)

    assert 1 <= len(news) <= 10
    assert 0.5 < news[-1]["hana"] <= 1


def test_who_stopped_talking_is_told_once_as_zero():
    mixer = Mixer()
    say(mixer.open("hana"), encoded(tone(440, 10)))
    news = [mixer.tick(()).levels for _ in range(100)]

    told = [levels for levels in news if levels is not None]

    assert told[-1] == {"hana": 0.0}
    assert [levels for levels in told if levels["hana"] == 0] == [{"hana": 0.0}]


def test_who_closed_the_microphone_is_told_as_zero():
    mixer = Mixer()
    say(mixer.open("hana"), encoded(tone(440, 10)))
    for _ in range(10):
        mixer.tick(())

    mixer.close("hana")

    told = [levels for levels in (mixer.tick(()).levels for _ in range(30)) if levels is not None]
    assert told == [{"hana": 0.0}]


def test_silence_packet_is_silence_of_one_tick():
    assert not Decoder().decode(mixing.SILENCE_PACKET).any()
    assert Decoder().decode(mixing.SILENCE_PACKET).size == FRAME
