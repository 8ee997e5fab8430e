"""Around the stage, on two people's pages: what is felt, and what is held up."""

import pytest
from playwright.sync_api import Page, expect

from spaces import actions
from spaces.link_preview import Preview
from tests.browser.steps import add_speaker, come_in

pytestmark = pytest.mark.browser


# Each is there for a moment only.
COUNT_FLOATS = """() => {
  const { dataset } = document.body;
  dataset.floated = 0;
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        const isWave = node.matches?.('.float.hue-wave[data-tone="4"]');
        if (isWave) dataset.floated = Number(dataset.floated) + 1;
      }
    }
  }).observe(document.body, { childList: true, subtree: true });
}"""


def expect_count(page: Page, reaction: str, count: int) -> None:
    expect(page.locator(f"[data-reaction={reaction}] [data-count]")).to_have_text(str(count))


def test_reactions_float_and_are_counted_and_pins_are_in_sync(people, space):
    add_speaker(space)
    host, sami = come_in(people, space, "hana"), come_in(people, space, "sami")

    host.evaluate(COUNT_FLOATS)
    # A wave in the tone that Sami chose, by keyboard.
    react = sami.locator(".controls [data-do=react]")
    react.press("Enter")
    sami.get_by_role("button", name="Medium dark").press("Enter")
    sami.get_by_role("button", name="Wave").press("Enter")

    expect(host.locator("body[data-floated='1']")).to_have_count(1)
    for page in (host, sami):
        expect_count(page, "wave", 1)
        expect(page.locator("[data-reaction-total]")).to_have_text("1")
    sami.keyboard.press("Escape")
    expect(sami.locator("#react-bar")).to_be_hidden()
    expect(react).to_be_focused()

    # Sami pins a link; what its page says comes by itself.
    sami.locator("[data-do=pin]").click()
    dialog = sami.get_by_role("dialog", name="Pin for everybody")
    dialog.get_by_role("button", name="Pin").click()
    expect(dialog.get_by_role("alert")).to_have_text("Give a link, or write something.")
    dialog.get_by_label("Link", exact=True).fill("harbour.example/winter")
    dialog.get_by_role("button", name="Pin").click()
    expect(dialog).to_be_hidden()
    for page in (host, sami):
        link = page.locator("#pins .pin a")
        expect(link).to_have_attribute("href", "https://harbour.example/winter")
        expect(link).to_contain_text("harbour.example")
    preview = Preview(title="Winter sailings", site="Harbour Times")
    people.stack.act(actions.describe_pin, pin=space.pins.get(), preview=preview)
    for page in (host, sami):
        expect(page.locator("#pins .pin")).to_contain_text("Winter sailings")

    # The crew takes it down, and puts it back.
    host.get_by_role("tab", name="Comments").click()
    host.locator("#pins [data-verb=unpin]").click()
    for page in (host, sami):
        expect(page.locator("#pins .pin")).to_have_count(0)
    host.locator("[data-toast]", has_text="Unpinned.").get_by_role("button", name="Undo").click()
    for page in (host, sami):
        expect(page.locator("#pins .pin")).to_contain_text("pinned by Sami")
    expect(sami.locator("#pins [data-verb=unpin]")).to_be_visible()
