"""People's pages where the browser is the point: follow in place, look before sending."""

import pytest
from PIL import Image
from playwright.sync_api import expect

from accounts import actions
from tests.factories import make_user

pytestmark = pytest.mark.browser


def test_follow_from_a_list_keeps_place_and_focus_and_can_be_undone(people, stack):
    lena, sami, otto = make_user("lena"), make_user("sami"), make_user("otto")
    stack.act(actions.follow, actor=otto, person=sami)
    stack.act(actions.follow, actor=lena, person=otto)
    page = people.visit("lena")
    page.goto("/@sami/followers/")
    stop = page.get_by_role("button", name="Following Otto")

    stop.press("Enter")

    again = page.get_by_role("button", name="Follow Otto")
    expect(again).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Following Otto")).to_be_visible()
    assert page.url.endswith("/@sami/followers/")


def test_chosen_picture_is_shown_before_and_after_it_is_sent(people, stack, tmp_path):
    make_user("lena")
    photo = tmp_path / "harbour.jpg"
    Image.new("RGB", (300, 200), "teal").save(photo)
    page = people.visit("lena")
    page.goto("/settings/picture/")

    page.get_by_label("New picture").set_input_files(photo)

    expect(page.locator(".picture-now img")).to_have_js_property("naturalWidth", 300)
    page.get_by_role("button", name="Use this picture").click()
    expect(page.locator(".top .av img")).to_have_js_property("complete", True)
    assert page.locator(".top .av img").evaluate("image => image.naturalWidth") > 0


def test_link_of_a_profile_is_copied(people, stack):
    make_user("sami")
    page = people.visit(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/@sami?from=mail#top")

    page.get_by_label("More about Sami").click()
    page.get_by_role("button", name="Copy link").click()

    expect(page.locator("#toasts")).to_contain_text("The link is copied.")
    assert page.evaluate("navigator.clipboard.readText()") == f"{stack.url}/@sami"
