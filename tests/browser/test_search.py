"""Search as people use it: by its key, by the sign on the phone, with a name they cannot spell."""

import pytest
from playwright.sync_api import expect

from tests.factories import make_user

pytestmark = pytest.mark.browser


def test_misspelt_name_leads_to_the_profile_by_keyboard_alone(people, stack):
    make_user("sami", name="Sami Okonkwo")
    page = people.visit()
    page.goto("/")

    page.keyboard.press("/")
    page.keyboard.type("okonkow")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("This comes close")
    page.get_by_role("link", name="Sami Okonkwo").press("Enter")

    expect(page).to_have_url(f"{stack.url}/@sami")


def test_key_is_text_in_a_field_and_selects_what_was_looked_for(people, stack):
    page = people.visit()
    page.goto("/search/?q=nobody")
    field = page.get_by_role("searchbox")

    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("and/or")

    expect(field).to_have_value("and/or")


@pytest.mark.parametrize("path", ["/", "/topics/"])
def test_phone_has_a_sign_that_leads_to_the_field(people, stack, path):
    make_user("sami", name="Sami Okonkwo")
    page = people.visit()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(path)

    page.get_by_role("link", name="Search").click()
    page.get_by_role("searchbox").fill("@sam")
    page.get_by_role("button", name="Find").click()

    expect(page.get_by_role("link", name="Sami Okonkwo")).to_be_visible()
