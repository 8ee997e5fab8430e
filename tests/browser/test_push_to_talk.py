"""Speaking while the space bar is held."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import add_speaker, enter

pytestmark = pytest.mark.browser


@pytest.fixture
def page(people, space):
    """Sami's, on stage, with push-to-talk switched on and inside the room."""
    sami = add_speaker(space).user
    sami.push_to_talk = True
    sami.save(update_fields=["push_to_talk"])
    page = people.visit("sami", permissions=["microphone"])
    enter(page, space)
    expect(page.locator(".controls")).to_have_attribute("data-sound", "on")
    return page


def microphone(space):
    return space.participants.get(user__handle="sami").microphone


def test_microphone_is_open_while_the_space_bar_is_held(page, space):
    controls, tile = page.locator(".controls"), page.locator("#tiles-speakers .tile")
    posted = []
    page.on("request", lambda request: request.method == "POST" and posted.append(request.url))

    page.keyboard.down(" ")
    expect(page.get_by_text("Speaking while you hold the space bar")).to_be_visible()
    expect(tile).to_have_attribute("data-microphone", "open")
    page.keyboard.down(" ")
    page.keyboard.up(" ")

    expect(controls).to_have_attribute("data-microphone", "muted", timeout=200)
    expect(tile).to_have_attribute("data-microphone", "muted")
    assert [url.rstrip("/").rpartition("/")[2] for url in posted] == ["open", "mute"]


def test_letting_go_before_the_microphone_was_open_leaves_it_muted(page, space):
    page.keyboard.down(" ")
    page.keyboard.up(" ")

    page.wait_for_timeout(1_500)
    assert microphone(space) == "muted"
    expect(page.locator(".controls")).to_have_attribute("data-microphone", "muted")


def test_space_bar_does_nothing_for_who_has_not_switched_it_on(people, space):
    page = people.visit("hana", permissions=["microphone"])
    enter(page, space)

    page.keyboard.down(" ")

    page.wait_for_timeout(500)
    expect(page.locator(".controls")).to_have_attribute("data-microphone", "muted")
