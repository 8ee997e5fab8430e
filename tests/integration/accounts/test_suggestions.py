"""Suggestions: followed by those one follows, and worth suggesting."""

import pytest

from accounts import actions, suggestions
from accounts.apart import Apart
from accounts.models import Follow
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def follow(follower, *people):
    for person in people:
        Follow.objects.create(follower=follower, followed=person)


@pytest.fixture
def nora():
    return make_user("nora")


def test_suggested_is_whom_those_one_follows_follow(lena, sami, nora):
    follow(lena, sami)
    follow(sami, nora)

    found = suggestions.for_reader(Apart(lena))

    assert found == [nora]
    assert (found[0].followed_by, found[0].others_count) == (sami, 0)


def test_most_followed_comes_first(lena, sami, otto, nora):
    mira = make_user("mira")
    follow(lena, sami, otto)
    follow(sami, mira, nora)
    follow(otto, nora)

    found = suggestions.for_reader(Apart(lena))

    assert found == [nora, mira]
    assert found[0].others_count == 1


def test_no_more_than_asked_for(lena, sami):
    follow(lena, sami)
    follow(sami, *[make_user() for _ in range(4)])

    assert len(suggestions.for_reader(Apart(lena), limit=3)) == 3


def test_oneself_and_whom_one_follows_are_not_suggested(lena, sami, nora):
    follow(lena, sami, nora)
    follow(sami, lena, nora)

    assert suggestions.for_reader(Apart(lena)) == []


@pytest.mark.parametrize(
    "leave_out",
    [
        lambda lena, nora: actions.block(actor=lena, person=nora),
        lambda lena, nora: actions.block(actor=nora, person=lena),
        lambda lena, nora: actions.mute(actor=lena, person=nora),
        lambda lena, nora: type(nora).objects.filter(pk=nora.pk).update(is_active=False),
    ],
    ids=["blocked", "blocked by them", "muted", "barred"],
)
def test_nobody_is_suggested_whom_one_would_not_want(lena, sami, nora, leave_out):
    follow(lena, sami)
    follow(sami, nora)

    leave_out(lena, nora)

    assert suggestions.for_reader(Apart(lena)) == []


def test_only_the_latest_follows_are_asked(lena, sami, otto, nora, monkeypatch):
    monkeypatch.setattr(suggestions, "FOLLOWS_ASKED", 1)
    follow(lena, otto, sami)
    follow(otto, nora)

    assert suggestions.for_reader(Apart(lena)) == []


@pytest.mark.parametrize("size", [1, 20])
def test_suggestions_take_three_queries(lena, size, django_assert_num_queries):
    people = [make_user() for _ in range(size)]
    follow(lena, *people)
    for person in people:
        follow(person, make_user())

    # Blocks and mutes; who is followed most; those people.
    with django_assert_num_queries(3):
        suggestions.for_reader(Apart(lena))


def test_own_profile_shows_them_with_the_reason(client, lena, sami, nora):
    follow(lena, sami)
    follow(sami, nora)
    client.force_login(lena)

    content = client.get(lena.get_absolute_url()).content.decode()

    assert 'href="/@nora"' in content
    assert "Sami follows" in content
