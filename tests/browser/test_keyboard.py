"""Everything by keyboard, nothing behind what covers it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import add_speaker, ask_to_speak, come_in, enter
from tests.factories import make_request, make_user

pytestmark = pytest.mark.browser

FOCUSED_INSIDE = "selector => Boolean(document.activeElement.closest(selector))"
IS_NOWHERE = "() => document.activeElement === document.body"
# As a browser that asks each time: Chromium's fake answer is a yes for ever.
ASK_EACH_TIME = "navigator.permissions.query = async () => ({ state: 'prompt' });"
MAIN_BUTTON = ".controls [data-do=open]"


def focus_is_on(page: Page, selector: str) -> bool:
    return page.evaluate("selector => document.activeElement.matches(selector)", selector)


def test_tab_reaches_nothing_behind_the_door(people, space):
    page = people.visit()
    page.goto(space.get_absolute_url())
    expect(page.locator("#main")).to_have_attribute("inert", "")

    visited = 0
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate(IS_NOWHERE):
            continue
        visited += 1
        assert page.evaluate(FOCUSED_INSIDE, "#gate")
    assert visited >= 2


def test_door_opens_by_keyboard_and_the_focus_goes_into_the_room(people, space):
    page = people.visit()
    page.goto(space.get_absolute_url())

    page.locator("#gate [data-do=listen]").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#gate")).to_have_count(0)
    assert focus_is_on(page, "#main")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED_INSIDE, ".room-head")


def test_escape_leaves_the_end_dialog_and_the_focus_returns(people, space):
    page = come_in(people, space, "hana")
    page.locator(".controls [data-do=end]").focus()

    page.keyboard.press("Enter")
    expect(page.locator("#end-dialog")).to_be_visible()
    assert page.evaluate(FOCUSED_INSIDE, "#end-dialog")
    page.keyboard.press("Escape")

    expect(page.locator("#end-dialog")).to_be_hidden()
    assert focus_is_on(page, "[data-do=end]")
    expect(page.locator("#stage")).to_be_visible()


def test_escape_closes_the_menu_of_a_speaker_and_the_focus_returns(people, space):
    participant = add_speaker(space)
    page = come_in(people, space, "hana")
    tile = page.locator(f"#tile-{participant.public_id}")
    tile.locator("summary").focus()

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focus_is_on(page, "[data-verb=mute]")
    page.keyboard.press("Escape")

    expect(tile.locator("[data-verb=mute]")).to_be_hidden()
    assert focus_is_on(page, f"#tile-{participant.public_id} summary")


def test_escape_closes_the_account_menu_and_the_focus_returns(people, stack):
    make_user("lena")
    page = people.visit("lena")
    page.goto("/")
    page.locator(".top summary").focus()

    page.keyboard.press("Enter")
    expect(page.locator(".top .menu-body")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")

    expect(page.locator(".top .menu-body")).to_be_hidden()
    assert focus_is_on(page, ".top summary")


def test_escape_from_the_microphone_check_opens_no_microphone(people, space):
    add_speaker(space)
    page = people.visit("sami", permissions=["microphone"])
    page.add_init_script(ASK_EACH_TIME)
    enter(page, space)
    dialog = page.locator("#mic-dialog")
    # What a yes of an earlier time leaves behind.
    page.evaluate("document.querySelector('#mic-dialog').returnValue = 'open'")

    page.locator(MAIN_BUTTON).focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    assert focus_is_on(page, "[data-do=open]")
    page.wait_for_timeout(300)
    expect(page.locator(".controls")).to_have_attribute("data-microphone", "muted")


def test_button_keeps_the_focus_when_news_redraws_it(people, space):
    make_user("lena")
    make_user("otto")
    host = come_in(people, space, "hana")
    lena, otto = come_in(people, space, "lena"), come_in(people, space, "otto")
    ask_to_speak(lena)
    accept = host.locator(".qrow").first.locator("[data-verb=accept]")
    accept.focus()

    ask_to_speak(otto)
    expect(host.locator(".qrow")).to_have_count(2)

    expect(accept).to_be_focused()


def test_f6_goes_from_part_to_part_and_arrows_from_control_to_control(people, space):
    add_speaker(space)
    page = come_in(people, space, "sami")

    places = []
    for key in ("F6", "F6", "F6", "ArrowRight", "Shift+F6"):
        page.keyboard.press(key)
        places.append(
            page.evaluate("document.activeElement.id || document.activeElement.dataset.do")
        )

    assert places == ["stage", "side", "open", "react", "side"]


def test_question_mark_lists_the_keys_and_m_opens_the_microphone(people, space):
    page = come_in(people, space, "hana")
    page.locator("#stage").focus()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#stage")).to_be_focused()
    page.keyboard.press("m")

    expect(page.locator("#tiles-crew .tile")).to_have_attribute("data-microphone", "open")


def test_single_keys_can_be_switched_off(people, space):
    page = come_in(people, space, "hana")
    page.get_by_role("button", name="Keyboard").click()
    page.get_by_label("Single keys work").uncheck()
    page.keyboard.press("Escape")

    page.keyboard.press("?")

    expect(page.locator("#keys-dialog")).to_be_hidden()


def test_focus_goes_to_the_queue_when_its_row_is_answered(people, space):
    make_request(space, user=make_user("lena"))
    page = come_in(people, space, "hana")
    page.locator("[data-verb=decline]").focus()

    page.keyboard.press("Enter")

    expect(page.locator(".qrow")).to_have_count(0)
    expect(page.locator("#queue")).to_be_focused()


def test_focus_stays_in_the_controls_when_the_pressed_one_goes(people, space):
    make_user("lena")
    page = come_in(people, space, "lena")
    page.locator(".controls [data-do=ask]").focus()

    page.keyboard.press("Enter")
    page.keyboard.type("Who pays?")
    page.keyboard.press("Enter")

    expect(page.locator(".controls [data-do=withdraw]")).to_be_visible()
    assert page.evaluate(FOCUSED_INSIDE, ".controls")
