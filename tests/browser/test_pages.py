"""Every page, to everybody, at every width: no complaint in the console, nothing cut off."""

import pytest
from playwright.sync_api import Page

from spaces.models import Space
from tests.browser.steps import come_in
from tests.factories import make_host, make_participant, make_space, make_topic, make_user

pytestmark = pytest.mark.browser

NARROWEST, PHONE, DESK = 320, 390, 1280
# Whatever sticks out to the side, named.
STICKING_OUT = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 0.5)
    .map((element) => `${element.tagName}.${element.className}`);
}
"""
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff Adolph Blaine"


@pytest.fixture
def space(stack) -> Space:
    """With the longest words that fit in it."""
    space = make_space(make_host("hana", name=LONG_NAME), title="Schifffahrts" * 5)
    space.topics.add(make_topic("Coast"))
    make_participant(space, user=make_user("sami", name=LONG_NAME), role="speaker")
    return space


@pytest.fixture
def addresses(space) -> list[str]:
    over = make_space(make_host("otto"), ended=True)
    return [
        "/",
        "/topics/coast/",
        "/spaces/start/",
        "/@hana",
        "/account/login/",
        "/account/signup/",
        "/mailbox/",
        space.get_absolute_url(),
        over.get_absolute_url(),
        "/there-is-no-such-page/",
    ]


def look_at(page: Page, address: str) -> list[str]:
    """Load on a phone by day and at a desk by night; gives what is wrong."""
    wrong = []
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    for width, scheme in ((PHONE, "light"), (DESK, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.goto(address, wait_until="load")
        for measured in {width, NARROWEST}:
            page.set_viewport_size({"width": measured, "height": 800})
            if sticking_out := page.evaluate(STICKING_OUT):
                wrong.append(f"{address} at {measured}: {sticking_out[:5]}")
    return wrong + [f"{address} loads {url}" for url in failed if url != page.url]


def look_at_all(page: Page, addresses: list[str]) -> list[str]:
    wrong = []
    for address in addresses:
        # Listeners of the page before would count its failures twice.
        fresh = page.context.new_page()
        wrong += look_at(fresh, address)
        fresh.close()
    return wrong


def test_no_page_of_a_visitor_complains_or_scrolls_sideways(people, addresses):
    page = people.visit()

    assert look_at_all(page, addresses) == []


def test_no_page_of_a_host_complains_or_scrolls_sideways(people, addresses):
    page = people.visit("hana")

    assert look_at_all(page, [each for each in addresses if "/account/" not in each]) == []


def test_no_page_of_somebody_below_the_bar_complains_or_scrolls_sideways(people, stack):
    make_user("lena", name=LONG_NAME, follower_count=587)
    page = people.visit("lena")

    assert look_at_all(page, ["/", "/spaces/start/", "/@lena", "/account/email/"]) == []


def test_room_behind_the_door_fits_every_width(people, space):
    page = come_in(people, space, "hana")

    for width in (NARROWEST, PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(STICKING_OUT) == [], width
