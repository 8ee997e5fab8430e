"""Real browsers on a running instance. Chromium is the system's; its microphones are WAV files."""

import re
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.contrib.auth import login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    sync_playwright,
)

from accounts.models import User
from spaces.models import Space
from tests.factories import make_host, make_space
from tests.stack import Stack

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    # The listener's tap is part of the tests; what a page plays without one is not.
    "--autoplay-policy=document-user-activation-required",
]
RATE_HZ = 48_000
# A steady tone is just what echo and noise suppression are made to take away.
UNPROCESSED_MICROPHONE = """
const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (open) navigator.mediaDevices.getUserMedia = ({ audio }) => open({
  audio: { ...audio, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
});
"""


def write_wav(path: Path, samples: np.ndarray) -> Path:
    """samples: float (frames,), −1..1, 48 kHz mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def tone(frequency_hz: float, seconds: float = 4.0) -> np.ndarray:
    """Whole periods, so that the file loops without a click."""
    seconds = round(frequency_hz * seconds) / frequency_hz
    moments = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return 0.4 * np.sin(2 * np.pi * frequency_hz * moments)


@pytest.fixture(scope="session")
def playwright_driver():
    # Playwright keeps a loop on this thread, where Django would refuse every query of the tests.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield driver


def launch(driver: Playwright, flags: list[str]) -> Browser:
    return driver.chromium.launch(
        executable_path=shutil.which("chromium"), headless=True, args=flags
    )


@pytest.fixture(scope="session")
def shared_browser(playwright_driver) -> Iterator[Browser]:
    """For everybody whose microphone may be Chromium's own beep."""
    browser = launch(playwright_driver, FLAGS)
    yield browser
    browser.close()


class People:
    """Opens pages for people: in a browser of their own when their microphone is a file."""

    def __init__(
        self, driver: Playwright, shared_browser: Browser, stack: Stack, folder: Path
    ) -> None:
        self.driver = driver
        self.shared_browser = shared_browser
        self.stack = stack
        self.folder = folder
        self.browsers: list[Browser] = []
        self.contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def browser(self, microphone_hz: float | None = None) -> Browser:
        flags = list(FLAGS)
        if microphone_hz:
            file = write_wav(self.folder / f"{microphone_hz}.wav", tone(microphone_hz))
            flags.append(f"--use-file-for-fake-audio-capture={file}")
        return self.browser_with(flags)

    def browser_with(self, flags: list[str]) -> Browser:
        browser = launch(self.driver, flags)
        self.browsers.append(browser)
        return browser

    def visit(self, handle: str | None = None, **context) -> Page:
        """A page in a new corner of the shared browser; signed in when there is a handle."""
        context.setdefault("viewport", {"width": 1280, "height": 800})
        # Each corner would fetch the offline page; its own test lets it.
        context.setdefault("service_workers", "block")
        corner = self.shared_browser.new_context(base_url=self.stack.url, **context)
        self.contexts.append(corner)
        page = self.page(corner)
        if handle:
            self.sign_in(page, handle)
        return page

    def open(
        self, handle: str | None = None, *, microphone_hz: float | None = None, **context
    ) -> Page:
        """A page of a new browser; signed in when there is a handle."""
        browser = self.browser(microphone_hz)
        context.setdefault("viewport", {"width": 1280, "height": 800})
        # Each corner would fetch the offline page; its own test lets it.
        context.setdefault("service_workers", "block")
        page = self.page(browser.new_context(base_url=self.stack.url, **context), microphone_hz)
        if handle:
            self.sign_in(page, handle)
        return page

    def page(self, context: BrowserContext, microphone_hz: float | None = None) -> Page:
        if microphone_hz:
            context.grant_permissions(["microphone"])
            context.add_init_script(UNPROCESSED_MICROPHONE)
        context.set_default_timeout(15_000)
        context.on("console", self.hear)
        context.on("weberror", lambda failed: self.complaints.append(str(failed.error)))
        return context.new_page()

    def hear(self, message: ConsoleMessage) -> None:
        """A violated policy, or a script that failed, fails the test."""
        text = message.text
        if "Content Security Policy" in text or (
            message.type == "error" and not re.search(r"WebSocket|ERR_|Failed to load", text)
        ):
            self.complaints.append(text)

    def sign_in(self, page: Page, handle: str) -> None:
        """As Django does it, without the form: that one has its own test."""
        request = HttpRequest()
        request.session = SessionStore()
        login(request, User.objects.get(handle=handle), settings.AUTHENTICATION_BACKENDS[0])
        request.session.save()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": request.session.session_key}
        page.context.add_cookies([cookie | {"url": self.stack.url}])


@pytest.fixture
def people(playwright_driver, shared_browser, stack, tmp_path) -> Iterator[People]:
    people = People(playwright_driver, shared_browser, stack, tmp_path)
    yield people
    for opened in (*people.contexts, *people.browsers):
        opened.close()
    assert people.complaints == []


@pytest.fixture
def space(stack) -> Space:
    """Live, hosted by Hana, her microphone off."""
    return make_space(make_host())
