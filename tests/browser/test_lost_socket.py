"""A page without its socket says so, keeps the sound, and is right again afterwards."""

import pytest
from playwright.sync_api import expect

from spaces import actions
from tests.browser.listening import SILENT_DB, Ear
from tests.browser.steps import add_speaker, come_in, enter, go_on_air

pytestmark = pytest.mark.browser


def test_sound_goes_on_while_the_page_has_no_network_for_its_socket(people, space):
    speaker = add_speaker(space)
    go_on_air(people, space, "hana", 440)
    listener = come_in(people, space)
    ear = Ear(listener)
    ear.wait_for(440)
    status = listener.locator("[data-sound-status]")
    ear.start_watching()

    # WebRTC does not go through what Chromium takes away here.
    listener.context.set_offline(True)
    expect(status).to_contain_text("Reconnecting")
    people.stack.act(actions.move_to_audience, actor=space.host, space=space, participant=speaker)
    listener.context.set_offline(False)

    expect(status).to_be_empty()
    expect(listener.locator("#tiles-speakers .tile")).to_have_count(0)
    assert min(ear.stop_watching()) > SILENT_DB


def test_page_that_missed_the_end_is_told_when_it_is_back(people, space):
    listener = come_in(people, space)
    listener.context.set_offline(True)
    expect(listener.locator("[data-sound-status]")).to_contain_text("Reconnecting")

    people.stack.act(actions.end_space, actor=space.host, space=space)
    listener.context.set_offline(False)

    expect(listener.locator("#ended")).to_be_visible()


def test_home_page_is_right_again_after_its_socket_was_lost(people, space):
    page = people.visit()
    page.goto("/")
    expect(page.locator(".card")).to_have_count(1)
    page.context.set_offline(True)
    expect(page.get_by_role("main")).to_have_attribute("aria-busy", "true")

    people.stack.act(actions.end_space, actor=space.host, space=space)
    page.context.set_offline(False)

    expect(page.locator(".card")).to_have_count(0)
    expect(page.get_by_role("main")).to_have_attribute("aria-busy", "false")


def test_speaker_is_heard_on_when_the_socket_comes_back(people, space):
    add_speaker(space)
    page = go_on_air(people, space, "sami", 880)
    listener = people.visit()
    enter(listener, space)
    ear = Ear(listener)
    ear.wait_for(880)

    page.context.set_offline(True)
    expect(page.locator("[data-sound-status]")).to_contain_text("Reconnecting")
    page.context.set_offline(False)
    expect(page.locator("[data-sound-status]")).to_be_empty()

    assert ear.hears(880)
    expect(page.locator(".controls")).to_have_attribute("data-microphone", "open")
