"""The host sets the room while it is live; what another page offers, and says, follows."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import come_in
from tests.factories import make_host, make_space, make_user

pytestmark = pytest.mark.browser


def set_rules(host, *, who_may_speak, takes_requests):
    host.locator("#crewbar").get_by_role("link", name="Settings").click()
    form = host.locator("#settings-form")
    form.locator(f"[name=who_may_speak][value={who_may_speak}]").check()
    form.locator("[name=takes_requests]").set_checked(takes_requests)
    form.get_by_role("button", name="Save").click()
    expect(host.locator("#settings-dialog")).to_be_hidden()


def test_what_the_host_sets_changes_the_button_and_the_sentence_of_a_listener(people):
    hana = make_host("hana")
    space = make_space(hana)
    make_user("lena")
    host, listener = come_in(people, space, "hana"), come_in(people, space, "lena")
    ask = listener.locator(".controls [data-do=ask]")
    step_up = listener.locator(".controls [data-do=step-up]")
    why = listener.locator(".dock [data-why]")
    expect(ask).to_be_visible()
    expect(why).to_be_empty()
    expect(listener.locator("#crewbar")).to_be_hidden()

    host.locator("#crewbar").get_by_role("link", name="Timer").click()
    expect(host.get_by_label("Speaking time")).to_be_focused()
    words = host.get_by_label("Words that hold a comment back")
    words.fill("x" * 41)
    host.get_by_role("button", name="Save").click()
    expect(host.locator("#settings-form")).to_contain_text("is longer than 40 characters")
    expect(words).to_be_focused()
    host.keyboard.press("Escape")

    set_rules(host, who_may_speak="everyone", takes_requests=True)

    expect(host.locator("#toasts")).to_contain_text("Saved.")
    expect(step_up).to_be_visible()
    expect(ask).to_be_hidden()

    set_rules(host, who_may_speak="invited", takes_requests=False)

    expect(why).to_have_text("Only people Hana invites may speak. You can still write a comment.")
    expect(ask).to_be_hidden()
    expect(step_up).to_be_hidden()

    host.get_by_role("button", name="Pause comments").click()

    expect(host.get_by_role("button", name="Resume comments")).to_be_visible()
    expect(why).to_have_text("Only people Hana invites may speak.")
