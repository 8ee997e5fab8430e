"""A "no" is a sentence on the page, and what the person had stays."""

import pytest
from playwright.sync_api import Page, expect

from spaces import actions
from tests.browser.conftest import FLAGS
from tests.browser.steps import ask_to_speak, come_in, enter
from tests.factories import make_host, make_user

pytestmark = pytest.mark.browser

FAKE_ANSWER, FAKE_DEVICE = "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"


def page_without(people, flag: str, *others: str) -> Page:
    """Hana's page in a browser that lacks one of the flags."""
    browser = people.browser_with([other for other in FLAGS if other != flag] + list(others))
    page = people.page(browser.new_context(base_url=people.stack.url))
    people.sign_in(page, "hana")
    return page


def test_refused_request_is_a_toast_and_the_page_stays_as_it_was(people, space):
    make_user("lena")
    page = people.visit("lena")
    # The page would show the end in time: it is to hear of nothing.
    page.route_web_socket("**/ws/**", lambda socket: None)
    enter(page, space)
    people.stack.act(actions.end_space, actor=space.host, space=space)

    ask_to_speak(page)

    expect(page.locator("[data-toast-text]")).to_have_text("This Space has ended.")
    expect(page.locator("#tiles-crew")).to_contain_text("Hana")
    ask = page.locator(".controls [data-do=ask]")
    expect(ask).not_to_have_attribute("aria-busy", "true")


def test_page_without_network_says_so_and_the_question_is_kept_for_the_next_try(people, space):
    make_user("lena")
    page = come_in(people, space, "lena")
    page.route("**/ask/", lambda route: route.abort())

    ask_to_speak(page, "Who pays?")
    expect(page.locator("[data-toast-text]")).not_to_be_empty()
    page.unroute("**/ask/")
    page.locator(".controls [data-do=ask]").click()
    page.locator("#ask-dialog [value=send]").click()

    expect(page.locator(".controls [data-do=withdraw]")).to_be_visible()
    expect(page.locator(".qrow q")).to_have_text("Who pays?")


def test_denied_microphone_shows_what_to_do(people):
    make_host()
    page = page_without(people, FAKE_ANSWER, "--deny-permission-prompts")
    page.goto("/spaces/start/")

    page.get_by_role("button", name="Check the microphone").click()

    expect(page.locator('[data-mic-help="denied"]')).to_be_visible()
    expect(page.locator("[data-mic-help]:visible")).to_have_count(1)


def test_missing_microphone_shows_what_to_do(people):
    make_host()
    page = page_without(people, FAKE_DEVICE)
    page.goto("/spaces/start/")

    page.get_by_role("button", name="Check the microphone").click()

    expect(page.locator('[data-mic-help="missing"]')).to_be_visible()
    expect(page.locator("[data-mic-help]:visible")).to_have_count(1)


def test_host_without_a_microphone_stays_muted_and_is_told(people, space):
    page = page_without(people, FAKE_DEVICE)
    enter(page, space)

    page.locator(".controls [data-do=open]").click()

    expect(page.locator("[data-toast-text]")).to_have_text(
        "No microphone found. Plug one in and try again."
    )
    expect(page.locator(".controls")).to_have_attribute("data-microphone", "muted")
