"""The page learns where its reader is, and the server is told once."""

import re

import pytest
from playwright.sync_api import expect

from tests.factories import make_user

pytestmark = pytest.mark.browser

TOKYO = "Asia/Tokyo"


def cookies(page):
    return {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}


def test_server_writes_in_the_zone_that_the_first_page_told_it(people, space):
    page = people.visit(timezone_id=TOKYO)
    started = page.locator("time").first
    page.goto(space.get_absolute_url())
    expect(started).to_have_attribute("datetime", re.compile(r"\+00:00$"))
    assert cookies(page)["time_zone"] == TOKYO

    page.reload()

    expect(started).to_have_attribute("datetime", re.compile(r"\+09:00$"))


def test_zone_of_the_account_is_left_alone(people, stack):
    make_user("lena", time_zone="Europe/Berlin")
    page = people.visit("lena", timezone_id=TOKYO)

    page.goto("/")

    expect(page.locator("html")).to_have_attribute("data-time-zone", "Europe/Berlin")
    assert "time_zone" not in cookies(page)
