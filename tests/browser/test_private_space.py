"""A Space for followers and one for the invited, by their links: who comes in, and by what."""

import pytest
from playwright.sync_api import expect

from spaces.models import Space
from tests.browser.steps import come_in, enter
from tests.factories import make_user

pytestmark = pytest.mark.browser


def test_private_space_opens_to_who_follows_or_is_invited_and_shuts_again(people, space):
    """Hana's is for followers: Otto follows at the door. Then for the invited: Lena is called in by
    Hana, and the invitation is taken back while she is inside.
    """
    make_user("otto")
    make_user("lena")
    Space.objects.filter(pk=space.pk).update(visibility="followers")
    host, otto, visitor = come_in(people, space, "hana"), people.visit("otto"), people.visit("lena")

    otto.goto(space.get_absolute_url())
    expect(otto).to_have_title("A Space · Rostrum")
    expect(otto.locator("main")).not_to_contain_text(space.title)
    otto.get_by_role("button", name="Follow Hana").click()
    expect(otto.locator("#gate h2")).to_have_text(space.title)
    assert otto.locator('meta[property="og:title"]').get_attribute("content") == space.title

    Space.objects.filter(pk=space.pk).update(visibility="invited")
    visitor.goto(space.get_absolute_url())
    expect(visitor.locator("h1")).to_have_text("This Space is for invited people")
    assert "Hana" not in visitor.content()
    assert space.title not in visitor.content()

    host.locator(".room-head > [data-do=share]").click()
    dialog = host.locator("#share-dialog")
    expect(dialog.locator("[data-copy=share-link]")).to_be_visible()
    dialog.get_by_role("textbox", name="Handle").fill("@lena")
    dialog.get_by_role("button", name="Invite").click()
    expect(dialog.locator(".share-invited")).to_contain_text("@lena")
    enter(visitor, space)
    expect(visitor.locator("#stage h1")).to_have_text(space.title)

    dialog.get_by_role("button", name="Take back").click()

    expect(visitor.locator("h1")).to_have_text("This Space is for invited people")
