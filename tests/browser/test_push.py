"""Messages while no page is open: the switch, and what the worker shows.

There is no push service here: the browser's own debugger brings the messages.
"""

import json

import pytest
from playwright.sync_api import expect

from tests.factories import make_user
from tests.integration.accounts.deliveries import AUTH, P256DH

pytestmark = pytest.mark.browser

WORKER_RUNS = "() => navigator.serviceWorker.ready.then((found) => Boolean(found.active))"
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map(({ title, body, tag, data, icon }) => ({ title, body, tag, data, icon }));
}"""
# Stands in for the browser's own service, which headless Chromium has none of.
PUSH_MANAGER = f"""
const made = {{
  endpoint: "https://push.example/one",
  toJSON: () => ({{
    endpoint: "https://push.example/one",
    keys: {{ p256dh: "{P256DH}", auth: "{AUTH}" }},
  }}),
  unsubscribe: async () => {{ window.subscription = null; }},
}};
window.subscription = null;
PushManager.prototype.getSubscription = async () => window.subscription;
PushManager.prototype.subscribe = async () => (window.subscription = made);
"""


@pytest.fixture
def lena(stack):
    return make_user("lena")


@pytest.fixture
def page(people, lena):
    page = people.visit("lena", service_workers="allow", permissions=["notifications"])
    page.add_init_script(PUSH_MANAGER)
    page.goto("/settings/")
    page.evaluate(WORKER_RUNS)
    return page


@pytest.fixture
def switch(page):
    page.goto("/settings/notifications/")
    return page.locator("[data-push]")


def test_browser_is_told_from_the_press_of_a_button_until_another(switch, lena):
    switch.get_by_role("button", name="Tell this browser").click()
    expect(switch.get_by_role("button", name="Stop telling this browser")).to_be_visible()
    assert [each.endpoint for each in lena.push_subscriptions.all()] == ["https://push.example/one"]

    switch.get_by_role("button", name="Stop telling this browser").click()

    expect(switch.get_by_role("button", name="Tell this browser")).to_be_visible()
    assert not lena.push_subscriptions.exists()


def deliver(page, data):
    debugger = page.context.new_cdp_session(page)
    found = []
    debugger.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(event["registrations"]),
    )
    debugger.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(50)
    origin = page.evaluate("() => location.origin")
    debugger.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[-1]["registrationId"], "data": data},
    )


def test_worker_shows_a_message_and_a_renewed_one_in_its_place(page):
    told = {"title": "Hana is live", "body": "You follow them", "path": "/spaces/1/", "tag": "one"}
    deliver(page, json.dumps(told | {"title": "Hana is nearly live"}))
    page.wait_for_function(f"async () => (await ({SHOWN})()).length === 1")

    deliver(page, json.dumps(told))
    page.wait_for_function(f"async () => (await ({SHOWN})())[0]?.title === 'Hana is live'")

    (shown,) = page.evaluate(SHOWN)
    assert (shown["body"], shown["tag"]) == ("You follow them", "one")
    assert shown["data"] == {"path": "/spaces/1/"}
    assert "/static/img/app_icon_192" in shown["icon"]
