"""Without a network a page says so, and opens by itself when the network is back."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

WORKER_RUNS = "() => navigator.serviceWorker.ready.then((found) => Boolean(found.active))"
ANSWERED_BY_WORKER = "() => navigator.serviceWorker.controller !== null"


@pytest.fixture
def page(people, stack):
    """On the home page, with the worker at work."""
    page = people.visit(service_workers="allow")
    page.goto("/")
    page.evaluate(WORKER_RUNS)
    page.reload()
    page.wait_for_function(ANSWERED_BY_WORKER)
    return page


def test_page_opens_by_itself_when_the_network_is_back(page):
    page.context.set_offline(True)
    page.goto("/spaces/start/")
    expect(page.get_by_role("heading")).to_have_text("No connection")
    assert page.evaluate("() => document.fonts.check('16px \"Bricolage Grotesque\"')")

    page.context.set_offline(False)

    expect(page).to_have_title("Sign in · Rostrum")


def test_page_with_a_network_is_never_an_old_one(page, hana):
    page.goto(hana.get_absolute_url())
    hana.name = "Hana Two"
    hana.save()

    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hana Two")


def test_worker_keeps_the_offline_page_and_nothing_else(page, hana):
    page.goto(hana.get_absolute_url())

    kept = page.evaluate(
        """async () => {
          const names = await caches.keys();
          const requests = await Promise.all(
            names.map(async (name) => (await caches.open(name)).keys()),
          );
          return requests.flat().map((request) => new URL(request.url).pathname);
        }"""
    )

    assert [path for path in kept if not path.startswith("/static/")] == ["/offline/"]
