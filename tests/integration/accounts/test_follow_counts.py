"""Counts of followers equal the rows, however many people press at once."""

import random
import threading

import pytest

from accounts import actions
from accounts.models import Follow, User
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def wrong_counts():
    """(handle, counted, rows) of everybody whose counts differ from the rows."""
    found = []
    for user in User.objects.order_by("pk"):
        counted = (user.follower_count, user.following_count)
        rows = (user.follows_received.count(), user.follows_made.count())
        if counted != rows:
            found.append((user.handle, counted, rows))
    return found


def test_counts_equal_rows_after_many_follow_and_unfollow_at_once(at_once):
    people = [make_user() for _ in range(4)]

    def press(seed):
        rng = random.Random(seed)
        for _ in range(25):
            actor, person = rng.sample(people, 2)
            deed = rng.choice([actions.follow, actions.unfollow])
            deed(actor=actor, person=person)

    raised = at_once(*[lambda seed=seed: press(seed) for seed in range(8)])

    assert raised == [None] * 8
    assert wrong_counts() == []


def follow_sami_together(at_once):
    sami = make_user("sami")
    fans = [make_user() for _ in range(2)]
    return at_once(*[lambda fan=fan: actions.follow(actor=fan, person=sami) for fan in fans])


def test_two_who_follow_together_are_two(at_once):
    assert follow_sami_together(at_once) == [None, None]

    assert wrong_counts() == []


def test_twin_that_counts_in_python_loses_a_follower(at_once, monkeypatch):
    """Shows that the test above would see it: without the lock both read 0 before one writes 1."""
    monkeypatch.setattr(actions.people, "_lock_both", lambda one, other: None)
    both_have_read = threading.Barrier(2, timeout=5)

    def count_in_python(*, follower, followed, step):
        person = User.objects.get(pk=followed.pk)
        both_have_read.wait()
        User.objects.filter(pk=person.pk).update(follower_count=person.follower_count + step)

    monkeypatch.setattr(actions.people, "_count_follow", count_in_python)

    follow_sami_together(at_once)

    assert ("sami", (1, 0), (2, 0)) in wrong_counts()


def test_two_who_follow_each_other_together_do_not_block(at_once):
    lena, sami = make_user("lena"), make_user("sami")

    raised = at_once(
        lambda: actions.follow(actor=lena, person=sami),
        lambda: actions.follow(actor=sami, person=lena),
    )

    assert raised == [None, None]
    assert wrong_counts() == []


def test_double_click_on_follow_counts_once(at_once):
    lena, sami = make_user("lena"), make_user("sami")

    at_once(*[lambda: actions.follow(actor=lena, person=sami)] * 4)

    assert Follow.objects.count() == 1
    assert wrong_counts() == []


def test_saving_an_old_copy_of_a_person_keeps_the_counts():
    """A password change or the admin's form saves what it read before somebody followed."""
    lena, sami = make_user("lena"), make_user("sami")
    old_copy = User.objects.get(pk=sami.pk)
    actions.follow(actor=lena, person=sami)

    old_copy.bio = "Counts ferries."
    old_copy.save()

    sami.refresh_from_db()
    assert (sami.bio, sami.follower_count) == ("Counts ferries.", 1)
