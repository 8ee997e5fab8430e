"""When it ends: what everybody is shown, and what the host may look at."""

import pytest
from playwright.sync_api import expect

from spaces import tasks
from tests.browser.steps import come_in
from tests.factories import make_scheduled, make_user

pytestmark = pytest.mark.browser


def test_two_listeners_come_the_space_ends_and_its_host_opens_the_chart(people, space, stack):
    make_user("lena")
    make_scheduled(space.host, title="Next week’s ferries")
    host = come_in(people, space, "hana")
    lena = people.visit("lena")
    lena.goto("/")
    lena.get_by_role("link", name=space.title).first.click()
    lena.locator("#gate [data-do=listen]").click()
    visitor = come_in(people, space)
    expect(host.locator("#audience [data-listener-count]")).to_have_text("2")
    stack.act(tasks.measure_attendance)

    host.locator(".controls [data-do=end]").click()
    host.locator("#end-dialog .btn-stop").click()

    for page in (host, lena, visitor):
        figures = page.locator("#ended .figures")
        expect(figures).to_contain_text("Listeners in all")
        expect(figures.locator("dd").first).to_have_text("2")
        expect(page.locator("#ended")).to_contain_text("Next week’s ferries")
    expect(visitor.get_by_text("Follow people from this Space")).to_be_hidden()

    lena.get_by_role("link", name="Follow people from this Space").click()
    lena.get_by_role("button", name="Follow Hana").click()
    expect(lena.get_by_role("button", name="Following Hana")).to_be_visible()

    host.get_by_role("link", name="See how it went").click()
    expect(host.get_by_role("img", name="Listeners over time")).to_be_visible()
    expect(host.get_by_text("Where listeners came from")).to_be_visible()
    expect(host.locator(".bars").first).to_contain_text("Home and lists")
    host.get_by_text("The same as a table").click()
    expect(host.get_by_role("cell", name="2", exact=True).first).to_be_visible()
