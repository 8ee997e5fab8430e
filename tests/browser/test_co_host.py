"""A co-host helps: asked, accepting, handling people; what only the host may stays the host's."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.browser.listening import Ear
from tests.browser.steps import choose_for, enter, go_on_air
from tests.factories import ask_to_co_host, make_participant, make_user

pytestmark = pytest.mark.browser

SAMI_HZ = 700.0


def row_of(page: Page, participant):
    page.get_by_role("tab", name="People").click()
    return page.locator(f"#listener-{participant.public_id}")


def test_co_host_accepts_and_handles_the_room(people: People, space):
    sami = make_participant(space, user=make_user("sami"), role="speaker")
    nadia = make_participant(space, user=make_user("nadia"))
    host = people.visit("hana")
    enter(host, space)
    on_air = go_on_air(people, space, "sami", SAMI_HZ)
    co_host = people.open("nadia", viewport={"width": 390, "height": 844})
    enter(co_host, space)
    ear = Ear(co_host)
    ear.wait_for(SAMI_HZ)

    # Asked from the list of people, answered beside the controls.
    row = row_of(host, nadia)
    row.locator("summary").click()
    row.locator("[data-verb=co-host-invite]").click()
    expect(on_air.locator("#tiles-crew")).to_contain_text("Asked to co-host")
    expect(co_host.locator(".says-asked")).to_contain_text("Hana asks you to co-host")
    co_host.locator("[data-do=accept-co-hosting]").click()
    for page in (host, on_air, co_host):
        expect(page.locator(f"#tile-{nadia.public_id}")).to_have_attribute("data-role", "co_host")

    # What a co-host may, and what stays the host's.
    expect(co_host.locator(".controls [data-do=end]")).to_be_hidden()
    expect(co_host.locator(f"#tile-{nadia.public_id} .tile-menu")).to_be_hidden()
    choose_for(co_host, sami, "mute")
    expect(on_air.locator(".controls")).to_have_attribute("data-microphone", "muted_by_crew")
    ear.wait_for_silence()

    # A hand is seen by all, and told to the crew.
    on_air.locator(".controls [data-do=hand]").click()
    for page in (host, co_host):
        expect(page.locator(f"#tile-{sami.public_id} .badge-hand")).to_be_visible()
    expect(host.get_by_text("Sami raised a hand.")).to_be_attached()

    # Out of the Space, and let back in.
    choose_for(co_host, sami, "remove")
    expect(host.locator("#tiles-speakers .tile")).to_have_count(0)
    expect(on_air.locator("body")).to_contain_text("You were removed from this Space")
    co_host.locator("[data-toast-undo] button").click()
    expect(co_host.locator("[data-toast-undo]")).to_have_count(0)
    on_air.goto(space.get_absolute_url())
    expect(on_air.locator("#gate")).to_be_visible()


def test_who_is_asked_from_afar_sees_it_on_coming_in_and_asks_to_speak_afterwards(people, space):
    """Their first visit: the page is drawn before anybody knows that they are there."""
    ask_to_co_host(space, make_user("nadia"))
    nadia = people.visit("nadia", permissions=["microphone"])
    enter(nadia, space)
    expect(nadia.locator(".says-asked")).to_contain_text("Hana asks you to co-host")

    nadia.locator("[data-do=accept-co-hosting]").click()
    expect(nadia.locator(".controls")).to_have_attribute("data-role", "co_host")
    nadia.locator(".controls [data-do=step-down]").click()

    # Not "Go on stage", which would be refused: what had let them up ended with it.
    expect(nadia.locator(".controls [data-do=ask]")).to_be_visible()
    expect(nadia.locator(".controls [data-do=step-up]")).to_be_hidden()
