"""Reading along: in the room, with news, and without any connection for sound."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

COUNT_CONNECTIONS = """
window.connections = 0;
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...taken) { super(...taken); window.connections += 1; }
};
"""


def test_reader_has_a_seat_and_no_sound_until_they_want_it(people, space):
    page = people.visit()
    page.add_init_script(COUNT_CONNECTIONS)
    page.goto(space.get_absolute_url())

    page.locator("#gate [data-do=read]").click()

    says = page.locator(".says-reading")
    expect(says).to_be_visible()
    expect(page.locator("[data-listener-count]").first).to_have_text("1")
    page.reload()
    expect(page.locator("#gate")).to_have_count(0)
    expect(says).to_be_visible()
    assert page.evaluate("window.connections") == 0
    assert page.evaluate("navigator.mediaSession.metadata") is None

    page.locator(".controls [data-do=listen]").click()

    expect(page.locator(".controls")).to_have_attribute("data-sound", "on")
    expect(says).to_be_hidden()
    assert page.evaluate("window.connections") == 1
