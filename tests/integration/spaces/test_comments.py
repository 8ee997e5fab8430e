"""Comments: who may write what and when, who takes it away, and what a page is given to read."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Block, Follow, Mute
from config.errors import Conflict, NotAllowed
from spaces import actions, comment_data
from spaces.actions import comments
from spaces.models import Comment, CommentCounter, CommentFilter, Participant, Space
from tests.factories import make_comment, make_participant, make_space, make_user

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
SAID = "We lost ours in 2019."
WhoMayComment = Space.WhoMayComment


def post(space, by, body=SAID, client_id=None):
    client_id = client_id or uuid.uuid4()
    return actions.post_comment(actor=by, space=space, body=body, client_id=client_id)


def set_rules(space, **rules):
    Space.objects.filter(pk=space.pk).update(**rules)


def revision_of(space):
    return CommentCounter.objects.get(space=space).revision


@pytest.fixture
def comment(space, lena, listener):
    """Lena has written something."""
    return post(space, lena)


@pytest.fixture
def ines(space):
    """Co-hosts."""
    return make_participant(space, user=make_user("ines"), role=Participant.Role.CO_HOST).user


def date_back(comment, seconds, *fields):
    moment = timezone.now() - timedelta(seconds=seconds)
    Comment.objects.filter(pk=comment.pk).update(**dict.fromkeys(fields, moment))


# --- Posting ---


def test_comments_are_numbered_and_raise_no_version(space, lena, listener):
    first, second = post(space, lena), post(space, space.host)

    assert [(c.number, c.revision) for c in (first, second)] == [(1, 1), (2, 2)]
    assert Space.objects.get(pk=space.pk).version == space.version


def test_comment_is_told_to_every_page_after_commit(
    space, lena, listener, news, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        comment = post(space, lena)
        assert news.messages == []

    (message,) = news.of(space)
    assert message["event"] == "comment"
    assert message["data"] == comment_data.as_data(comment)
    assert message["data"] | {"at": ""} == {
        "n": 1,
        "rev": 1,
        "id": str(comment.public_id),
        "person": str(listener.public_id),
        "handle": "lena",
        "name": "Lena",
        "initials": "L",
        "hue": lena.hue,
        "picture": "",
        "body": SAID,
        "at": "",
        "edited": False,
    }


def test_comment_sent_twice_is_there_once(space, lena, listener, news):
    client_id = uuid.uuid4()

    first, second = post(space, lena, client_id=client_id), post(space, lena, client_id=client_id)

    assert first == second == Comment.objects.get()
    assert revision_of(space) == 1


def test_comment_that_was_taken_before_comments_went_off_is_answered_as_taken(
    space, lena, listener
):
    client_id = uuid.uuid4()
    first = post(space, lena, client_id=client_id)
    set_rules(space, who_may_comment=WhoMayComment.OFF)

    assert post(space, lena, client_id=client_id) == first


def test_same_client_id_of_two_people_is_two_comments(space, lena, otto):
    client_id = uuid.uuid4()

    assert post(space, lena, client_id=client_id) != post(space, otto, client_id=client_id)


def test_who_comments_before_their_page_has_its_socket_comes_in(space, otto):
    post(space, otto)

    assert space.participants.filter(user=otto).exists()


def test_comment_costs_five_queries(space, lena, listener, django_assert_num_queries):
    post(space, lena)

    # The counter, the author with the rules, what they said lately; the counter and the comment.
    with django_assert_num_queries(5 + 2):  # and the savepoint of the action in this test
        post(space, lena)


# --- Who may ---


def test_nobody_comments_while_comments_are_off(space, lena, listener):
    set_rules(space, who_may_comment=WhoMayComment.OFF)

    for person in (lena, space.host):
        with pytest.raises(actions.CommentsOff, match="Hana switched comments off"):
            post(space, person)


def test_stale_copy_of_the_space_opens_nothing(space, lena, listener):
    set_rules(space, who_may_comment=WhoMayComment.OFF)
    assert space.who_may_comment == WhoMayComment.EVERYONE

    with pytest.raises(actions.CommentsOff):
        post(space, lena)


def test_followers_only(space, lena, listener, otto):
    set_rules(space, who_may_comment=WhoMayComment.FOLLOWERS)
    Follow.objects.create(follower=lena, followed=space.host)

    assert post(space, lena)
    with pytest.raises(NotAllowed, match="Follow, and you are one of them") as refused:
        post(space, otto)
    assert refused.value.code == "followers_only"


def test_people_on_stage_comment_without_following(space, sami, speaker, ines):
    set_rules(space, who_may_comment=WhoMayComment.FOLLOWERS)

    assert all(post(space, person) for person in (space.host, ines, sami))


def test_removed_person_is_refused(space, lena, listener):
    listener.removed_at = timezone.now()
    listener.save(update_fields=["removed_at"])

    with pytest.raises(NotAllowed):
        post(space, lena)


def test_unnamed_listener_is_not_named_by_a_comment(space, lena, listener):
    listener.is_unnamed = True
    listener.save(update_fields=["is_unnamed"])

    with pytest.raises(NotAllowed, match="without your name") as refused:
        post(space, lena)
    assert refused.value.code == "unnamed"


def test_ended_space_takes_no_comment(space, lena, listener, otto):
    actions.end_space(actor=space.host, space=space)

    for person in (lena, otto):
        with pytest.raises(actions.SpaceOver):
            post(space, person)
    assert not space.participants.filter(user=otto).exists()


# --- Slowed ---


@pytest.fixture
def slowed(space):
    set_rules(space, comment_every_s=30)


def test_second_comment_waits_and_is_told_how_long(space, lena, listener, slowed):
    date_back(post(space, lena), 10, "created_at")

    with pytest.raises(actions.TooSoon, match="You can post again in 20 seconds") as refused:
        post(space, lena)
    assert (refused.value.code, refused.value.retry_after_s) == ("too_soon", 20)


def test_second_comment_is_taken_after_the_wait(space, lena, listener, slowed):
    date_back(post(space, lena), 31, "created_at")

    assert post(space, lena).number == 2


def test_pace_is_each_persons_own(space, lena, listener, otto, slowed):
    post(space, lena)

    assert post(space, otto)


def test_deleted_comment_counts_for_the_pace(space, lena, listener, slowed):
    actions.delete_comment(actor=lena, space=space, comment=post(space, lena))

    with pytest.raises(actions.TooSoon):
        post(space, lena)


def test_comment_sent_twice_is_no_second_one(space, lena, listener, slowed):
    client_id = uuid.uuid4()

    assert post(space, lena, client_id=client_id) == post(space, lena, client_id=client_id)


def test_crew_is_not_slowed_and_speakers_are(space, sami, speaker, ines, slowed):
    assert all(post(space, person) for person in (space.host, ines) for _ in range(2))
    post(space, sami)
    with pytest.raises(actions.TooSoon):
        post(space, sami)


@pytest.mark.parametrize("who", ["lena", "hana"])
def test_nobody_posts_faster_than_the_pages_can_read(request, space, listener, who, monkeypatch):
    monkeypatch.setattr(comments, "COMMENTS_A_MINUTE", 2)
    author = request.getfixturevalue(who)
    date_back(post(space, author), 50, "created_at")
    post(space, author)

    with pytest.raises(actions.TooSoon, match="You can post again in 10 seconds"):
        post(space, author)


def test_comment_of_a_minute_ago_is_forgotten(space, lena, listener, monkeypatch):
    monkeypatch.setattr(comments, "COMMENTS_A_MINUTE", 1)
    date_back(post(space, lena), 61, "created_at")

    assert post(space, lena).number == 2


# --- The host's filter ---


def test_filter_holds_a_comment_back_and_says_so(space, lena, listener, filtered):
    with pytest.raises(actions.HeldBack, match="the filter that Hana set up for words"):
        post(space, lena, "Great SP\u00c1M!")
    assert not Comment.objects.exists()


def test_filter_lets_other_words_pass(space, lena, listener, filtered):
    assert post(space, lena, "Spamalot: buy it, now or later")


def test_filter_holds_in_an_edit(space, lena, comment, filtered):
    with pytest.raises(actions.HeldBack):
        edit(lena, comment, "Spam")


def test_filter_is_for_others_than_the_crew(space, ines, filtered):
    assert all(post(space, person, "No spam here.") for person in (space.host, ines))


def test_filter_of_another_host_holds_nothing(space, lena, listener, otto):
    CommentFilter.objects.create(host=otto, words=["lost"])

    assert post(space, lena)


# --- Editing ---


def edit(by, comment, body="We lost ours in 2018."):
    return actions.edit_comment(actor=by, space=comment.space, comment=comment, body=body)


def test_author_edits_and_it_is_marked(space, lena, comment, news):
    edited = edit(lena, comment)

    assert (edited.body, edited.number, edited.revision) == ("We lost ours in 2018.", 1, 2)
    assert comment_data.as_data(edited)["edited"]


def test_edit_that_changes_nothing_tells_nobody(space, lena, comment):
    edited = edit(lena, comment, SAID)

    assert edited.edited_at is None
    assert revision_of(space) == 1


def test_others_edit_nothing_of_it(space, comment, otto, ines):
    for person in (otto, space.host, ines):
        with pytest.raises(NotAllowed, match="Only the person who wrote a comment"):
            edit(person, comment)


def test_edit_is_over_after_its_time(space, lena, comment, settings):
    date_back(comment, settings.COMMENT_EDIT_S + 1, "created_at")

    with pytest.raises(actions.TooLate):
        edit(lena, comment)


def test_nothing_is_edited_while_comments_are_off(space, lena, comment):
    set_rules(space, who_may_comment=WhoMayComment.OFF)

    with pytest.raises(actions.CommentsOff):
        edit(lena, comment)


def test_edit_is_not_slowed(space, lena, comment, slowed):
    assert edit(lena, comment).edited_at is not None


def test_deleted_comment_is_edited_by_nobody(space, lena, comment):
    delete(lena, comment)

    with pytest.raises(Conflict):
        edit(lena, comment)


# --- Deleting, and taking it back ---


def delete(by, comment):
    return actions.delete_comment(actor=by, space=comment.space, comment=comment)


def restore(by, comment):
    return actions.restore_comment(actor=by, space=comment.space, comment=comment)


@pytest.mark.parametrize("who", ["lena", "hana", "ines"])
def test_author_and_crew_delete(request, comment, who):
    deleted = delete(request.getfixturevalue(who), comment)

    assert comment_data.as_data(deleted) == {
        "n": 1,
        "rev": 2,
        "id": str(comment.public_id),
        "deleted": True,
    }


def test_others_delete_nothing(space, comment, otto, sami, speaker):
    for person in (otto, sami):
        with pytest.raises(NotAllowed, match="Only the host and the co-hosts"):
            delete(person, comment)


def test_deleting_twice_is_told_once(lena, comment):
    assert delete(lena, comment).revision == delete(lena, comment).revision == 2


def test_crew_of_an_ended_space_deletes_nothing(space, comment):
    actions.end_space(actor=space.host, space=space)

    with pytest.raises(actions.SpaceOver):
        delete(space.host, comment)


def test_deletion_is_taken_back_by_who_made_it(space, comment):
    delete(space.host, comment)

    restored = restore(space.host, comment)

    assert (restored.body, restored.revision, restored.deleted_by) == (SAID, 3, None)


def test_author_takes_no_deletion_of_the_crew_back(space, lena, comment):
    delete(space.host, comment)

    with pytest.raises(NotAllowed, match="Only the person who deleted"):
        restore(lena, comment)


def test_who_is_crew_no_more_takes_nothing_back(space, comment, ines):
    delete(ines, comment)
    space.participants.filter(user=ines).update(role=Participant.Role.SPEAKER)

    with pytest.raises(NotAllowed):
        restore(ines, comment)


def test_deletion_is_taken_back_in_its_time_only(lena, comment, settings):
    delete(lena, comment)
    date_back(comment, settings.COMMENT_EDIT_S + 1, "deleted_at")

    with pytest.raises(actions.TooLate):
        restore(lena, comment)


@pytest.mark.parametrize(
    ("since_then", "refusal"),
    [
        ("paused_comments", actions.CommentsOff),
        ("unnamed_listener", NotAllowed),
        ("filtered", actions.HeldBack),
    ],
)
def test_author_brings_back_nothing_that_they_could_not_write_now(
    request, space, lena, listener, since_then, refusal
):
    comment = post(space, lena, "Spam and eggs")
    delete(lena, comment)
    request.getfixturevalue(since_then)

    with pytest.raises(refusal):
        restore(lena, comment)
    assert revision_of(space) == 2


def test_author_brings_a_deletion_of_their_own_back(space, lena, comment):
    delete(lena, comment)

    restored = restore(lena, comment)

    assert (restored.body, restored.revision, restored.deleted_by) == (SAID, 3, None)


def test_crew_takes_its_deletion_back_whatever_the_rules_are_now(space, comment):
    delete(space.host, comment)
    set_rules(space, who_may_comment=WhoMayComment.OFF)

    assert restore(space.host, comment).deleted_at is None


def test_author_takes_no_deletion_back_that_the_crew_made_its_own(space, lena, comment):
    delete(lena, comment)

    deleted = delete(space.host, comment)

    assert (deleted.deleted_by, deleted.revision, revision_of(space)) == (space.host, 2, 2)
    with pytest.raises(NotAllowed, match="Only the person who deleted"):
        restore(lena, comment)


def test_deletion_of_the_crew_does_not_become_the_authors_by_a_second_one(space, lena, comment):
    delete(space.host, comment)

    assert delete(lena, comment).deleted_by == space.host


def test_restoring_what_stands_tells_nobody(lena, comment):
    assert restore(lena, comment).revision == 1


# --- Reading ---


def write(space, count, by=None):
    by = by or space.host
    return [make_comment(space, by, body=f"Number {number}") for number in range(1, count + 1)]


def test_page_is_the_last_fifty_with_their_revision(space):
    write(space, 52)

    page = comment_data.newest(space)

    assert (page["from"], page["to"]) == (52, 52)
    assert [item["n"] for item in page["items"]] == list(range(3, 53))


def test_space_without_comments_is_at_revision_nought(space):
    assert comment_data.newest(space) == {"from": 0, "to": 0, "items": []}


def test_changes_are_each_comment_once_as_it_is_now(space, lena, listener):
    first, second, _third = write(space, 3)
    edit(space.host, second)
    delete(space.host, first)

    changes = comment_data.changes(space.public_id, 2)

    assert (changes["from"], changes["to"]) == (2, 5)
    assert [item["n"] for item in changes["items"]] == [3, 2, 1]
    assert changes["items"][2] == {"n": 1, "rev": 5, "id": str(first.public_id), "deleted": True}


def test_too_many_changes_are_none(space, monkeypatch):
    monkeypatch.setattr(comment_data, "MOST_CHANGES", 3)
    write(space, 4)

    assert comment_data.changes(space.public_id, 0) is None
    assert len(comment_data.changes(space.public_id, 1)["items"]) == 3


def ask(client, space, **query):
    return client.get(reverse("spaces:comments", args=[space.public_id]), query, headers=HTMX)


def test_page_asks_for_what_changed_and_for_what_is_older(client, space):
    write(space, 3)

    assert [item["n"] for item in ask(client, space, since=2).json()["items"]] == [3]
    assert [item["n"] for item in ask(client, space, before=3).json()["items"]] == [1, 2]


def test_page_that_missed_too_much_starts_from_the_newest(client, space, monkeypatch):
    monkeypatch.setattr(comment_data, "MOST_CHANGES", 3)
    write(space, 4)

    answer = ask(client, space, since=0).json()

    assert (answer["from"], answer["to"], len(answer["items"])) == (4, 4, 4)


def test_ended_space_shows_no_comment(client, space, comment):
    actions.end_space(actor=space.host, space=space)

    response = client.get(reverse("spaces:comments", args=[space.public_id]), {"since": 0})

    assert response.status_code == 409
    assert comment.body not in response.content.decode()


def test_words_of_a_deleted_comment_are_nowhere(client, space, lena, comment):
    delete(lena, comment)

    for query in ({"since": 0}, {"before": 2}):
        assert SAID not in ask(client, space, **query).content.decode()
    assert SAID not in client.get(space.get_absolute_url()).content.decode()


def test_who_may_not_see_the_space_reads_no_comment(client, space, lena, comment):
    Block.objects.create(blocker=space.host, blocked=lena)
    client.force_login(lena)

    assert ask(client, space, since=0).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"since": 1, "before": 1},
        {"since": -1},
        {"since": "x"},
        {"since": "9" * 40},
        {"before": 0},
        {"before": 2**31},
        {"before": "\0"},
    ],
    ids=str,
)
def test_nonsense_is_a_refusal(client, space, query):
    assert ask(client, space, **query).status_code == 400


def test_comments_of_the_page_are_read_in_few_queries(
    space, lena, listener, django_assert_num_queries
):
    write(space, 5)
    write(space, 5, by=lena)

    with django_assert_num_queries(2):
        comment_data.newest(space)


def first_page(client, space):
    return client.get(space.get_absolute_url()).context["comments"]


def test_page_leaves_out_whom_its_reader_muted_or_blocked(client, space, lena, otto, sami, comment):
    Mute.objects.create(muter=otto, muted=lena)
    Block.objects.create(blocker=otto, blocked=sami)
    Block.objects.create(blocker=make_user("far"), blocked=otto)
    client.force_login(otto)

    assert sorted(first_page(client, space)["hidden"]) == ["lena", "sami"]


def test_page_knows_whether_its_reader_follows_the_host(client, space, lena):
    client.force_login(lena)
    assert not first_page(client, space)["follows_host"]

    Follow.objects.create(follower=lena, followed=space.host)
    assert first_page(client, space)["follows_host"]


# --- At the address ---


def send(client, space, **fields):
    fields = {"body": SAID, "client_id": uuid.uuid4()} | fields
    return client.post(reverse("spaces:comment-post", args=[space.public_id]), fields, headers=HTMX)


def test_posting_is_answered_with_the_comment(client, space, lena, listener):
    client.force_login(lena)

    answer = send(client, space).json()

    assert answer == comment_data.as_data(Comment.objects.with_authors().get())


def test_browser_without_script_is_shown_the_space_again(client, space, lena, listener):
    client.force_login(lena)
    fields = {"body": SAID, "client_id": uuid.uuid4()}

    response = client.post(reverse("spaces:comment-post", args=[space.public_id]), fields)

    assert response.url == space.get_absolute_url()


def test_refusal_says_when_to_ask_again(client, space, lena, listener, slowed):
    client.force_login(lena)
    send(client, space)

    refusal = send(client, space)

    assert (refusal.status_code, refusal.json()["code"]) == (429, "too_soon")
    assert 28 <= int(refusal.headers["Retry-After"]) <= 30


@pytest.mark.parametrize(
    "fields",
    [
        {"body": " \n "},
        {"body": "x" * 281},
        {"body": "a\0b"},
        {"client_id": "no uuid"},
        {"client_id": ""},
    ],
    ids=["blank", "too-long", "NUL", "no-uuid", "no-id"],
)
def test_bad_fields_are_refused(client, space, lena, listener, fields):
    client.force_login(lena)

    assert send(client, space, **fields).status_code == 400
    assert not Comment.objects.exists()


def test_comment_of_another_space_is_not_found(client, lena, comment):
    other = make_space(make_user("rival"))
    client.force_login(other.host)

    for verb in ("comment-edit", "comment-delete", "comment-restore"):
        url = reverse(f"spaces:{verb}", args=[other.public_id, comment.public_id])
        assert client.post(url, {"body": "Mine"}, headers=HTMX).status_code == 404


def test_staff_read_comments_and_change_none(admin_client, comment):
    url = reverse("admin:spaces_comment_changelist")

    assert SAID in admin_client.get(url, {"q": "2019"}).content.decode()
    assert admin_client.get(reverse("admin:spaces_comment_add")).status_code == 403


def test_answer_says_whether_the_reader_follows_the_host_by_now(client, space, hana, lena):
    address = reverse("spaces:comments", args=[space.public_id])
    client.force_login(lena)
    before = client.get(address, {"since": 0}).json()["follows_host"]

    Follow.objects.create(follower=lena, followed=hana)

    assert (before, client.get(address, {"since": 0}).json()["follows_host"]) == (False, True)
