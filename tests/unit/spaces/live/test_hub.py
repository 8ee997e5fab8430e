"""The hub's arithmetic of bytes, and that no socket is another's trouble. No Redis, no database."""

import asyncio
import uuid
from types import SimpleNamespace

import pytest

from spaces.live import socket as socket_module
from spaces.live import space_topic
from spaces.live.fragments import CREW, EVERYONE, Drawing, Reader
from spaces.live.hub import Hub
from spaces.live.socket import CLOSE_RESYNC, PASSING_WINDOW, WINDOW, Socket, begin
from spaces.live.space_topic import SpaceTopic
from spaces.live.topic import BEHIND_LIMIT_S

FRAME = "x" * 1000


class Page:
    """Takes what it is sent; reports nothing unless asked to."""

    def __init__(self, **options):
        self.texts = []
        self.codes = []
        self.socket = Socket(
            write=self.write, close=self.close, reader=options.pop("reader", Reader()), **options
        )

    async def write(self, text):
        self.texts.append(text)

    async def close(self, code):
        self.codes.append(code)

    @property
    def read_bytes(self):
        return sum(map(len, self.texts))


class Gone(Page):
    async def write(self, text):
        raise ConnectionError


class Stuck(Page):
    """Its server waits for it."""

    def __init__(self, **options):
        super().__init__(**options)
        self.takes = asyncio.Event()

    async def write(self, text):
        await self.takes.wait()
        await super().write(text)


@pytest.fixture
def topic():
    return SpaceTopic(Hub(), uuid.uuid4())


def join(topic, *pages):
    topic.sockets.update(page.socket for page in pages)


def behind(topic):
    """A page that took all it had room for, and lacks what came after."""
    page = Page()
    join(topic, page)
    for _ in range(100):
        topic.deliver(page.socket, FRAME)
    topic._full[page.socket.reader] = (0, FRAME)
    return page


async def later():
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_page_that_reports_nothing_is_sent_a_window(topic):
    page = Page()

    for _ in range(100):
        topic.deliver(page.socket, FRAME)

    assert page.read_bytes == WINDOW
    assert page.socket.behind_since is not None


@pytest.mark.asyncio
async def test_page_that_reports_is_sent_everything(topic):
    page = Page()

    for _ in range(100):
        topic.deliver(page.socket, FRAME)
        page.socket.read_so_far(page.read_bytes)

    assert page.read_bytes == 100 * len(FRAME)


@pytest.mark.asyncio
async def test_passing_signals_stop_first_and_are_no_loss(topic):
    page = Page()

    for _ in range(100):
        topic.deliver(page.socket, FRAME, window=PASSING_WINDOW)
    passing = page.read_bytes
    topic.deliver(page.socket, FRAME)

    assert passing == PASSING_WINDOW
    assert page.read_bytes == passing + len(FRAME)
    assert page.socket.behind_since is None


@pytest.mark.asyncio
async def test_frame_larger_than_the_window_goes_to_a_page_that_has_read_all(topic):
    page = Page()

    topic.deliver(page.socket, "x" * (WINDOW + 1))
    topic.deliver(page.socket, FRAME)

    assert page.read_bytes == WINDOW + 1


@pytest.mark.parametrize("claim", [0, -5, 10**9])
def test_report_cannot_claim_what_was_never_sent(claim):
    page = Page()
    page.socket.sent = 500

    page.socket.read_so_far(claim)

    assert 0 <= page.socket.acked <= 500


@pytest.mark.asyncio
async def test_page_that_says_it_lives_but_does_not_read_is_closed(topic):
    page = Page()
    join(topic, page)
    for _ in range(100):
        topic.deliver(page.socket, FRAME)
    fell_behind = page.socket.behind_since
    topic._full[page.socket.reader] = (0, FRAME)

    for second in range(int(BEHIND_LIMIT_S) + 2):
        page.socket.read_so_far(0)
        topic.tend(fell_behind + second)
        await later()

    assert page.codes == [CLOSE_RESYNC]
    assert topic.sockets == set()


@pytest.mark.asyncio
async def test_whole_state_goes_out_once_there_is_room_for_it(topic):
    page = behind(topic)
    before = len(page.texts)

    assert page.socket.read_so_far(page.read_bytes)
    await topic.bring_up_to_date(page.socket)

    assert len(page.texts) == before + 1
    assert page.socket.behind_since is None


@pytest.mark.asyncio
async def test_page_that_reports_just_when_it_is_tended_gets_the_state_once(topic):
    page = behind(topic)
    before = len(page.texts)

    assert page.socket.read_so_far(page.read_bytes)
    topic.tend(page.socket.behind_since)
    await topic.bring_up_to_date(page.socket)
    await later()

    assert len(page.texts) == before + 1


@pytest.mark.asyncio
async def test_socket_that_fails_is_let_go_and_the_others_get_theirs(topic):
    pages = [Page(), Gone(), Page()]
    join(topic, *pages)

    await topic.broadcast(FRAME)

    assert [len(page.texts) for page in pages] == [1, 0, 1]
    assert pages[1].socket not in topic.sockets


@pytest.mark.asyncio
async def test_socket_whose_server_waits_holds_nobody(topic):
    stuck, other = Stuck(), Page()
    join(topic, stuck, other)

    for _ in range(3):
        await asyncio.wait_for(topic.broadcast(FRAME), 1)

    assert (len(stuck.texts), len(other.texts)) == (0, 3)
    stuck.takes.set()
    await later()
    assert len(stuck.texts) == 1
    assert stuck.socket.behind_since is not None


@pytest.mark.asyncio
async def test_close_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(socket_module, "CLOSE_WITHIN_S", 0.01)
    socket = SimpleNamespace(close=lambda code: asyncio.Event().wait())

    await asyncio.wait_for(socket_module.close(socket, CLOSE_RESYNC), 1)


def drawing(html, *, crew=()):
    return Drawing(
        version=2,
        html=html,
        stage_users=tuple(crew),
        crew_users=frozenset(crew),
        barred_users=frozenset(),
    )


@pytest.mark.asyncio
async def test_socket_that_loses_its_role_is_shown_no_more_of_it(topic, monkeypatch):
    """A crew fragment drawn a moment ago does not reach who left the crew meanwhile."""
    former = Page(reader=Reader(audience=CREW), user_id=7)
    join(topic, former)
    drawn = {Reader(audience=CREW): "buttons", Reader(): "no buttons"}

    async def draw_at_once(func, *args):
        return drawing(drawn)

    monkeypatch.setattr(space_topic, "in_database", draw_at_once)
    await topic.heal(2)

    assert former.texts == []
    assert former.socket.reader.audience == EVERYONE
    assert former.socket.behind_since is not None


@pytest.mark.asyncio
async def test_socket_that_gains_a_role_gets_the_whole_room_of_it(topic, monkeypatch):
    page = Page(user_id=7)
    join(topic, page)

    async def draw_at_once(func, *args):
        html = {reader: reader.audience for reader in args[2]}
        return drawing(html, crew={7})

    monkeypatch.setattr(space_topic, "in_database", draw_at_once)
    await topic.heal(2)
    topic.tend(page.socket.behind_since)
    await later()

    assert len(page.texts) == 1
    assert f'"html": "{CREW}"' in page.texts[0]


@pytest.mark.asyncio
async def test_page_that_comes_in_as_its_role_changes_gets_the_room_of_the_new_one(
    topic, monkeypatch
):
    page = Page(user_id=7)
    join(topic, page)
    page.socket.fall_behind()

    async def draw_at_once(func, *args):
        return drawing({reader: reader.audience for reader in args[2]}, crew={7})

    monkeypatch.setattr(space_topic, "in_database", draw_at_once)
    await topic.bring_up_to_date(page.socket)
    assert page.texts == []

    await topic.bring_up_to_date(page.socket)

    assert len(page.texts) == 1
    assert f'"html": "{CREW}"' in page.texts[0]


@pytest.mark.asyncio
async def test_bad_message_is_logged_and_over(topic, caplog):
    hub = topic.hub
    hub.topics[topic.channel] = topic

    hub._hear(topic.channel, b"no json")
    hub._hear(topic.channel, b"{}")

    assert caplog.text.count("unreadable news") == 2


def test_person_in_two_tabs_leaves_with_the_last_one(topic):
    for _ in range(2):
        topic.came("u7")

    topic.left("u7", for_good=True)
    assert topic.gone == set()

    topic.left("u7", for_good=True)
    assert topic.gone == {"u7"}


def test_person_who_comes_back_at_once_has_not_gone(topic):
    topic.came("u7")
    topic.left("u7", for_good=True)

    topic.came("u7")

    assert topic.gone == set()


def test_dropped_socket_is_no_departure(topic):
    topic.came("u7")

    topic.left("u7", for_good=False)

    assert topic.gone == set()
    assert topic.people == {}


class TestBegin:
    """A coroutine run to its first wait, and the rest of it later."""

    @pytest.mark.asyncio
    async def test_coroutine_that_waits_for_nothing_is_done(self):
        done = []

        async def act():
            done.append(1)

        assert begin(act()) is None
        assert done == [1]

    @pytest.mark.asyncio
    async def test_rest_runs_when_it_is_awaited(self):
        gate, done = asyncio.Event(), []

        async def act():
            await gate.wait()
            await asyncio.sleep(0)
            done.append(1)

        rest = begin(act())
        gate.set()
        await rest

        assert done == [1]

    @pytest.mark.asyncio
    async def test_error_before_the_first_wait_is_raised_at_once(self):
        async def act():
            raise ConnectionError

        with pytest.raises(ConnectionError):
            begin(act())

    @pytest.mark.asyncio
    async def test_error_after_it_is_raised_in_the_rest(self):
        async def act():
            await asyncio.sleep(0)
            raise ConnectionError

        with pytest.raises(ConnectionError):
            await begin(act())

    @pytest.mark.asyncio
    async def test_cancelled_rest_cancels_the_coroutine(self):
        ends = []

        async def act():
            try:
                await asyncio.Event().wait()
            finally:
                ends.append(1)

        async def rest_of(awaitable):
            await awaitable

        task = asyncio.create_task(rest_of(begin(act())))
        await later()
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        assert ends == [1]
