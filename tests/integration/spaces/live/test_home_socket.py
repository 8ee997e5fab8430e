"""The list of live Spaces keeps itself right on open pages."""

import asyncio
import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Block, Mute
from config.threads import in_database
from spaces import actions
from spaces.live import hub as hub_module
from spaces.live.board import read_board
from spaces.live.home import ListReader
from tests.factories import make_host, make_scheduled, make_space, make_topic
from tests.waiting import until

from .conftest import Reading
from .page import sign_in


@pytest.fixture(params=["told", "untold"])
def publishing(request, monkeypatch):
    """Every promise of the list holds as well when the publisher died before it could tell."""
    if request.param == "untold":
        monkeypatch.setattr("config.news._send", lambda messages: None)
    return request.param


def count_in(frame, space):
    """How many listen to the Space, by this frame; None when it does not say."""
    space_id = str(space.public_id)
    if frame["event"] == "home.counts":
        return frame["data"].get(space_id)
    shown = re.search(
        rf'data-listeners-of="{space_id}" data-listeners="(\d+)"', frame.get("html", "")
    )
    return shown and int(shown[1])


def start(host):
    return actions.open_space(
        actor=host, title="A walk by the sea", topics=[make_topic()], who_may_speak="invited"
    )


def test_new_space_appears(pages, hana, publishing):
    page = pages.home()
    page.wait_event("resync")
    began = time.monotonic()

    space = start(hana)

    moment, _ = page.wait(lambda frame: str(space.public_id) in frame.get("html", ""))
    assert moment - began < (0.5 if publishing == "told" else 2)


def test_ended_space_disappears(pages, space, hana, publishing):
    page = pages.home()
    page.wait_html(str(space.public_id))
    before = page.seen

    actions.end_space(actor=hana, space=space)

    frame = page.wait_html('id="live-list"', after=before, within=2)
    assert str(space.public_id) not in frame["html"]


def test_change_between_page_and_first_look_is_not_missed(pages, hana, monkeypatch):
    monkeypatch.setattr("config.news._send", lambda messages: None)
    page = pages.home()
    page.wait_event("resync")

    space = start(hana)

    page.wait_html(str(space.public_id), within=2)


def announce(host):
    return actions.schedule_space(
        actor=host,
        title="A walk by the sea",
        topics=[make_topic()],
        who_may_speak="invited",
        scheduled_for=timezone.now() + timedelta(days=2),
    )


def move(host):
    space = make_scheduled(host)
    time = timezone.now() + timedelta(days=3)
    topics = space.topics.all()
    actions.edit_announcement(
        actor=host, space=space, title=space.title, topics=topics, scheduled_for=time
    )


def cancel(host):
    actions.cancel_space(actor=host, space=make_scheduled(host))


def restore(host):
    space = make_scheduled(host, state="cancelled", cancel_reason="host")
    actions.restore_space(actor=host, space=space)


def start_announced(host):
    space = make_scheduled(host, scheduled_for=timezone.now() + timedelta(minutes=1))
    actions.start_scheduled(actor=host, space=space)


@pytest.mark.parametrize("change", [announce, move, cancel, restore, start_announced])
def test_pages_are_told_that_something_else_comes_up(pages, hana, change):
    page = pages.home()
    page.wait_event("resync")

    change(hana)

    assert page.wait_event("home.programme")["data"]["within"] == 0.5


def test_programme_is_not_read_again_because_somebody_came_to_a_stage(pages, space, sami):
    space.who_may_speak = "everyone"
    space.save(update_fields=["who_may_speak"])
    page = pages.home()
    page.wait_event("resync")

    actions.step_up(actor=sami, space=space)
    page.wait_html("and 1 more")
    announce(make_host("nora"))

    page.wait_event("home.programme")
    assert [frame["event"] for _, frame in page.frames].count("home.programme") == 1


@pytest.mark.asyncio
async def test_thousands_of_pages_do_not_ask_for_the_programme_at_once(unwatched, hub, hana):
    listings = [Listing() for _ in range(500)]
    await asyncio.gather(*(hub.join_home(listing.socket) for listing in listings))

    await in_database(announce, hana)

    def told():
        frames = [frame for frame in listings[0].frames if frame["event"] == "home.programme"]
        return frames and frames[0]["data"]["within"] == 10

    await until(told)


class Listing(Reading):
    """A page in this process that lists what is live."""

    def __init__(self):
        super().__init__()
        self.socket.reader = ListReader()

    def shows(self, space):
        return any(str(space.public_id) in frame.get("html", "") for frame in self.frames)


@pytest.fixture
def unwatched(monkeypatch):
    """Before the hub: it looks at nothing by itself."""
    monkeypatch.setattr(hub_module, "WATCH_EVERY_S", 60)


@pytest.mark.asyncio
async def test_page_that_comes_later_brings_the_others_what_nobody_told(
    unwatched, hub, hana, monkeypatch
):
    """By the next look it may be over: then a page that was drawn with it would keep it."""
    monkeypatch.setattr("config.news._send", lambda messages: None)
    first, second = Listing(), Listing()
    topic = await hub.join_home(first.socket)

    space = await in_database(start, hana)
    await hub.join_home(second.socket)

    await until(lambda: second.shows(space) and first.shows(space))
    assert topic.signature == (await in_database(read_board)).signature


def test_stage_is_shown_as_it_changes(pages, space, sami):
    space.who_may_speak = "everyone"
    space.save(update_fields=["who_may_speak"])
    page = pages.home()
    page.wait_event("resync")

    actions.step_up(actor=sami, space=space)

    page.wait_html("and 1 more", within=1)


def test_counts_come_within_2_s(pages, space):
    page = pages.home()
    page.wait_event("resync")
    began = time.monotonic()

    pages.space(space, version=space.version)

    moment, _ = page.wait(lambda frame: count_in(frame, space) == 1)
    assert moment - began < 2


def test_page_that_comes_later_is_shown_the_count_of_now(pages, space):
    """The first page's draw is not handed to the second with the numbers of then."""
    early = pages.home()
    early.wait_event("resync")
    pages.space(space, version=space.version)
    early.wait(lambda frame: count_in(frame, space) == 1)

    late = pages.home()

    assert count_in(late.wait_event("resync"), space) == 1


def test_page_that_comes_after_a_pause_is_shown_what_is_so(pages, hana, monkeypatch):
    first = pages.home()
    first.wait_event("resync")
    first.leave()
    time.sleep(1)
    monkeypatch.setattr("config.news._send", lambda messages: None)
    space = make_space(make_host("ilse"))

    page = pages.home()

    assert str(space.public_id) in page.wait_event("resync")["html"]


# --- One topic's list ---


def test_topic_page_hears_of_its_own_spaces_only(pages, hana):
    make_topic("Coast")
    songs = make_topic("Music")
    coast, music = pages.home(topic="coast"), pages.home(topic="music")
    for page in (coast, music):
        page.wait_event("resync")

    on_the_coast = str(start(hana).public_id)
    coast.wait_html(on_the_coast)
    nora = make_host("nora")
    on_music = actions.open_space(
        actor=nora, title="Songs", topics=[songs], who_may_speak="invited"
    )

    music.wait_html(str(on_music.public_id))
    assert not any(on_the_coast in frame.get("html", "") for _, frame in music.frames)


@pytest.mark.parametrize("topic", ["nothing", "%00", "x%27--"])
def test_page_of_a_missing_topic_is_turned_away(pages, topic):
    assert pages.home(topic=topic).wait_closed() == 4404


def test_looking_at_one_topic_stops_no_counts_of_the_whole_list(pages, space):
    home = pages.home()
    home.wait_event("resync")
    make_topic("Music")
    pages.home(topic="music").wait_event("resync")

    pages.space(space, version=space.version)

    home.wait(lambda frame: count_in(frame, space) == 1)


# --- Whom a reader does not want to see, or is not to see ---


@pytest.mark.parametrize("hiding", ["blocked by the host", "muted"])
def test_hidden_hosts_space_never_reaches_the_page(pages, hana, lena, hiding):
    if hiding == "muted":
        Mute.objects.create(muter=lena, muted=hana)
    else:
        Block.objects.create(blocker=hana, blocked=lena)
    hers, anybodys = pages.home(session=sign_in(lena)), pages.home()

    space = start(hana)

    anybodys.wait_html(str(space.public_id))
    rival = start(make_host("rival"))
    assert str(space.public_id) not in hers.wait_html(str(rival.public_id))["html"]
    assert not any(str(space.public_id) in frame.get("html", "") for _, frame in hers.frames)


# --- An announcement ---


def test_announced_space_is_live_on_the_page_when_it_starts(pages, hana):
    space = make_scheduled(hana, scheduled_for=timezone.now() + timedelta(minutes=5))
    home, waiting = pages.home(), pages.space(space, version=space.version)

    actions.start_scheduled(actor=hana, space=space)

    assert waiting.wait_event("space.started")["seq"] == space.version + 1
    home.wait_html(f"space-card-{space.public_id}")
