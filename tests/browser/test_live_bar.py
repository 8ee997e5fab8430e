"""Somebody one follows goes live: every page says so, leads there, and does not jump."""

import pytest
from playwright.sync_api import expect

from accounts.models import Follow
from spaces import actions
from spaces.models import Space
from tests.factories import make_host, make_topic, make_user

pytestmark = pytest.mark.browser

WITHIN_MS = 3_000


@pytest.fixture
def hana(stack):
    return make_host("hana")


@pytest.fixture
def page(people, hana):
    """Lena, who follows Hana, looks at the topics."""
    Follow.objects.create(follower=make_user("lena"), followed=hana)
    make_topic("Coast")
    page = people.visit("lena")
    page.goto("/topics/")
    return page


def start(stack, hana):
    options = {"title": "Night trains", "topics": [], "who_may_speak": Space.WhoMaySpeak.INVITED}
    return stack.act(actions.open_space, actor=hana, **options)


def wait_for_socket(page):
    """News from here on arrives: what was told at the start has come."""
    expect(page.locator("[data-live-bar-place][data-is-told]")).to_be_attached()


def test_bar_comes_leads_into_the_space_and_goes(stack, page, hana):
    wait_for_socket(page)
    start(stack, hana)
    bar = page.locator("[data-live-bar]")
    expect(bar).to_contain_text("Hana is live: Night trains", timeout=WITHIN_MS)
    expect(page.locator("[data-live-bar-news]")).to_have_text("Hana is live: Night trains")

    bar.get_by_role("link", name="Hana is live").click()
    expect(page).to_have_url(f"{stack.url}{Space.objects.get().get_absolute_url()}")
    page.go_back()
    expect(bar).to_be_visible()
    stack.act(actions.end_space, actor=hana, space=Space.objects.get())

    expect(bar).to_contain_text("Nobody you follow is live any more.", timeout=WITHIN_MS)


def test_bar_that_came_late_is_taken_away_when_the_space_ends(stack, page, hana):
    wait_for_socket(page)
    start(stack, hana)
    bar = page.locator("[data-live-bar]")
    expect(bar).to_be_visible(timeout=WITHIN_MS)

    stack.act(actions.end_space, actor=hana, space=Space.objects.get())

    expect(bar).to_have_count(0, timeout=WITHIN_MS)


def test_what_stands_below_stays_where_it_is(stack, page, hana):
    heading = page.get_by_role("heading", name="All topics")
    before = heading.bounding_box()
    wait_for_socket(page)

    start(stack, hana)
    expect(page.locator("[data-live-bar]")).to_be_visible(timeout=WITHIN_MS)

    assert heading.bounding_box() == before


def test_bar_that_was_put_away_is_not_in_the_next_page(stack, page, hana):
    start(stack, hana)
    page.reload()
    page.get_by_role("button", name="Put this bar away").click()
    expect(page.locator("[data-live-bar]")).to_have_count(0)

    page.goto("/upcoming/")

    wait_for_socket(page)
    expect(page.locator("[data-live-bar]")).to_have_count(0)
