"""What a page does when its network, its sleep or its place among several is to blame.

A lost socket, a lost answer and a lost node have tests of their own (test_lost_socket.py,
test_lost_signals.py, test_two_browsers_hear_each_other.py).
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.browser.listening import PRESENT_DB, Ear
from tests.browser.steps import add_speaker, come_in, enter, go_on_air, open_microphone
from tests.factories import make_user
from tests.impairment import (
    KEEP_CANDIDATES_JS,
    PROXY_ADDRESS,
    BadNetwork,
    Impairment,
    bad_network_aside,
)

pytestmark = pytest.mark.browser

HANA_HZ = 440
SAMI_HZ = 880
# Below those that the system hands out.
PORTS = range(23_100, 23_140)
STATUS = "[data-sound-status]"
# As a browser with one microphone, which the test may unplug.
KEEP_TRACKS = """
window.tracks = [];
const openTrack = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  if (window.isUnplugged && wanted.audio.deviceId?.exact) {
    throw new DOMException("", "OverconstrainedError");
  }
  const stream = await openTrack(wanted);
  tracks.push(stream.getAudioTracks()[0]);
  return stream;
};
"""
END_TRACK = "() => { tracks[0].stop(); tracks[0].dispatchEvent(new Event('ended')); }"
SHOW_AGAIN = """
() => {
  dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
}
"""


@pytest.fixture
def far_node(stack) -> Iterator[BadNetwork]:
    """The one media node, reached through a network that the test may spoil."""
    stack.programs["media"].stop()
    ports = f"{PORTS.start}-{PORTS.stop - 1}"
    with bad_network_aside(Impairment(), PORTS) as network:
        stack.run_media("far", MEDIA_ADVERTISE=PROXY_ADDRESS, MEDIA_PORTS=ports)
        yield network


def come_from_afar(
    people, space, handle: str | None = None, microphone_hz: float | None = None
) -> Page:
    page = people.open(handle, microphone_hz=microphone_hz)
    page.add_init_script(KEEP_CANDIDATES_JS)
    enter(page, space)
    if microphone_hz:
        open_microphone(page)
    return page


class Wire:
    """The page's sockets, passed on until the wire is cut; nobody is told when it is."""

    def __init__(self, page: Page) -> None:
        self.is_cut = False
        self.said: list[str] = []
        page.route_web_socket("**/ws/spaces/**", self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            return
        server = socket.connect_to_server()
        server.on_message(lambda message: self.is_cut or socket.send(message))
        socket.on_message(lambda message: self._say(message, server))

    def _say(self, message: str | bytes, server: WebSocketRoute) -> None:
        self.said.append(json.loads(message)["do"])
        if not self.is_cut:
            server.send(message)


@contextmanager
def asleep(browser: Browser) -> Iterator[None]:
    """No process of the browser runs, as on a machine that sleeps."""
    session = browser.new_browser_cdp_session()
    info = session.send("SystemInfo.getProcessInfo")["processInfo"]
    group = os.getpgid(next(each["id"] for each in info if each["type"] == "browser"))
    assert group != os.getpgid(0)
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def test_sound_is_back_by_itself_after_ten_seconds_without_any_network(people, space, far_node):
    come_from_afar(people, space, "hana", HANA_HZ)
    listener = come_from_afar(people, space)
    ear = Ear(listener)
    ear.wait_for(HANA_HZ)

    far_node.is_gone = True
    listener.context.set_offline(True)
    expect(listener.locator(STATUS)).to_contain_text("Reconnecting")
    ear.wait_for_silence()
    listener.wait_for_timeout(10_000)
    far_node.is_gone = False
    listener.context.set_offline(False)

    ear.wait_for(HANA_HZ, timeout_ms=5_000)
    expect(listener.locator(STATUS)).to_be_empty()
    expect(listener.locator("[data-meter]")).to_have_attribute("data-verdict", "good")


def test_socket_that_died_unnoticed_is_replaced_and_the_sound_is_back(people, space, far_node):
    """As behind a router that lost its uplink: the browser still has its network."""
    come_from_afar(people, space, "hana", HANA_HZ)
    listener = people.open()
    listener.add_init_script(KEEP_CANDIDATES_JS)
    wire = Wire(listener)
    enter(listener, space)
    ear = Ear(listener)
    ear.wait_for(HANA_HZ)

    wire.is_cut = far_node.is_gone = True
    ear.wait_for_silence()
    expect(listener.locator(STATUS)).to_contain_text("Reconnecting", timeout=15_000)
    wire.is_cut = far_node.is_gone = False

    ear.wait_for(HANA_HZ, timeout_ms=15_000)
    expect(listener.locator(STATUS)).to_be_empty()


def test_page_asks_seldom_while_no_node_is_there(people, space, stack):
    go_on_air(people, space, "hana", HANA_HZ)
    listener = people.visit()
    wire = Wire(listener)
    enter(listener, space)
    ear = Ear(listener)
    ear.wait_for(HANA_HZ)
    before = wire.said.count("listen")

    stack.programs["media"].kill()
    listener.wait_for_timeout(15_000)
    asked = wire.said.count("listen") - before
    stack.run_media()

    ear.wait_for(HANA_HZ)
    assert 2 <= asked <= 8, wire.said


def test_sound_and_microphone_are_back_after_a_minute_of_sleep(people, space):
    add_speaker(space)
    host = go_on_air(people, space, "hana", HANA_HZ)
    host_ear = Ear(host)
    sleeper = go_on_air(people, space, "sami", SAMI_HZ)
    ear = Ear(sleeper)
    ear.wait_for(HANA_HZ)
    host_ear.wait_for(SAMI_HZ)

    with asleep(sleeper.context.browser):
        host_ear.wait_for_silence()
        time.sleep(60)
    awake = time.monotonic()

    ear.wait_for(HANA_HZ)
    host_ear.wait_for(SAMI_HZ)
    assert time.monotonic() - awake < 5
    expect(sleeper.locator(STATUS)).to_be_empty()


def test_microphone_that_ended_in_its_sleep_is_opened_again(people, space):
    add_speaker(space)
    page = people.visit("sami", permissions=["microphone"])
    page.add_init_script(KEEP_TRACKS)
    enter(page, space)
    open_microphone(page)
    ear = Ear(come_in(people, space))
    ear.wait_for_sound()
    page.wait_for_timeout(1_000)

    page.evaluate(END_TRACK)

    page.wait_for_function("() => tracks.length === 2")
    ear.wait_for_sound()
    expect(page.locator(".controls")).to_have_attribute("data-microphone", "open")
    expect(page.locator("[data-toast]")).to_have_count(0)


def test_microphone_that_was_unplugged_is_muted_and_no_other_opened(people, space):
    add_speaker(space)
    page = people.visit("sami", permissions=["microphone"])
    page.add_init_script(KEEP_TRACKS)
    enter(page, space)
    open_microphone(page)
    expect(page.locator("#tiles-speakers .tile")).to_have_attribute("data-microphone", "open")
    page.wait_for_timeout(1_000)

    page.evaluate("window.isUnplugged = true")
    page.evaluate(END_TRACK)

    expect(page.locator("[data-toast-text]")).to_contain_text("The microphone was unplugged")
    expect(page.locator("#tiles-speakers .tile")).to_have_attribute("data-microphone", "muted")
    assert page.evaluate("tracks.length") == 1


def test_first_page_of_a_speaker_goes_on_listening_when_the_second_speaks(people, space):
    add_speaker(space)
    go_on_air(people, space, "hana", HANA_HZ)
    first = come_in(people, space, "sami")
    open_microphone(first)
    expect(first.locator("#tiles-speakers .tile")).to_have_attribute("data-microphone", "open")
    ear = Ear(first)
    ear.wait_for(HANA_HZ)

    second = first.context.new_page()
    enter(second, space)
    expect(first.locator("[data-toast-text]")).to_contain_text("You speak from another page now.")
    ear.start_watching()
    first.wait_for_timeout(3_000)

    assert min(ear.stop_watching()) > PRESENT_DB
    assert first.locator(".controls").get_attribute("data-sound") == "on"


@pytest.mark.parametrize("handle", ["lena", None])
def test_two_pages_of_one_person_are_one_listener(people, space, handle):
    make_user("lena")
    first = come_in(people, space, handle)
    count = first.locator("[data-listener-count]").first
    expect(count).to_have_text("1")

    second = first.context.new_page()
    enter(second, space)
    # Somebody else's coming shows that the second page was counted, if it ever is.
    come_in(people, space)

    expect(count).to_have_text("2")
    first.wait_for_timeout(2_500)
    expect(count).to_have_text("2")


def test_page_shown_by_the_back_button_sounds_as_before(people, space):
    add_speaker(space)
    host = go_on_air(people, space, "hana", HANA_HZ)
    host_ear = Ear(host)
    page = go_on_air(people, space, "sami", SAMI_HZ)
    ear = Ear(page)
    ear.wait_for(HANA_HZ)
    host_ear.wait_for(SAMI_HZ)

    page.evaluate(SHOW_AGAIN)

    host_ear.wait_for_silence()
    ear.wait_for(HANA_HZ)
    host_ear.wait_for(SAMI_HZ)
    expect(page.locator(".controls")).to_have_attribute("data-microphone", "open")


def test_tone_is_there_all_the_time_through_a_bad_network(people, space, far_node):
    far_node.impairment = Impairment(loss=0.05, jitter_ms=60)
    come_from_afar(people, space, "hana", HANA_HZ)
    listener = come_from_afar(people, space)
    ear = Ear(listener)
    ear.wait_for(HANA_HZ)
    listener.wait_for_timeout(3_000)

    ear.start_watching()
    listener.wait_for_timeout(10_000)
    heard = ear.stop_watching()

    present = sum(level > PRESENT_DB for level in heard) / len(heard)
    assert present >= 0.97, (present, sorted(heard)[:10])
    expect(listener.locator("[data-meter]")).to_have_attribute("data-verdict", "weak")
    expect(listener.locator("[data-meter-word]")).to_have_text("Weak")


def test_crowd_comes_in_one_after_another_and_is_told(people, space, stack):
    stack.programs["media"].stop()
    stack.run_media("slow", MEDIA_JOINS_PER_S="1")
    go_on_air(people, space, "hana", HANA_HZ)
    pages = [people.visit() for _ in range(4)]
    for page in pages:
        page.goto(space.get_absolute_url())

    for page in pages:
        page.evaluate("document.querySelector('#gate [data-do=listen]').click()")

    expect(pages[-1].locator(STATUS)).to_contain_text("Joining…")
    for page in pages:
        Ear(page).wait_for(HANA_HZ)
        expect(page.locator(STATUS)).to_be_empty()


def test_page_in_the_queue_says_so_and_does_not_ask_again(people, space):
    page = people.visit()
    asked = []

    def hold(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def say(message: str | bytes) -> None:
            if json.loads(message)["do"] != "listen":
                server.send(message)
                return
            asked.append(message)
            joining = {"kind": "listen", "peer": "0" * 32, "ahead": 1200 - len(asked)}
            socket.send(json.dumps({"event": "media.joining", "data": joining}))

        socket.on_message(say)

    page.route_web_socket("**/ws/spaces/**", hold)
    enter(page, space)

    expect(page.locator(STATUS)).to_have_text("Joining… 1,199 ahead of you.")
    expect(page.locator(".controls")).to_have_attribute("data-sound", "joining")
    page.wait_for_timeout(6_000)
    assert len(asked) == 1


def test_page_without_room_says_so_and_sounds_as_soon_as_there_is(people, space):
    go_on_air(people, space, "hana", HANA_HZ)
    page = people.visit()
    sockets = []

    def refuse(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        sockets.append(socket)

        def say(message: str | bytes) -> None:
            if json.loads(message)["do"] == "listen" and len(sockets) == 1:
                sockets.append(socket)
                socket.send(json.dumps({"event": "media.full", "data": {"message": "Full."}}))
            else:
                server.send(message)

        socket.on_message(say)

    page.route_web_socket("**/ws/spaces/**", refuse)
    enter(page, space)
    expect(page.locator(STATUS)).to_contain_text("Every media node is at its limit.")

    sockets[0].send(json.dumps({"event": "media.ready", "data": {"moved": False}}))

    Ear(page).wait_for(HANA_HZ)
    expect(page.locator(STATUS)).to_be_empty()


def test_microphone_beyond_the_limit_stays_closed_and_the_page_says_why(people, space, stack):
    stack.programs["web"].stop()
    stack.run_web("narrow", MAX_OPEN_MICS="1")
    stack.wait_for_web()
    add_speaker(space)
    host = come_in(people, space, "hana")
    open_microphone(host)
    page = come_in(people, space, "sami")
    ear = Ear(page)
    ear.wait_for_sound()

    page.locator(".controls [data-do=open]").click()

    expect(page.locator("[data-toast-text]")).to_contain_text("no more can be")
    expect(page.locator(".controls")).to_have_attribute("data-microphone", "muted")
    # Later it opens as if nothing had been.
    host.locator(".controls [data-do=mute]").click()
    ear.wait_for_silence()
    open_microphone(page)
    Ear(host).wait_for_sound()
