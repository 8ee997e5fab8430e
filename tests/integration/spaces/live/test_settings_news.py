"""What the host sets reaches open pages at once, and each page only with what is its reader's."""

import pytest

from spaces import actions
from tests.factories import make_participant


def drawn(page, seq):
    return page.wait(lambda frame: frame.get("seq") == seq and "html" in frame)[1]["html"]


def test_open_pages_learn_who_may_speak_now(pages, space, hana):
    page = pages.space(space, version=space.version)

    actions.change_settings(actor=hana, space=space, who_may_speak="everyone", takes_requests=False)

    html = drawn(page, space.version + 1)
    assert 'data-who-may-speak="everyone" data-takes-requests="no"' in html


@pytest.mark.parametrize(("role", "has_tools"), [("co_host", True), ("speaker", False)])
def test_tools_of_the_crew_are_drawn_for_the_crew_alone(pages, space, hana, sami, role, has_tools):
    make_participant(space, user=sami, role=role)
    page = pages.space(space, user=sami, version=space.version)

    actions.pause_comments(actor=hana, space=space)

    html = drawn(page, space.version + 1)
    assert 'id="crewbar"' in html
    assert ("comments/resume/" in html) == has_tools
    assert ("/settings/" in html) == has_tools
