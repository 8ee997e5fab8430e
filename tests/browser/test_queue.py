"""The line as everybody sees it, and a speaker's turn."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from spaces import actions
from spaces.models import Participant, Space
from tests.browser.steps import ask_to_speak, choose_for, come_in, open_microphone
from tests.factories import make_user

pytestmark = pytest.mark.browser


def expect_line(page: Page, *names: str) -> None:
    expect(page.locator(".qrow .qname b")).to_have_text(list(names))


def left_s(page: Page) -> int:
    """Of the only turn there is, as the page says."""
    text = page.locator("[data-turn-ends]").inner_text()
    minutes, seconds = re.fullmatch(r"(\d+):(\d\d) left", text).groups()
    return int(minutes) * 60 + int(seconds)


def test_line_with_questions_is_rearranged_and_a_turn_counts_down_for_all(people, space):
    Space.objects.filter(pk=space.pk).update(turn_s=60)
    make_user("sami"), make_user("lena")
    host, sami, lena = (come_in(people, space, handle) for handle in ("hana", "sami", "lena"))
    ask_to_speak(sami, "Who pays for the night boat?")
    expect_line(host, "Sami")
    ask_to_speak(lena)
    expect(lena.locator("[data-place]")).to_have_text("You are second in line.")

    # Lena thinks of something, and the host likes it.
    lena.locator("#tab-queue").click()
    lena.get_by_role("button", name="Write a question").click()
    lena.get_by_role("textbox", name="Your question").fill("And in winter?")
    lena.get_by_role("button", name="Save the question").click()
    second = host.locator(".qrow", has_text="Lena")
    expect(second.locator("q")).to_have_text("And in winter?")
    second.locator(".menu summary").click()
    second.get_by_role("button", name="Earlier").click()

    for page in (host, sami, lena):
        expect_line(page, "Lena", "Sami")
    expect(lena.locator("[data-place]")).to_have_text("You are first in line.")
    expect(sami.locator("[data-place]")).to_have_text("You are second in line.")
    host.locator(".qrow").first.locator("[data-verb=accept]").click()
    expect(sami.locator("[data-place]")).to_have_text("You are first in line.")

    open_microphone(lena)
    for page in (host, sami, lena):
        expect(page.locator("[data-turn-ends]")).to_have_text(re.compile(r"0:[3-5]\d left"))
    shown = [left_s(page) for page in (host, sami, lena)]
    assert max(shown) - min(shown) <= 2
    expect(host.locator("[data-turn-ends]")).not_to_have_text(f"0:{shown[0]} left")

    # As if a minute had gone by: the version tells the pages.
    speaker = space.participants.get(role=Participant.Role.SPEAKER)
    Participant.objects.filter(pk=speaker.pk).update(
        turn_ends_at=timezone.now() + timedelta(seconds=5)
    )
    people.stack.act(actions.mute_microphone, actor=speaker.user, space=space)
    for page in (host, sami, lena):
        expect(page.locator("[data-turn-ends]")).to_have_text("Time is up", timeout=15_000)
    expect(lena.locator("[data-toast-text]", has_text="Your time is up")).to_be_visible(
        timeout=15_000
    )

    people.stack.act(actions.open_microphone, actor=speaker.user, space=space)
    choose_for(host, speaker, "give-turn")
    expect(sami.locator("[data-turn-ends]")).to_have_text(re.compile(r"0:[3-5]\d left|1:00 left"))
