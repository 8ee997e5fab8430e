from collections.abc import Iterable

import numpy as np
import pytest

from spaces.media import mixer as mixing
from spaces.media.microphone import Microphone
from spaces.media.mixer import Mixer
from spaces.media.opus import FRAME, SILENCE, Decoder, Pcm
from tests.speech import speech

from .test_opus import encoded, loudest_hertz, tone
from .test_talking import at_dbfs


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


def says(microphone: Microphone, pcm: Pcm) -> None:
    """From now on, frame by frame and without a network; silence after it."""
    frames = iter(pcm.reshape(-1, FRAME))

    def frame() -> Pcm:
        said = next(frames, SILENCE)
        microphone.meter.add(said)
        return said

    microphone.frame = frame


def news_of(mixer: Mixer, ticks: int) -> list[tuple[int, dict[str, float]]]:
    told = ((tick, mixer.tick(()).levels) for tick in range(ticks))
    return [(tick, dict(levels)) for tick, levels in told if levels is not None]


def most_in_a_second(ticks: Iterable[int]) -> int:
    ticks = list(ticks)
    return max(sum(start <= tick < start + 50 for tick in ticks) for start in ticks)


def first_loud_tick(pcm: Pcm) -> int:
    """Where a voice passes -30 dBFS: a vowel, or a plosive."""
    powers = (pcm.reshape(-1, FRAME).astype(float) ** 2).mean(axis=1)
    return int(np.argmax(powers > 1036**2))


def test_levels_are_told_five_times_a_second_at_most():
    mixer = Mixer()
    says(mixer.open("hana"), speech("hana"))

    news = news_of(mixer, 450)

    assert most_in_a_second(tick for tick, _ in news) <= 5
    assert len(news) > 9
    assert max(levels["hana"] for _, levels in news) > 0.5


def test_level_that_stays_is_told_once():
    mixer = Mixer()
    says(mixer.open("hana"), tone(440, 45, 5000))

    news = news_of(mixer, 45)

    assert len(news) == 1
    assert 0.5 < news[0][1]["hana"] <= 1


@pytest.mark.parametrize("silent_ticks", range(20, 30))
def test_first_word_after_a_quiet_time_is_told_in_its_tick(silent_ticks):
    mixer = Mixer()
    microphone = mixer.open("hana")
    says(microphone, np.concatenate([np.tile(SILENCE, silent_ticks), speech("hana")]))

    while not microphone.meter.is_talking:
        levels = mixer.tick(()).levels

    assert levels == {"hana": pytest.approx(microphone.meter.level, abs=0.01)}


def test_right_person_is_shown_within_250_ms_of_speaking():
    turn = 57  # ticks: onsets fall on every phase of the news
    said = {"hana": [], "sami": []}
    for number in range(14):
        speaker, other = ("hana", "sami") if number % 2 else ("sami", "hana")
        start = FRAME * 20 * number
        said[speaker].append(speech(speaker)[start : start + FRAME * turn])
        said[other].append(np.tile(SILENCE, turn))
    mixer = Mixer()
    voices = {person: np.concatenate(parts) for person, parts in said.items()}
    for person, voice in voices.items():
        says(mixer.open(person), voice)

    news = news_of(mixer, 14 * turn)

    waits = []
    for number in range(14):
        speaker = "hana" if number % 2 else "sami"
        begins = number * turn
        onset = begins + first_loud_tick(voices[speaker][begins * FRAME :])
        shown = min(tick for tick, levels in news if tick >= begins and levels.get(speaker, 0))
        # A tick's frame has been heard to its end.
        waits.append((shown + 1 - onset) * 20)
    assert max(waits) <= 250
    assert most_in_a_second(tick for tick, _ in news) <= 5


def mixed_power(mixer: Mixer, ticks: int, monkeypatch) -> float:
    mixed = []
    monkeypatch.setattr(mixing.Encoder, "encode", lambda self, pcm: mixed.append(pcm) or b"")
    for _ in range(ticks):
        mixer.tick(())
    return float((np.concatenate(mixed).astype(float) ** 2).mean())


def test_quiet_voice_comes_out_louder_with_levelling(monkeypatch):
    quiet = at_dbfs(speech("hana"), -40)
    powers = []
    for levelling in (False, True):
        mixer = Mixer(levelling=levelling)
        says(mixer.open("hana"), quiet)
        powers.append(mixed_power(mixer, 450, monkeypatch))

    assert powers[1] > powers[0] * 10


def test_person_keeps_the_level_when_muting_and_unmuting(monkeypatch):
    quiet = at_dbfs(speech("hana"), -40)
    mixer = Mixer(levelling=True)
    says(mixer.open("hana"), quiet)
    mixed_power(mixer, 450, monkeypatch)

    mixer.close("hana")
    says(mixer.open("hana"), quiet)
    again = mixed_power(mixer, 50, monkeypatch)

    as_said = (quiet[: FRAME * 50].astype(float) ** 2).mean()
    assert again > as_said * 10


def test_levels_of_those_who_left_are_not_kept_for_ever():
    mixer = Mixer(levelling=True)
    mixer.open("host")

    for number in range(mixing.LEVELLERS_KEPT * 2):
        mixer.open(str(number))
        mixer.close(str(number))

    assert len(mixer._levellers) == mixing.LEVELLERS_KEPT + 1
    assert "host" in mixer._levellers


def test_open_microphones_without_a_sound_cost_no_encoding(monkeypatch):
    mixer = Mixer()
    for person in ("hana", "sami"):
        says(mixer.open(person), SILENCE)
    monkeypatch.setattr(
        mixing.Encoder, "encode", lambda self, pcm: pytest.fail("silence was encoded again")
    )

    mix = mixer.tick(("hana",))

    assert mix.audience == mix.minus["hana"] == mixing.SILENCE_PACKET


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
