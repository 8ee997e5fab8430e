"""Who is there: seen within 2 s, one person in two tabs, kept for a while after a drop."""

import secrets
import time

import pytest
from django.core import signing

from config import news
from spaces.live import presence

from .page import wait_until_present


def a_listener() -> str:
    """The cookie of somebody without an account."""
    return signing.Signer(salt="spaces.listener").sign(secrets.token_hex(8))


@pytest.fixture
def watcher(pages, space, hana):
    """The host's page, which counts as nobody in the audience."""
    return pages.space(space, user=hana, version=space.version)


def test_count_and_faces_come_within_2_s(pages, space, watcher, lena):
    began = time.monotonic()

    pages.space(space, user=lena, version=space.version)

    frame = watcher.wait_count(1, within=3)
    assert ">L</span>" in frame["html"]
    assert time.monotonic() - began < 2


def test_who_stands_at_the_door_is_neither_counted_nor_named(pages, space, watcher, lena):
    at_door = pages.space(space, user=lena, version=space.version, is_at_door=True)
    time.sleep(1.5)
    assert not [frame for _, frame in watcher.frames if frame["event"] == "audience.changed"]

    at_door.say(do="enter")
    at_door.say(do="enter")

    frame = watcher.wait_count(1, within=3)
    assert ">L</span>" in frame["html"]
    at_door.leave()
    watcher.wait_count(0, within=3)


def test_who_goes_away_from_the_door_takes_nobody_else_along(pages, space, watcher, lena):
    """In one tab she listens; another she opens, and closes at its door."""
    pages.space(space, user=lena, version=space.version)
    watcher.wait_count(1)

    pages.space(space, user=lena, version=space.version, is_at_door=True).leave()
    time.sleep(1.5)

    assert presence.present_users(news.connection(), space.public_id, [lena.pk]) == {lena.pk}


def test_host_at_the_door_is_there(pages, space, hana):
    pages.space(space, user=hana, version=space.version, is_at_door=True)

    wait_until_present(space, hana)


def test_host_is_never_counted_as_a_listener(pages, space, watcher):
    stranger = pages.space(space, version=space.version)
    stranger.wait_count(1)
    time.sleep(1.5)

    counts = [
        frame["data"]["listeners"]
        for _, frame in watcher.frames
        if frame["event"] == "audience.changed"
    ]
    assert counts == [1]


@pytest.mark.parametrize("who", ["signed in", "a listener"])
def test_two_tabs_are_one_person(pages, space, watcher, lena, who):
    options = {"user": lena} if who == "signed in" else {"listener": a_listener()}
    first = pages.space(space, version=space.version, **options)
    second = pages.space(space, version=space.version, **options)
    other = pages.space(space, listener=a_listener(), version=space.version)
    watcher.wait_count(2)

    first.leave()
    time.sleep(2)
    before = watcher.seen
    other.leave()

    watcher.wait_count(1, after=before, within=2)
    assert second.code is None


def test_leaving_is_seen_within_2_s(pages, space, watcher):
    listener = pages.space(space, listener=a_listener(), version=space.version)
    watcher.wait_count(1)
    began = time.monotonic()

    listener.leave()

    watcher.wait_count(0, within=3)
    assert time.monotonic() - began < 2


def test_dropped_socket_keeps_the_person_for_the_grace(pages, space, watcher, lena):
    listener = pages.space(space, user=lena, version=space.version)
    watcher.wait_count(1)

    listener.drop()
    time.sleep(2.5)

    assert not [frame for _, frame in watcher.frames if frame["data"].get("listeners") == 0]
    assert presence.present_users(news.connection(), space.public_id, [lena.pk]) == {lena.pk}
    watcher.wait_count(0, within=presence.LIFETIME_S + 2)


def test_many_who_come_at_once_are_told_about_at_most_once_a_second(pages, space, watcher):
    began = time.monotonic()
    for _ in range(20):
        pages.space(space, listener=a_listener(), version=space.version)
    watcher.wait_count(20, within=6)

    took = time.monotonic() - began
    told = [frame for _, frame in watcher.frames if frame["event"] == "audience.changed"]
    assert len(told) <= took + 2


def test_names_are_not_pushed_to_anybody(pages, space, watcher, lena):
    """A crowd's list goes to who looks at it: views/people.py."""
    pages.space(space, user=lena, version=space.version)

    assert "@lena" not in watcher.wait_count(1)["html"]
