"""A passkey of a real browser, kept by Chromium's own virtual device."""

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.test_newcomer import sign_in
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def page(people) -> Page:
    page = people.visit()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    return page


@pytest.fixture
def nora(stack) -> User:
    """Her password is kept as the running instance keeps it, not by the tests' cheap hasher."""
    nora = make_user("nora", password=PASSWORD)
    hasher = Argon2PasswordHasher()
    nora.password = hasher.encode(PASSWORD, hasher.salt())
    nora.save(update_fields=["password"])
    return nora


def add_passkey(page: Page) -> None:
    page.goto("/account/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()


def sign_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()


def test_passkey_is_added_and_signs_in_without_a_password(page, nora):
    sign_in(page, "nora")
    expect(page.locator("summary", has_text="Your account")).to_be_visible()
    add_passkey(page)
    sign_out(page)

    page.goto("/account/login/")
    page.get_by_role("button", name="Use a passkey").click()

    expect(page.locator("summary", has_text="Your account")).to_be_visible()
    page.goto("/account/2fa/webauthn/")
    expect(page.get_by_text("My laptop")).to_be_visible()


def test_device_that_knows_no_passkey_gets_a_sentence(page):
    page.goto("/account/login/")

    page.get_by_role("button", name="Use a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("That did not work")
