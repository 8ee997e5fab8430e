"""Listening without a name, chosen at the door: nobody is shown before they have chosen."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import come_in
from tests.factories import make_user

pytestmark = pytest.mark.browser


def test_who_chooses_at_the_door_was_never_shown(people, space):
    make_user("lena")
    host, lena = come_in(people, space, "hana"), people.visit("lena")
    faces = host.locator("#audience .faces > *")
    lena.goto(space.get_absolute_url())
    expect(lena.locator("#gate [data-do=listen]")).to_be_enabled()
    # News of the audience is a second old at the most.
    host.wait_for_timeout(2_000)
    expect(host.locator("#audience [data-listener-count]")).to_have_text("0")
    expect(faces).to_have_count(0)

    lena.get_by_label("Listen without being named").check()
    lena.locator("#gate [data-do=listen]").click()

    expect(host.locator("#audience [data-listener-count]")).to_have_text("1")
    expect(faces).to_have_count(0)


def test_who_reads_along_is_there_again_after_a_reload(people, space):
    """Their page has no door any more: it opens it by itself."""
    make_user("lena")
    host, lena = come_in(people, space, "hana"), people.visit("lena")
    lena.goto(space.get_absolute_url())
    lena.locator("#gate [data-do=read]").click()
    expect(host.locator("#audience [data-listener-count]")).to_have_text("1")
    lena.goto("/")
    expect(host.locator("#audience [data-listener-count]")).to_have_text("0")

    lena.goto(space.get_absolute_url())

    expect(lena.locator("#gate")).to_have_count(0)
    expect(host.locator("#audience [data-listener-count]")).to_have_text("1")
