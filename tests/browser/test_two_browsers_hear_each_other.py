"""The heart of the product: people speak in real browsers, and others hear them."""

import time

import pytest
from playwright.sync_api import expect

from spaces import actions
from tests.browser.listening import SILENT_DB, Ear
from tests.browser.steps import (
    add_speaker,
    ask_to_speak,
    choose_for,
    come_to_listen,
    enter,
    go_on_air,
    open_microphone,
)
from tests.factories import make_user

pytestmark = pytest.mark.browser

HANA_HZ = 440
SAMI_HZ = 880


def test_logged_out_listener_hears_the_host(people, space):
    go_on_air(people, space, "hana", HANA_HZ)

    _, ear = come_to_listen(people, space)

    ear.wait_for(HANA_HZ)


def test_two_speakers_hear_each_other_and_never_themselves(people, space):
    add_speaker(space)
    host = go_on_air(people, space, "hana", HANA_HZ)
    speaker = go_on_air(people, space, "sami", SAMI_HZ)
    _, listener = come_to_listen(people, space)
    host_ear, speaker_ear = Ear(host), Ear(speaker)

    listener.wait_for(HANA_HZ)
    listener.wait_for(SAMI_HZ)
    host_ear.wait_for(SAMI_HZ)
    speaker_ear.wait_for(HANA_HZ)
    assert not host_ear.hears(HANA_HZ)
    assert not speaker_ear.hears(SAMI_HZ)


def test_mute_by_the_host_is_silence_within_half_a_second(people, space):
    participant = add_speaker(space)
    host = people.open("hana")
    enter(host, space)
    speaker = go_on_air(people, space, "sami", SAMI_HZ)
    _, ear = come_to_listen(people, space)
    ear.wait_for(SAMI_HZ)

    choose_for(host, participant, "mute")
    started = time.monotonic()
    ear.wait_for_silence()

    assert time.monotonic() - started < 0.5
    expect(speaker.locator(".controls")).to_have_attribute("data-microphone", "muted_by_crew")


def test_promoted_listener_is_heard(people, space):
    make_user("lena")
    host = people.open("hana")
    enter(host, space)
    _, ear = come_to_listen(people, space)
    lena = people.open("lena", microphone_hz=SAMI_HZ)
    enter(lena, space)

    ask_to_speak(lena)
    host.locator("#queue [data-verb=accept]").click()
    open_microphone(lena)

    ear.wait_for(SAMI_HZ)
    expect(host.locator("#tiles-speakers .tile")).to_contain_text("Lena")


def test_speaker_who_is_moved_down_goes_silent_without_a_new_connection(people, space):
    participant = add_speaker(space)
    host = people.open("hana")
    enter(host, space)
    speaker = go_on_air(people, space, "sami", SAMI_HZ)
    _, ear = come_to_listen(people, space)
    ear.wait_for(SAMI_HZ)
    stream = "document.querySelector('audio[data-down]').srcObject.id"
    before = speaker.evaluate(stream)

    choose_for(host, participant, "move-down")

    ear.wait_for_silence()
    expect(speaker.locator(".controls")).to_have_attribute("data-role", "listener")
    assert speaker.evaluate(stream) == before


def test_end_tells_everyone_and_stops_the_sound(people, space):
    host = go_on_air(people, space, "hana", HANA_HZ)
    listener, ear = come_to_listen(people, space)
    ear.wait_for(HANA_HZ)

    host.locator(".controls [data-do=end]").click()
    host.locator("#end-dialog .btn-stop").click()

    expect(listener.locator("#ended")).to_be_visible()
    expect(host.locator("#ended")).to_be_visible()
    assert listener.evaluate("document.querySelector('audio[data-down]').srcObject") is None


def test_sound_is_back_by_itself_after_the_media_node_was_killed(people, space, stack):
    go_on_air(people, space, "hana", HANA_HZ)
    _, ear = come_to_listen(people, space)
    ear.wait_for(HANA_HZ)

    stack.programs["media"].kill()
    killed = time.monotonic()
    # What a supervisor does within a second.
    stack.run_media()
    ear.wait_for_silence()
    ear.wait_for(HANA_HZ)

    assert time.monotonic() - killed < 5


def test_sound_moves_to_another_node_when_its_own_is_killed(people, space, stack):
    stack.run_media("media-2")
    go_on_air(people, space, "hana", HANA_HZ)
    _, ear = come_to_listen(people, space)
    ear.wait_for(HANA_HZ)
    hosting = stack.hosting_node(space)

    stack.programs[hosting].kill()
    killed = time.monotonic()
    ear.wait_for_silence()
    ear.wait_for(HANA_HZ)

    assert time.monotonic() - killed < 5


def test_sound_never_stops_while_the_web_process_is_gone(people, space, stack):
    speaker = add_speaker(space)
    go_on_air(people, space, "hana", HANA_HZ)
    listener, ear = come_to_listen(people, space)
    ear.wait_for(HANA_HZ)
    ear.start_watching()

    stack.programs["web"].kill()
    expect(listener.locator("[data-sound-status]")).to_contain_text("Reconnecting")
    # What happens meanwhile, with nobody to tell the page.
    stack.act(actions.move_to_audience, actor=space.host, space=space, participant=speaker)
    stack.run_web()
    expect(listener.locator("[data-sound-status]")).to_be_empty(timeout=20_000)

    assert min(ear.stop_watching()) > SILENT_DB
    expect(listener.locator("#tiles-speakers .tile")).to_have_count(0)
