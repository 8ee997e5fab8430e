"""From no account to a signed-in person and back, by the forms."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import enter
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


def sign_up(page: Page, handle: str) -> None:
    page.goto("/account/signup/")
    page.get_by_label("E-mail").fill(f"{handle}@example.org")
    page.get_by_label("Handle").fill(handle)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("I am at least 16").check()
    page.get_by_role("main").get_by_role("button", name="Sign up").click()


def confirm_by_mailbox(page: Page) -> None:
    page.goto("/mailbox/")
    page.locator(".mail").first.click()
    page.locator(".letter a[href*=confirm-email]").click()
    page.get_by_role("main").get_by_role("button", name=re.compile("Confirm")).click()


def sign_in(page: Page, handle: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("E-mail or handle").fill(handle)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_newcomer_signs_up_confirms_signs_in_and_out(people):
    page = people.visit()

    sign_up(page, "Nora")
    confirm_by_mailbox(page)
    sign_in(page, "nora")
    account = page.locator("summary", has_text="Your account")
    account.click()
    expect(page.locator(".menu-head")).to_contain_text("@Nora")
    page.get_by_role("button", name="Sign out").click()

    expect(account).to_have_count(0)
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()


def test_open_space_page_of_a_signed_out_session_goes_on_as_nobody(people, space):
    room = people.visit("hana")
    enter(room, space)
    expect(room.locator(".controls")).to_have_attribute("data-role", "host")
    elsewhere = room.context.new_page()
    elsewhere.goto("/")

    elsewhere.locator("summary", has_text="Your account").click()
    elsewhere.get_by_role("button", name="Sign out").click()

    expect(room.locator(".controls")).to_have_attribute("data-role", "none")
    expect(room.get_by_role("button", name="Sign in to speak")).to_be_visible()
    expect(room.get_by_role("button", name="Ask to speak")).to_be_hidden()
    expect(room.get_by_role("button", name="End Space")).to_be_hidden()
    expect(room.locator("[data-sound-status]")).to_be_empty()
