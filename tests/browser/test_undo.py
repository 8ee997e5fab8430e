"""What is done can be taken back from the toast that says so."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import add_speaker, choose_for, come_in

pytestmark = pytest.mark.browser


def test_who_was_moved_down_is_invited_back_from_the_toast(people, space):
    participant = add_speaker(space)
    host = come_in(people, space, "hana")
    choose_for(host, participant, "move-down")
    toast = host.locator("[data-toast]", has_text="Sami is in the audience now.")
    expect(toast).to_be_visible()

    toast.get_by_role("button", name="Invite back").click()

    expect(host.locator(".tile-invited")).to_contain_text("Sami")
    expect(toast).to_have_count(0)


def test_toast_with_a_way_back_stays_until_it_is_closed(people, space):
    participant = add_speaker(space)
    host = come_in(people, space, "hana")
    host.clock.install()
    choose_for(host, participant, "move-down")
    toast = host.locator("[data-toast]", has_text="Sami is in the audience now.")
    expect(toast).to_be_visible()

    host.clock.fast_forward(60_000)
    expect(toast).to_be_visible()
    toast.get_by_role("button", name="Close").click()

    expect(toast).to_have_count(0)
