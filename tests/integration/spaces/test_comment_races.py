"""People who comment in the same moment, and one who does twice: the rows stay right."""

import uuid

import pytest

from spaces import actions
from spaces.actions import comments
from spaces.models import Comment, CommentCounter, Space
from tests.factories import make_participant

from .outcomes import kinds, meet_after, meet_surely

pytestmark = pytest.mark.django_db(transaction=True)


def posting(by, space, client_id=None):
    client_id = client_id or uuid.uuid4()
    return lambda: actions.post_comment(actor=by, space=space, body="Here", client_id=client_id)


@pytest.fixture
def crowd(space):
    return [make_participant(space).user for _ in range(8)]


def test_first_comments_of_a_crowd_have_numbers_without_a_gap(at_once, space, crowd):
    outcomes = at_once(*[posting(person, space) for person in crowd])

    assert kinds(outcomes) == ["done"] * 8
    assert sorted((c.number, c.revision) for c in outcomes) == [(n, n) for n in range(1, 9)]


@pytest.fixture
def unlocked(monkeypatch):
    """Without the guard: the counter is read, and not held."""
    meet_surely(monkeypatch)
    monkeypatch.setattr(
        comments, "lock_counter", lambda space: CommentCounter.objects.get(space=space)
    )


@pytest.fixture
def both_read_the_rules(monkeypatch, space):
    CommentCounter.objects.create(space=space)
    meet_after(monkeypatch, comments, "require_live")


def test_two_who_meet_have_two_numbers(at_once, space, crowd, both_read_the_rules):
    outcomes = at_once(*[posting(person, space) for person in crowd[:2]])

    assert kinds(outcomes) == ["done", "done"]


def test_twin_without_the_lock_gives_one_number_twice(
    at_once, space, crowd, both_read_the_rules, unlocked
):
    """Shows that the test above would see it: the constraint is all that is left."""
    outcomes = at_once(*[posting(person, space) for person in crowd[:2]])

    assert kinds(outcomes) == ["IntegrityError", "done"]


def test_two_tabs_do_not_beat_the_pace(at_once, space, lena, listener, both_read_the_rules):
    Space.objects.filter(pk=space.pk).update(comment_every_s=30)

    outcomes = at_once(posting(lena, space), posting(lena, space))

    assert kinds(outcomes) == ["TooSoon", "done"]


def test_twin_without_the_lock_lets_both_tabs_past_the_pace(
    at_once, space, lena, listener, both_read_the_rules, unlocked
):
    """Shows that the test above would see it: neither is told to wait."""
    Space.objects.filter(pk=space.pk).update(comment_every_s=30)

    outcomes = at_once(posting(lena, space), posting(lena, space))

    assert "TooSoon" not in kinds(outcomes)


def test_double_submit_is_one_comment(at_once, space, lena, listener, both_read_the_rules):
    first, second = at_once(*[posting(lena, space, uuid.uuid4())] * 2)

    assert first == second == Comment.objects.get()
    assert CommentCounter.objects.get().revision == 1


def test_twin_without_the_lock_takes_a_double_submit_for_two(
    at_once, space, lena, listener, both_read_the_rules, unlocked
):
    """Shows that the test above would see it."""
    outcomes = at_once(*[posting(lena, space, uuid.uuid4())] * 2)

    assert kinds(outcomes) == ["IntegrityError", "done"]


def test_double_click_on_delete_is_one_change(at_once, space, lena, listener):
    comment = posting(lena, space)()

    outcomes = at_once(
        *[lambda: actions.delete_comment(actor=lena, space=space, comment=comment)] * 2
    )

    assert kinds(outcomes) == ["done", "done"]
    assert CommentCounter.objects.get().revision == 2


def test_author_who_edits_while_the_crew_deletes_brings_nothing_back(at_once, space, lena):
    comment = posting(lena, space)()

    at_once(
        lambda: actions.edit_comment(actor=lena, space=space, comment=comment, body="Better"),
        lambda: actions.delete_comment(actor=space.host, space=space, comment=comment),
    )

    comment.refresh_from_db()
    assert comment.deleted_at is not None
