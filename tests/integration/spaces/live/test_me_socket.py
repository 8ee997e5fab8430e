"""The socket of every page of somebody signed in: the bar, and how many notifications are new."""

import asyncio
import json
import time

import pytest

from accounts.actions import follow
from accounts.models import Follow, Mute
from config import news
from config.news import PEOPLE_CHANNEL
from config.threads import in_database
from spaces import actions, events
from spaces.live import me_topic
from spaces.live.me_topic import MeReader
from spaces.live.socket import Socket
from tests.factories import make_host, make_participant, make_space, make_topic, make_user

from .page import sign_in


@pytest.fixture
def follower(pages, lena, hana):
    """A page of Lena, who follows Hana; its bar is empty so far."""
    Follow.objects.create(follower=lena, followed=hana)

    def open_page(query=""):
        page = pages.open(f"/ws/me/?{query}", session=sign_in(lena))
        page.wait_event("resync")
        return page

    return open_page


def start(host):
    return actions.open_space(
        actor=host, title="A walk by the sea", topics=[make_topic()], who_may_speak="invited"
    )


@pytest.mark.parametrize("session", [None, "nonsense"])
def test_signed_out_page_is_turned_away(pages, session):
    assert pages.open("/ws/me/", session=session).wait_closed() == 4404


def test_page_is_closed_when_its_session_ends(follower, lena):
    page = follower()

    news._send({events.user_channel(lena.pk): {"close": events.CLOSE_SIGNED_OUT}})

    assert page.wait_closed() == 4403


# --- The bar ---


@pytest.mark.parametrize("publishing", ["told", "untold"])
def test_bar_comes_when_somebody_one_follows_goes_live(follower, hana, publishing, monkeypatch):
    if publishing == "untold":
        monkeypatch.setattr(news, "_send", lambda messages: None)
    page, began = follower(), time.monotonic()

    space = start(hana)

    moment, frame = page.wait(lambda frame: str(space.public_id) in frame.get("html", ""))
    assert "is live: <bdi>A walk by the sea" in frame["html"]
    assert moment - began < (1.5 if publishing == "told" else 3)


def test_bar_goes_when_the_space_ends(follower, space, hana):
    page = follower()
    page.wait_html(str(space.public_id))

    actions.end_space(actor=hana, space=space)

    assert page.wait(lambda frame: frame["event"] == "bar", within=3)[1]["html"] == ""


def test_bar_comes_when_one_follows_steps_up_elsewhere(follower, hana):
    space = make_space(make_host("otto"), who_may_speak="everyone")
    make_participant(space, user=hana)
    page = follower()

    actions.step_up(actor=hana, space=space)

    page.wait_html(str(space.public_id), within=3)


def test_page_of_the_space_itself_is_told_nothing(follower, space):
    page = follower(f"shown={space.public_id}")

    assert page.wait_event("resync")["html"] == ""


def test_nobody_else_is_told(pages, follower, hana, otto):
    others = pages.open("/ws/me/", session=sign_in(otto))
    page = follower()

    space = start(hana)

    page.wait_html(str(space.public_id))
    assert not any(str(space.public_id) in frame.get("html", "") for _, frame in others.frames)


def test_muted_host_is_not_told_of(pages, follower, hana, lena):
    Mute.objects.create(muter=lena, muted=hana)
    rival = make_host("rival")
    Follow.objects.create(follower=lena, followed=rival)
    page = follower()

    start(hana)
    actions.end_space(actor=rival, space=start(rival))

    assert "Hana" not in str(page.frames)


def test_page_hears_of_the_bar_in_its_own_language(follower, space):
    page = follower("language=de")

    assert "hören" in page.wait_html(str(space.public_id))["html"].lower()


# --- How many notifications are new ---


class Listening:
    """A page of somebody's in this process."""

    def __init__(self, user):
        self.frames = []
        self.socket = Socket(write=self.write, close=self.close, reader=MeReader(), user_id=user.pk)

    async def write(self, text):
        self.frames.append(json.loads(text))
        self.socket.read_so_far(self.socket.sent)

    async def close(self, code):
        pass

    @property
    def counts(self):
        return [f["data"]["count"] for f in self.frames if f["event"] == "notifications.count"]


@pytest.fixture
def asked(monkeypatch):
    """Whose new notifications were counted, question by question; everybody has three."""
    asked = []

    def count(user_ids):
        asked.append(set(user_ids))
        return dict.fromkeys(user_ids, 3)

    monkeypatch.setattr(me_topic, "unread_counts", count)
    return asked


@pytest.fixture
def tell(hub):
    """People's numbers may have changed, as the publisher says it; then the pages were told."""

    async def tell(*user_ids):
        message = json.dumps({"people": list(user_ids)}).encode()
        hub._hear(PEOPLE_CHANNEL, message)
        await asyncio.sleep(me_topic.MERGED_OVER_S + 0.3)

    return tell


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_page_is_told_the_number_when_it_comes(hub, asked, lena):
    page = Listening(lena)

    await hub.join_me(page.socket)
    await asyncio.sleep(me_topic.MERGED_OVER_S + 0.3)

    assert page.counts == [3]


def test_follower_is_counted_on_the_page_at_once(pages, hana, otto):
    page = pages.open("/ws/me/", session=sign_in(hana))
    assert page.wait_event("notifications.count")["data"] == {"count": 0}

    follow(actor=otto, person=hana)

    page.wait(lambda frame: frame.get("data") == {"count": 1}, within=2)


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_number_is_told_to_its_person_only(hub, asked, tell, lena, otto):
    hers, his = Listening(lena), Listening(otto)
    for page in (hers, his):
        await hub.join_me(page.socket)
    await tell()
    asked.clear()

    await tell(lena.pk, 987654)

    assert asked == [{lena.pk}]
    assert (len(hers.counts), len(his.counts)) == (2, 1)


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_numbers_of_many_are_read_at_once(hub, asked, tell, lena, otto):
    for user in (lena, otto):
        await hub.join_me(Listening(user).socket)
    await tell()
    asked.clear()

    hub._hear(PEOPLE_CHANNEL, json.dumps({"people": [otto.pk]}).encode())
    await tell(lena.pk)

    assert asked == [{lena.pk, otto.pk}]


# --- A thousand pages ---


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_many_pages_take_as_few_queries_and_draws_as_one(hub, hana, monkeypatch):
    readers = await in_database(make_followers, hana, 30)
    listening = [Listening(reader) for reader in readers]
    for page in listening:
        await hub.join_me(page.socket)
    questions, draws = [], []
    monkeypatch.setattr(me_topic, "followed_live", counted(me_topic.followed_live, questions))
    monkeypatch.setattr(me_topic, "once", counted(me_topic.once, draws))

    space = await in_database(start, hana)
    await asyncio.sleep(2.5)

    assert (len(questions), len(draws)) == (1, 1)
    assert all(str(space.public_id) in str(page.frames) for page in listening)


def make_followers(person, count):
    followers = [make_user() for _ in range(count)]
    for follower in followers:
        Follow.objects.create(follower=follower, followed=person)
    return followers


def counted(function, calls):
    def call(*arguments, **named):
        calls.append(arguments)
        return function(*arguments, **named)

    return call
