"""From the form to the stage."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_host, make_topic, make_user

pytestmark = pytest.mark.browser


def start_space(page: Page, title: str) -> None:
    page.goto("/spaces/start/")
    page.get_by_label("What is it about?").fill(title)
    page.get_by_role("button", name="Enter the Space").click()


def test_host_lands_on_the_stage_with_the_microphone_off(people):
    make_host()
    page = people.visit("hana")

    start_space(page, "Night trains")
    page.locator("#gate [data-do=listen]").click()

    expect(page.get_by_role("heading", name="Night trains")).to_be_visible()
    expect(page.locator("#tiles-crew .tile")).to_have_attribute("data-microphone", "muted")
    expect(page.locator(".controls [data-do=open]")).to_be_visible()


def test_microphone_check_shows_level_and_devices(people):
    make_host()
    page = people.open("hana", microphone_hz=440)
    page.goto("/spaces/start/")

    page.get_by_role("button", name="Check the microphone").click()

    expect(page.locator("[data-mic-level] i.on").nth(8)).to_be_attached()
    expect(page.locator("[data-mic-status]")).to_have_text("We hear you")
    device = page.get_by_role("combobox", name="Microphone")
    expect(device).to_be_enabled()
    assert device.locator("option").count() >= 1
    assert "" not in device.locator("option").all_inner_texts()


def test_no_more_than_three_topics_can_be_ticked(people):
    make_host()
    for name in ("Coast", "Local", "Music", "Transport"):
        make_topic(name)
    page = people.visit("hana")
    page.goto("/spaces/start/")
    topics = page.locator("input[name=topics]")

    for number in range(3):
        topics.nth(number).check(force=True)
    expect(page.locator("input[name=topics]:disabled:not(:checked)").first).to_be_attached()
    assert page.locator("input[name=topics]:enabled").count() == 3
    topics.nth(0).uncheck(force=True)

    expect(page.locator("input[name=topics]:disabled")).to_have_count(0)


def test_person_below_the_bar_is_told_what_is_missing_and_gets_no_form(people):
    make_user("sami", follower_count=587)
    page = people.visit("sami")

    page.goto("/spaces/start/")

    expect(page.locator("#host")).to_contain_text("587 of 600 followers")
    expect(page.get_by_role("main").locator("form")).to_have_count(0)
    expect(page.get_by_role("button", name="Enter the Space")).to_have_count(0)
