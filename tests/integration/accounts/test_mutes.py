"""Muting: for one's own lists, and silently."""

import pytest
from django.urls import reverse

from accounts import actions
from accounts.models import Mute
from config.errors import Conflict

pytestmark = pytest.mark.django_db


def verb(name, person):
    return reverse(f"accounts:{name}", args=[person.handle])


def test_muting_twice_is_muting_once(lena, sami):
    for _ in range(2):
        actions.mute(actor=lena, person=sami)

    assert Mute.objects.filter(muter=lena, muted=sami).count() == 1


def test_unmuting_twice_is_harmless(lena, sami):
    actions.mute(actor=lena, person=sami)

    for _ in range(2):
        actions.unmute(actor=lena, person=sami)

    assert not Mute.objects.exists()


def test_nobody_mutes_themselves(sami):
    with pytest.raises(Conflict):
        actions.mute(actor=sami, person=sami)


def test_follow_of_a_muted_person_stays(lena, sami):
    actions.follow(actor=lena, person=sami)

    actions.mute(actor=lena, person=sami)

    sami.refresh_from_db()
    assert sami.follower_count == 1


@pytest.mark.parametrize(
    ("deed", "way_back", "tag"), [("mute", "unmute", True), ("unmute", "mute", False)]
)
def test_menu_mutes_and_unmutes_with_a_way_back(client, lena, sami, deed, way_back, tag):
    if deed == "unmute":
        actions.mute(actor=lena, person=sami)
    client.force_login(lena)

    content = client.post(verb(deed, sami), follow=True).content.decode()

    assert f'action="{verb(way_back, sami)}"' in content
    assert ("Muted</span>" in content) == tag


def test_muted_person_sees_nothing_of_it(client, lena, sami):
    actions.mute(actor=lena, person=sami)
    client.force_login(sami)

    assert "Muted" not in client.get(lena.get_absolute_url()).content.decode()


@pytest.mark.parametrize("deed", ["mute", "unmute"])
def test_muting_takes_an_account(client, sami, deed):
    assert client.post(verb(deed, sami)).url.startswith(reverse("account_login"))
