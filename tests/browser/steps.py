"""What people do on the pages, with the buttons a person has."""

from playwright.sync_api import Page

from spaces.models import Participant, Space
from tests.browser.conftest import People
from tests.browser.listening import Ear
from tests.factories import make_participant, make_user


def enter(page: Page, space: Space) -> None:
    page.goto(space.get_absolute_url())
    page.locator("#gate [data-do=listen]").click()


def open_microphone(page: Page) -> None:
    page.locator(".controls [data-do=open]").click()
    page.locator(".controls [data-do=mute]").wait_for()


def go_on_air(people: People, space: Space, handle: str, frequency_hz: float) -> Page:
    page = people.open(handle, microphone_hz=frequency_hz)
    enter(page, space)
    open_microphone(page)
    return page


def come_to_listen(people: People, space: Space, handle: str | None = None) -> tuple[Page, Ear]:
    page = people.open(handle)
    enter(page, space)
    return page, Ear(page)


def come_in(people: People, space: Space, handle: str | None = None) -> Page:
    """Inside the room, in the shared browser, ready to speak with its beep."""
    page = people.visit(handle, permissions=["microphone"])
    enter(page, space)
    return page


def ask_to_speak(page: Page, question: str = "") -> None:
    page.locator(".controls [data-do=ask]").click()
    page.locator("#ask-dialog [name=question]").fill(question)
    page.locator("#ask-dialog [value=send]").click()


def choose_for(host: Page, participant: Participant, verb: str) -> None:
    """An item of the menu on somebody's tile."""
    tile = host.locator(f"#tile-{participant.public_id}")
    tile.locator(".tile-menu summary").click()
    tile.locator(f"[data-verb={verb}]").click()


def add_speaker(space: Space, handle: str = "sami") -> Participant:
    return make_participant(space, user=make_user(handle), role=Participant.Role.SPEAKER)
