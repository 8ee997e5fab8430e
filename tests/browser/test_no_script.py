"""Without script, and on paper: what is there can be read, what cannot work is not there."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import add_speaker

pytestmark = pytest.mark.browser


def test_space_without_script_says_what_is_missing_and_shows_the_rest(people, space):
    add_speaker(space)
    page = people.visit("hana", java_script_enabled=False)

    page.goto(space.get_absolute_url())

    expect(page.locator("noscript .banner")).to_be_visible()
    expect(page.locator("#tiles-speakers")).to_contain_text("Sami")
    expect(page.locator(":is(#gate, .dock, .tile-menu)").locator("visible=true")).to_have_count(0)


def test_paper_has_the_space_and_none_of_its_controls(people, space):
    page = people.visit("hana")
    page.goto(space.get_absolute_url())

    page.emulate_media(media="print")

    expect(page.locator("#space-heading")).to_have_text(space.title)
    expect(page.get_by_text("Hosted by Hana, live since")).to_be_visible()
    expect(page.locator("button, #gate, .dock").locator("visible=true")).to_have_count(0)
