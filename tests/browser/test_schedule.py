"""From the announcement to the room, on two pages."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.factories import make_host, make_scheduled

pytestmark = pytest.mark.browser


def test_waiting_page_becomes_the_room_when_the_host_starts(people):
    space = make_scheduled(make_host(), scheduled_for=timezone.now() + timedelta(minutes=9))
    waiting, host = people.visit(), people.visit("hana")
    waiting.goto(space.get_absolute_url())
    expect(waiting.get_by_role("timer")).to_contain_text("seconds")

    host.goto(space.get_absolute_url())
    host.get_by_role("button", name="Start the Space").click()

    expect(host.locator("#gate")).to_be_visible()
    expect(waiting.locator("#gate")).to_be_visible(timeout=10_000)


def test_time_is_asked_for_only_when_it_starts_later(people):
    make_host()
    page = people.visit("hana")
    page.goto("/spaces/start/")
    expect(page.get_by_label("Day and time")).to_be_hidden()

    page.get_by_label("What is it about?").fill("Night trains")
    page.get_by_label("Later").check(force=True)
    moment = page.evaluate(
        """() => {
          const at = new Date(Date.now() + 3 * 24 * 60 * 60 * 1000);
          at.setMinutes(at.getMinutes() - at.getTimezoneOffset());
          return at.toISOString().slice(0, 16);
        }"""
    )
    page.get_by_label("Day and time").fill(moment)
    expect(page.locator("[data-mic-check]")).to_be_hidden()
    page.get_by_role("button", name="Announce the Space").click()

    expect(page.get_by_role("heading", name="Night trains")).to_be_visible()
    expect(page.get_by_role("timer")).to_contain_text("days")
