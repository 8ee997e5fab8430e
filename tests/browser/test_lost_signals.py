"""What a page does when a step of its connection to the media node is lost on the way."""

import json
from itertools import count

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.listening import Ear
from tests.browser.steps import add_speaker, come_in, enter

pytestmark = pytest.mark.browser


def lose_first_answer(page: Page, direction: str) -> None:
    """direction: of the sound, as the answer's SDP names it."""
    answers = count()

    def pass_on(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def send(message: str | bytes) -> None:
            signal = json.loads(message)
            is_answer = signal["do"] == "answer" and f"a={direction}" in signal["sdp"]
            if not is_answer or next(answers):
                server.send(message)

        socket.on_message(send)

    page.route_web_socket("**/ws/spaces/**", pass_on)


def test_listener_whose_answer_was_lost_is_connected_by_the_next(people, space):
    add_speaker(space)
    speaker = come_in(people, space, "sami")
    speaker.locator(".controls [data-do=open]").click()
    page = people.visit()
    lose_first_answer(page, "recvonly")

    enter(page, space)

    Ear(page).wait_for_sound()


def test_speaker_whose_answer_was_lost_is_heard_by_the_next(people, space):
    """The node's news that the first connection was replaced is not taken for another page."""
    add_speaker(space)
    page = people.visit("sami", permissions=["microphone"])
    lose_first_answer(page, "sendonly")
    enter(page, space)
    ear = Ear(come_in(people, space))

    page.locator(".controls [data-do=open]").click()

    ear.wait_for_sound()
    expect(page.locator("[data-toast]")).to_have_count(0)


def test_speaker_on_a_second_page_silences_the_first_and_says_so(people, space):
    add_speaker(space)
    first = come_in(people, space, "sami")
    first.locator(".controls [data-do=open]").click()
    expect(first.locator("#tiles-speakers .tile")).to_have_attribute("data-microphone", "open")

    second = first.context.new_page()
    enter(second, space)

    expect(first.locator("[data-toast-text]")).to_contain_text("You speak from another page now.")
    expect(second.locator(".controls")).to_have_attribute("data-microphone", "open")
