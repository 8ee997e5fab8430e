"""The heart of the product: a host speaks in one real browser, and others hear it."""

import pytest

from spaces.models import Participant
from tests.browser.listening import Ear
from tests.factories import make_host, make_space

pytestmark = pytest.mark.browser


def go_on_air(page) -> None:
    page.locator("#gate [data-do=listen]").click()
    page.locator(".controls [data-do=open]").click()
    page.locator(".controls [data-do=mute]").wait_for()


def test_logged_out_listener_hears_the_host(people):
    space = make_space(make_host())
    host = people.open("hana", microphone_hz=440)
    listener = people.open()

    host.goto(space.get_absolute_url())
    go_on_air(host)
    listener.goto(space.get_absolute_url())
    listener.locator("#gate [data-do=listen]").click()

    Ear(listener).wait_for(440)
    assert space.participants.get(role="host").microphone == Participant.Microphone.OPEN
