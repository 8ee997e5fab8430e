"""The lists of open pages: whose order changes when, and what a thousand of them cost."""

import pytest

from accounts.models import Follow
from config import news
from spaces.live import home
from spaces.live.board import read_board
from spaces.live.home import ListReader
from spaces.live.ranking import STEADY_KEY
from tests.factories import make_host, make_space, make_topic, make_user

from .reading import come_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def look_up(*pages, keeps_order=False):
    return home.look_up(pages, read_board(), keeps_order=keeps_order)


def test_open_page_keeps_its_order_until_a_space_starts_or_ends():
    early, late = make_space(make_host("early")), make_space(make_host("late"))
    [reader] = look_up((None, ListReader()))
    come_in(early, "a1", "a2")
    news.connection().delete(STEADY_KEY)

    [kept] = look_up((None, reader), keeps_order=True)
    [anew] = look_up((None, reader))

    assert kept.listed == (late.pk, early.pk)
    assert anew.listed == (early.pk, late.pk)


def test_private_space_that_is_closed_to_its_reader_is_gone_from_an_order_that_is_kept(lena, hana):
    space = make_space(hana, visibility="followers")
    follow = Follow.objects.create(follower=lena, followed=hana)
    [reader] = look_up((lena.pk, ListReader()))
    follow.delete()

    [kept] = look_up((lena.pk, reader), keeps_order=True)

    assert (reader.listed, kept.listed) == ((space.pk,), ())


@pytest.fixture
def drawn(monkeypatch):
    """Templates that were drawn, by name."""
    names = []
    real = home.render_to_string

    def draw(name, context):
        names.append(name)
        return real(name, context)

    monkeypatch.setattr(home, "render_to_string", draw)
    return names


def test_orders_of_many_are_put_together_from_cards_drawn_once(drawn):
    hosts = [make_host(f"host{number}") for number in range(4)]
    for host in hosts:
        make_space(host)
    readers = [make_user() for _ in hosts]
    for reader, host in zip(readers, hosts, strict=True):
        Follow.objects.create(follower=reader, followed=host)
    pages = look_up(*((reader.pk, ListReader()) for reader in readers))

    drawing = home.draw_lists(pages, read_board())

    assert len(set(drawing.html.values())) == 4
    # Each as the large card and as a small one; one frame for all.
    assert drawn.count("spaces/_card.html") == 8
    assert drawn.count("spaces/_live_list.html") == 1


@pytest.mark.parametrize("count", [1, 6])
def test_readers_are_looked_up_in_the_same_queries(django_assert_num_queries, hana, count):
    make_space(hana).topics.add(make_topic("Coast"))
    readers = [make_user() for _ in range(count)]
    for reader in readers:
        Follow.objects.create(follower=reader, followed=hana)
    board = read_board()

    # Whom they hide, and people and topics they follow.
    with django_assert_num_queries(3):
        home.look_up([(reader.pk, ListReader()) for reader in readers], board, keeps_order=False)


def test_stage_that_changed_is_read_anew(hana, sami):
    space = make_space(hana)
    read_board()
    space.participants.create(user=sami, role="speaker", on_stage_since=space.started_at)
    space.version += 1
    space.save(update_fields=["version"])

    [live] = read_board().lives

    assert live.stage == (hana.pk, sami.pk)
