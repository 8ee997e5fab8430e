"""Which Spaces a person may know of, and which their lists leave out."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.apart import Apart
from accounts.models import Block, Mute
from spaces.live.board import read_board
from spaces.models import Space
from spaces.querysets import hidden_hosts_of
from spaces.sight import Sight
from tests.factories import make_participant, make_scheduled, make_space, make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def block(blocker, blocked):
    Block.objects.create(blocker=blocker, blocked=blocked)


@pytest.fixture
def topic():
    return make_topic("Coast")


@pytest.fixture
def blocked(space, lena):
    """Hana has blocked Lena."""
    block(space.host, lena)


@pytest.fixture
def muted(space, lena):
    """Lena has muted Hana."""
    Mute.objects.create(muter=lena, muted=space.host)


def test_everybody_sees_every_space(space, lena):
    for reader in (AnonymousUser(), lena, space.host):
        assert list(Space.objects.visible_to(reader)) == [space]


def test_hosts_block_hides_the_space_from_the_blocked_alone(space, blocked, lena, otto):
    assert not Space.objects.visible_to(lena).exists()
    assert Space.objects.visible_to(otto).exists()


def test_blocking_a_host_leaves_them_out_of_lists_and_closes_no_door(space, lena):
    block(lena, space.host)

    assert Space.objects.visible_to(lena).exists()
    assert not Space.objects.listed_for(lena).exists()


def test_muted_host_is_left_out_of_the_muters_lists_alone(space, muted, lena, otto):
    assert Space.objects.visible_to(lena).exists()
    assert not Space.objects.listed_for(lena).exists()
    assert Space.objects.listed_for(otto).exists()


@pytest.mark.parametrize("path", ["", "ask/", "step-up/"])
def test_blocked_person_finds_no_door(client, space, blocked, lena, path):
    client.force_login(lena)
    address = f"{space.get_absolute_url()}{path}"

    assert (client.post(address) if path else client.get(address)).status_code == 404


def test_announcement_of_who_blocked_one_is_not_found_either(client, hana, lena):
    space = make_scheduled(hana)
    block(hana, lena)
    client.force_login(lena)

    assert client.get(space.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("hiding", ["blocked", "muted"])
@pytest.mark.parametrize("path", ["/", "/topics/coast/", "/upcoming/", "/topics/"])
def test_pages_list_no_hidden_host(client, hana, lena, topic, hiding, path):
    live = make_space(hana, title="Live talk")
    coming = make_scheduled(hana, title="Talk to come")
    past = make_space(hana, title="Past talk", ended=True)
    for space in (live, coming, past):
        space.topics.add(topic)
    if hiding == "blocked":
        block(hana, lena)
    else:
        Mute.objects.create(muter=lena, muted=hana)
    client.force_login(lena)

    content = client.get(path).content.decode()

    assert not any(word in content for word in ("talk", "Talk", "1 live", "1 coming up"))


def test_lists_and_sockets_hide_the_same_hosts(space, lena, hana, sami, otto):
    block(sami, lena)
    block(lena, otto)
    Mute.objects.create(muter=lena, muted=hana)

    assert hidden_hosts_of([lena.pk]) == {lena.pk: {hana.pk, sami.pk, otto.pk}}


def test_page_and_sockets_hide_the_same_hosts(space, lena, hana, sami, otto):
    block(sami, lena)
    Mute.objects.create(muter=lena, muted=otto)
    make_participant(space, user=lena, removed_at=timezone.now())

    hidden = Sight(Apart(lena)).hides(read_board())

    assert hidden == {hana.pk, sami.pk, otto.pk}
    assert hidden_hosts_of([lena.pk]) == {lena.pk: hidden}
