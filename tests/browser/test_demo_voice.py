"""The newcomer's first click gives sound: the demo host speaks."""

import time
from collections.abc import Iterator

import pytest

from spaces.models import Space
from tests.browser.listening import Ear
from tests.browser.steps import enter

pytestmark = pytest.mark.browser

BACK_WITHIN_S = 6
PHRASE_WITHIN_MS = 12_000


@pytest.fixture
def demo_space(stack) -> Iterator[Space]:
    seeding = stack.run("seed", "manage.py", "seed_demo")
    voice = stack.run("voice", "manage.py", "rundemovoice")
    assert seeding.process.wait() == 0, stack.tail("seed")
    yield Space.objects.live().get()
    # It reads the tables that the next test's set-up empties.
    voice.stop()


def test_demo_host_is_heard_by_anybody_and_again_after_the_node_was_killed(
    people, demo_space, stack
):
    page = people.visit()
    enter(page, demo_space)
    ear = Ear(page)
    ear.wait_for_sound(PHRASE_WITHIN_MS)

    stack.programs["media"].kill()
    ear.wait_for_silence()
    stack.run_media()
    started = time.monotonic()
    ear.wait_for_sound(PHRASE_WITHIN_MS)

    assert time.monotonic() - started < BACK_WITHIN_S
