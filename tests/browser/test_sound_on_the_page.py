"""The audio element and its surroundings: autoplay, the keys of a headset, the screen."""

import re

import pytest
from playwright.sync_api import Page, expect

from spaces import actions
from tests.browser.listening import Ear
from tests.browser.steps import add_speaker, come_in, enter, open_microphone

pytestmark = pytest.mark.browser

IS_PLAYING = """
() => {
  const element = document.querySelector("audio[data-down]");
  return Boolean(element.srcObject) && !element.paused;
}
"""
# A headset's keys reach a page through handlers that only the browser can call.
KEEP_MEDIA_KEYS = """
window.mediaKeys = {};
const set = MediaSession.prototype.setActionHandler;
MediaSession.prototype.setActionHandler = function (key, act) {
  set.call(this, key, act);
  window.mediaKeys[key] = act;
};
"""
KEEP_WAKE_LOCKS = """
window.locks = [];
navigator.wakeLock.request = async (kind) => {
  const lock = new EventTarget();
  lock.kind = kind;
  lock.isHeld = true;
  lock.release = async () => {
    lock.isHeld = false;
    lock.dispatchEvent(new Event("release"));
  };
  window.locks.push(lock);
  return lock;
};
"""
REFUSE_TO_PLAY = """
() => {
  const element = document.querySelector("audio[data-down]");
  element.play = () => Promise.reject(new DOMException("", "NotAllowedError"));
  element.pause();
}
"""
ALLOW_TO_PLAY = "() => { delete document.querySelector('audio[data-down]').play; }"
PAUSE = "() => document.querySelector('audio[data-down]').pause()"
LISTEN = ".controls [data-do=listen]"


def show(page: Page, state: str) -> None:
    """The page goes to the background, or comes back."""
    page.evaluate(
        """state => {
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def wait_until_playing(page: Page) -> None:
    page.wait_for_function(IS_PLAYING)


def test_sign_and_title_of_the_tab_are_live_while_the_sound_is_on(people, space):
    page = come_in(people, space)
    sign = page.locator("link[data-icon]")

    expect(sign).to_have_attribute("href", re.compile("favicon_live"))
    expect(page).to_have_title(re.compile("Live: "))

    actions.end_space(actor=space.host, space=space)
    expect(sign).not_to_have_attribute("href", re.compile("favicon_live"))
    expect(page).to_have_title(re.compile("Ended: "))


def test_nothing_plays_before_the_tap(people, space):
    page = people.visit()
    page.goto(space.get_absolute_url())
    page.wait_for_timeout(700)

    assert not page.evaluate(IS_PLAYING)
    page.locator("#gate [data-do=listen]").click()

    wait_until_playing(page)
    expect(page.locator("[data-sound-status]")).to_be_empty()


def test_sound_the_browser_refuses_is_offered_by_a_button(people, space):
    page = come_in(people, space)
    wait_until_playing(page)

    page.evaluate(REFUSE_TO_PLAY)
    expect(page.locator("[data-sound-status]")).to_contain_text("Tap Listen to go on")
    page.evaluate(ALLOW_TO_PLAY)
    page.locator(LISTEN).click()

    wait_until_playing(page)
    expect(page.locator(LISTEN)).to_be_hidden()


def test_interrupted_sound_goes_on_by_itself_in_front(people, space):
    page = come_in(people, space)
    wait_until_playing(page)

    page.evaluate(PAUSE)

    wait_until_playing(page)


def test_sound_interrupted_behind_a_locked_screen_is_back_with_the_page(people, space):
    page = come_in(people, space)
    wait_until_playing(page)

    show(page, "hidden")
    page.evaluate(PAUSE)
    expect(page.locator(LISTEN)).to_be_visible()
    show(page, "visible")

    wait_until_playing(page)
    expect(page.locator(LISTEN)).to_be_hidden()


def test_headset_sees_the_title_and_its_keys_stop_and_start(people, space):
    page = people.visit()
    page.add_init_script(KEEP_MEDIA_KEYS)
    enter(page, space)
    wait_until_playing(page)

    shown = page.evaluate("[navigator.mediaSession.metadata].map((m) => [m.title, m.artist])[0]")
    assert shown[0].startswith(space.title)
    assert shown[1] == "Hana"
    page.evaluate("mediaKeys.pause()")
    expect(page.locator(LISTEN)).to_be_visible()
    assert not page.evaluate(IS_PLAYING)
    page.evaluate("mediaKeys.play()")

    wait_until_playing(page)


def test_headset_key_mutes_a_speaker(people, space):
    add_speaker(space)
    page = people.visit("sami", permissions=["microphone"])
    page.add_init_script(KEEP_MEDIA_KEYS)
    enter(page, space)
    open_microphone(page)

    page.evaluate("mediaKeys.togglemicrophone()")

    expect(page.locator("#tiles-speakers .tile")).to_have_attribute("data-microphone", "muted")


def test_screen_of_a_speaker_stays_awake_until_they_step_down(people, space):
    add_speaker(space)
    page = people.visit("sami", permissions=["microphone"])
    page.add_init_script(KEEP_WAKE_LOCKS)
    enter(page, space)
    assert page.evaluate("locks.length") == 0

    open_microphone(page)
    page.wait_for_function("() => locks.some((lock) => lock.kind === 'screen' && lock.isHeld)")
    page.locator(".controls [data-do=step-down]").click()

    page.wait_for_function("() => locks.every((lock) => !lock.isHeld)")


def test_reloaded_speaker_is_heard_again_after_one_tap(people, space):
    add_speaker(space)
    page = come_in(people, space, "sami")
    open_microphone(page)
    listener = come_in(people, space)
    ear = Ear(listener)
    ear.wait_for_sound()

    page.reload()
    ear.wait_for_silence()
    page.locator("#gate [data-do=listen]").click()

    ear.wait_for_sound()
    expect(page.locator(".controls")).to_have_attribute("data-microphone", "open")
