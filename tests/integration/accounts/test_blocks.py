"""Blocking: neither follows the other, now and as long as it lasts."""

import pytest
from django.db import connection, transaction
from django.urls import reverse

from accounts import actions
from accounts.models import Block, Follow, User
from config.errors import Conflict
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def verb(name, person):
    return reverse(f"accounts:{name}", args=[person.handle])


def counts(person):
    person = User.objects.get(pk=person.pk)
    return person.follower_count, person.following_count


def test_blocking_ends_follows_in_both_directions(lena, sami):
    actions.follow(actor=lena, person=sami)
    actions.follow(actor=sami, person=lena)

    actions.block(actor=sami, person=lena)

    assert not Follow.objects.exists()
    assert counts(sami) == counts(lena) == (0, 0)


def test_blocking_twice_is_blocking_once(lena, sami):
    for _ in range(2):
        actions.block(actor=sami, person=lena)

    assert Block.objects.count() == 1


def test_nobody_blocks_themselves(sami):
    with pytest.raises(Conflict):
        actions.block(actor=sami, person=sami)


def test_blocked_person_cannot_follow_and_is_not_told_why(client, lena, sami):
    actions.block(actor=sami, person=lena)
    client.force_login(lena)

    response = client.post(verb("follow", sami), headers={"HX-Request": "true"})

    assert response.status_code == 409
    assert response.json()["message"] == "You cannot follow @sami."
    assert not Follow.objects.exists()


def test_blocker_is_told_to_unblock_before_following(lena, sami):
    actions.block(actor=sami, person=lena)

    with pytest.raises(Conflict, match="Unblock first"):
        actions.follow(actor=sami, person=lena)


def test_unblocked_person_can_follow_again(lena, sami):
    actions.block(actor=sami, person=lena)

    for _ in range(2):
        actions.unblock(actor=sami, person=lena)

    actions.follow(actor=lena, person=sami)
    assert counts(sami) == (1, 0)


def test_page_of_the_blocker_looks_as_ever_to_the_blocked(client, lena, sami):
    client.force_login(lena)
    before = client.get(sami.get_absolute_url()).content.decode()

    actions.block(actor=sami, person=lena)

    after = client.get(sami.get_absolute_url()).content.decode()
    assert "block" not in after.replace(verb("block", sami), "").replace(">Block<", "").lower()
    assert len(after) == len(before)


def test_page_of_whom_one_blocked_says_so_in_place_of_the_rest(client, lena, sami):
    User.objects.filter(pk=sami.pk).update(bio="Counts ferries.")
    actions.block(actor=lena, person=sami)
    client.force_login(lena)

    content = client.get(sami.get_absolute_url()).content.decode().partition("<main")[2]

    assert "You blocked <bdi>Sami</bdi>" in content
    assert "Counts ferries." not in content
    assert verb("unblock", sami) in content
    assert verb("follow", sami) not in content


def test_block_from_the_menu_offers_the_way_back(client, lena, sami):
    client.force_login(lena)

    response = client.post(verb("block", sami), follow=True)

    assert Block.objects.filter(blocker=lena, blocked=sami).exists()
    assert f'action="{verb("unblock", sami)}"' in response.content.decode()
    assert "You blocked Sami." in response.content.decode()


def test_unblock_leads_back_to_the_page_of_the_button(client, lena, sami):
    actions.block(actor=lena, person=sami)
    client.force_login(lena)
    settings_page = reverse("accounts:settings-people")

    response = client.post(
        verb("unblock", sami), headers={"Referer": f"http://testserver{settings_page}"}
    )

    assert response.url == settings_page
    assert not Block.objects.exists()


@pytest.mark.parametrize(
    "referer", ["http://elsewhere.example/@sami", "http://testserver//elsewhere.example/", ""]
)
def test_no_referer_leads_off_the_site(client, lena, sami, referer):
    client.force_login(lena)

    response = client.post(verb("block", sami), headers={"Referer": referer})

    assert response.url.startswith("/")
    assert not response.url.startswith("//")


@pytest.mark.parametrize("deed", ["block", "unblock"])
def test_blocking_takes_an_account(client, sami, deed):
    response = client.post(verb(deed, sami))

    assert response.url.startswith(reverse("account_login"))


# --- A follow and a block at the same moment ---


def follow_while_blocking(at_once, monkeypatch):
    """Lena's follow has found no block when Sami's block is through: as late as can be."""
    lena, sami = make_user("lena"), make_user("sami")
    create = Follow.objects.get_or_create
    blocking = []

    def get_or_create(**fields):
        if connection.in_atomic_block and not blocking:
            blocking.append(True)
            at_once(lambda: try_to_block(sami, lena))
        return create(**fields)

    monkeypatch.setattr(Follow.objects, "get_or_create", get_or_create)
    actions.follow(actor=lena, person=sami)
    return lena, sami


def try_to_block(actor, person):
    """As far as it comes in half a second; a lock lets nobody through before."""
    with transaction.atomic(), connection.cursor() as cursor:
        # For this transaction only: the connection goes back to the pool of the other tests.
        cursor.execute("SET LOCAL lock_timeout = '500ms'")
        actions.block(actor=actor, person=person)


@pytest.mark.django_db(transaction=True)
def test_block_waits_for_a_follow_under_way(at_once, monkeypatch):
    lena, sami = follow_while_blocking(at_once, monkeypatch)
    assert not Block.objects.exists()

    actions.block(actor=sami, person=lena)

    assert not Follow.objects.exists()
    assert counts(sami) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_lock_leaves_a_blocked_follower(at_once, monkeypatch):
    monkeypatch.setattr(actions.people, "_lock_both", lambda one, other: None)

    follow_while_blocking(at_once, monkeypatch)

    assert Block.objects.exists()
    assert Follow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_block_and_follow_each_other_at_once_do_not_hang(at_once):
    lena, sami = make_user("lena"), make_user("sami")
    pairs = [(lena, sami), (sami, lena)] * 2

    def press(actor, person):
        actions.unblock(actor=actor, person=person)
        actions.block(actor=actor, person=person)
        actions.unfollow(actor=actor, person=person)

    raised = at_once(*[lambda pair=pair: press(*pair) for pair in pairs])

    assert raised == [None] * 4
    assert counts(sami) == counts(lena) == (0, 0)
