"""Every page in every state passes the gates: on a phone by day or at a desk by night.

A page with one state is looked at both ways, one with several by turns; script/screenshots --gates
looks at every state in all four ways.
"""

import pytest

from tests.screenshots import gates
from tests.screenshots.gates import DESK, NARROWEST, PHONE
from tests.screenshots.pages import SHOTS
from tests.screenshots.studio import visits
from tests.screenshots.worlds import WORLDS

pytestmark = pytest.mark.browser

WAYS = [(PHONE, "light"), (DESK, "dark")]
# So many shots a test: none of them takes a minute, however many pages there are.
A_TEST = 12


def ways_to_look_at(shot):
    states = [each for each in SHOTS if each.page == shot.page]
    return WAYS if len(states) == 1 else [WAYS[states.index(shot) % 2]]


def wrong_with(visitor, shot):
    for width, scheme in ways_to_look_at(shot):
        found = visitor.look(shot, width, scheme)
        visitor.unroll()
        found += gates.as_it_stands(visitor.page)
        visitor.page.set_viewport_size({"width": NARROWEST, "height": 800})
        found += gates.named("at 320, sideways", gates.sideways(visitor.page))
        yield from (f"{shot.name}.{width}.{scheme}: {each}" for each in found)


def parts():
    for world in WORLDS:
        shots = [shot for shot in SHOTS if shot.world == world]
        for first in range(0, len(shots), A_TEST):
            several = shots[first : first + A_TEST]
            yield pytest.param(world, several, id=f"{world}-{several[0].name}")


@pytest.mark.parametrize(("world", "shots"), list(parts()))
def test_no_page_has_anything_wrong_with_it(world, shots, stack, playwright_driver, shared_browser):
    keys = WORLDS[world]()

    found = [
        wrong
        for visitor, shot in visits(shared_browser, stack.url, shots, keys)
        for wrong in wrong_with(visitor, shot)
    ]

    assert found == []
