"""Mouth to ear and click to first sound, with real browsers at both ends.

Rostrum and a direct connection of the same two pages carry the same beeps, so that their difference
is what the node adds. What travels between machines is that difference; milliseconds are those of
this machine and its load.
"""

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from spaces.models import Space
    from tests.browser.conftest import People
    from tests.stack import Stack

RATE_HZ = 48_000
BEEP_HZ, BEEP_S, BEEP_EVERY_S = 1000, 0.1, 2.0
TONE_HZ = 440
# An answer that comes later belongs to the next beep.
LATEST_MS = 1_000
# The node's jitter buffer gives back after 5 s what it grew by while the browsers started.
SETTLE_S = 8.0
GOAL_ADDED_MS, GOAL_CLICK_P95_MS = 55, 700

FOLDER = Path(__file__).parent
PAGE_SCRIPT, WORKLET = FOLDER / "media_page.js", FOLDER / "onsets.js"

HEAD = "| | runs | median ms | p95 ms |\n| --- | --- | --- | --- |"


@dataclass(frozen=True)
class Spread:
    values_ms: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values_ms)

    @property
    def p95(self) -> float:
        return float(np.percentile(self.values_ms, 95))

    def row(self, what: str) -> str:
        return f"| {what} | {len(self.values_ms)} | {self.median:.0f} | {self.p95:.0f} |"


def beeps() -> np.ndarray:
    """float (frames,), −1..1, 48 kHz: one beep and the quiet until the next."""
    sound = np.zeros(int(BEEP_EVERY_S * RATE_HZ))
    moments = np.arange(int(BEEP_S * RATE_HZ)) / RATE_HZ
    sound[RATE_HZ : RATE_HZ + moments.size] = 0.5 * np.sin(2 * np.pi * BEEP_HZ * moments)
    return sound


@contextmanager
def running_people(stack: "Stack") -> Iterator["People"]:
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import FLAGS, People, launch

    # Playwright keeps a loop on this thread, where Django would refuse every query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        listening = launch(driver, flags(FLAGS))
        people = People(driver, listening, stack, Path(folder))
        try:
            yield people
        finally:
            for browser in (*people.browsers, listening):
                browser.close()


def flags(common: list[str]) -> list[str]:
    """Let the measuring context run before the tap; what the page itself does waits for it."""
    kept = [flag for flag in common if not flag.startswith("--autoplay-policy")]
    return [*kept, "--autoplay-policy=no-user-gesture-required"]


def prepare(page: "Page", space: "Space") -> float:
    """Load the Space's page with the measuring parts in it; gives the audio callback's length."""
    page.add_init_script(path=PAGE_SCRIPT)
    page.goto(space.get_absolute_url())
    return page.evaluate("bench.prepare()")


def listen(page: "Page") -> None:
    page.locator("#gate [data-do=listen]").click()


def go_on_air(people: "People", space: "Space", name: str, sound: np.ndarray) -> "Page":
    """The host's page, microphone open, in a browser whose microphone is this sound."""
    from tests.browser.conftest import FLAGS, write_wav

    file = write_wav(people.folder / f"{name}.wav", sound)
    browser = people.browser_with([*flags(FLAGS), f"--use-file-for-fake-audio-capture={file}"])
    page = people.page(browser.new_context(base_url=people.stack.url, permissions=["microphone"]))
    people.sign_in(page, space.host.handle)
    prepare(page, space)
    listen(page)
    page.locator(".controls [data-do=open]").click()
    page.locator("#tiles-crew .tile[data-microphone=open]").wait_for()
    return page


def leave(page: "Page") -> None:
    page.context.close()


def delays(said: list[float], heard: list[float]) -> list[float]:
    """For each beep the time until it was heard; beeps that were not are left out."""
    found = (min((h - s for h in heard if 0 <= h - s < LATEST_MS), default=None) for s in said)
    return [delay for delay in found if delay is not None]


def mouth_to_ear(people: "People", count: int) -> tuple[Spread, Spread, float]:
    """The same beeps through Rostrum and through a direct connection of the same two pages."""
    from tests.factories import make_host, make_space

    space = make_space(make_host("hana"))
    speaker = go_on_air(people, space, "beeps", beeps())
    listener = people.visit()
    callback_ms = prepare(listener, space)
    listen(listener)
    listener.wait_for_function("() => bench.down().srcObject && !bench.down().paused")
    listener.evaluate("bench.watch('rostrum', bench.down().srcObject)")
    offer = speaker.evaluate("bench.offerDirect()")
    answer = listener.evaluate("sdp => bench.answerDirect(sdp)", offer)
    speaker.evaluate("sdp => bench.takeAnswer(sdp)", answer)
    listener.wait_for_function("() => bench.direct.connectionState === 'connected'")
    time.sleep(SETTLE_S)
    speaker.evaluate("bench.watch('own', bench.microphone)")
    time.sleep(count * BEEP_EVERY_S + LATEST_MS / 1000)
    said = speaker.evaluate("bench.onsets.own")[:count]
    heard = listener.evaluate("bench.onsets")
    leave(speaker)
    leave(listener)
    rostrum, direct = (Spread(delays(said, heard[name])) for name in ("rostrum", "direct"))
    return rostrum, direct, callback_ms


def click_to_sound(people: "People", runs: int) -> Spread:
    """New visitors one after the other, their page loaded, while the host's tone goes on."""
    from tests.browser.conftest import tone
    from tests.factories import make_host, make_space

    space = make_space(make_host("sami"))
    host = go_on_air(people, space, "tone", tone(TONE_HZ))
    taken = []
    for _ in range(runs):
        listener = people.visit()
        prepare(listener, space)
        listener.evaluate("bench.awaitFirstSound()")
        listen(listener)
        listener.wait_for_function("() => bench.onsets.first?.length", polling=50)
        taken.append(listener.evaluate("bench.onsets.first[0] - bench.clickedAt"))
        leave(listener)
    leave(host)
    return Spread(taken)


def shortfalls(rostrum: Spread, direct: Spread, clicks: Spread, beeps: int) -> Iterator[str]:
    for what, spread in (("Rostrum", rostrum), ("direct", direct)):
        if len(spread.values_ms) < beeps:
            yield f"{what}: {beeps - len(spread.values_ms)} of {beeps} beeps were not heard"
    added_ms = rostrum.median - direct.median
    if added_ms > GOAL_ADDED_MS:
        yield f"the node adds {added_ms:.0f} ms, goal {GOAL_ADDED_MS}"
    if clicks.p95 >= GOAL_CLICK_P95_MS:
        yield f"click to first sound: p95 {clicks.p95:.0f} ms, goal {GOAL_CLICK_P95_MS}"


def delay(stack: "Stack", options: argparse.Namespace) -> Iterator[str]:
    # Among the static files of this run: the pages take no script from elsewhere.
    shutil.copy(WORKLET, stack.environment["ROSTRUM_VAR"] + "/static")
    programs = (stack.run_web(), stack.run_media())
    try:
        stack.wait_for_web()
        with running_people(stack) as people:
            rostrum, direct, callback_ms = mouth_to_ear(people, options.beeps)
            print(f"{HEAD}\n{rostrum.row('mouth to ear')}", flush=True)
            print(direct.row("the same beeps, page to page"), flush=True)
            clicks = click_to_sound(people, options.clicks)
            print(clicks.row("click to first sound"))
    finally:
        for program in programs:
            program.stop()
    added_ms = rostrum.median - direct.median
    print(f"\nThe node adds {added_ms:.0f} ms; onsets are known to {callback_ms:.0f} ms.")
    yield from shortfalls(rostrum, direct, clicks, options.beeps)
