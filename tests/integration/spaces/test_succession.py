"""The host's connection is lost: who acts for them, and when the Space ends by itself."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from config.errors import Conflict, NotAllowed
from config.news import connection
from spaces import actions, tasks
from spaces.actions import succession
from spaces.listener import Marks
from spaces.live import absence, presence
from spaces.live.consumer import enter_space
from spaces.models import Invitation, Participant, Space, SpeakRequest
from tests.factories import (
    ask_to_co_host,
    make_host,
    make_participant,
    make_request,
    make_space,
    make_user,
)

pytestmark = pytest.mark.django_db

Role = Participant.Role
NOW = timezone.now()
LOST, GONE = 16, 61
GRACE = timedelta(minutes=5)


@pytest.fixture
def co_host(space, sami):
    return make_participant(space, user=sami, role=Role.CO_HOST)


@pytest.fixture
def second_co_host(space, co_host):
    return make_participant(space, user=make_user("nadia"), role=Role.CO_HOST)


@pytest.fixture
def acting(space, host, co_host):
    """Sami acts for Hana since NOW."""
    sweep(space, {host: LOST})
    return co_host


def sweep(space, missing=(), *, at=NOW):
    """missing: participant → for how many seconds."""
    actions.sweep_absent(
        space=Space.objects.get(pk=space.pk),
        missing={str(person.public_id): seconds for person, seconds in dict(missing).items()},
        now=at,
    )
    space.refresh_from_db()


# --- Lost and back ---


def test_host_missed_for_a_moment_is_not_lost(space, host):
    sweep(space, {host: 15})

    assert space.host_away_since is None


def test_space_without_co_host_is_kept_for_its_host(space, host):
    sweep(space, {host: LOST})

    assert (space.host_away_since, space.acting_host) == (NOW, None)
    assert space.kept_until == NOW + GRACE


def test_first_co_host_on_stage_who_is_there_acts(space, host, co_host, second_co_host):
    sweep(space, {host: LOST, co_host: 1})

    assert space.acting_host == second_co_host


def test_acting_host_is_who_came_on_stage_first(space, host, co_host, second_co_host):
    sweep(space, {host: LOST})

    assert (space.acting_host, space.kept_until) == (co_host, None)


def test_speaker_never_acts_for_the_host(space, host, speaker):
    sweep(space, {host: LOST})

    assert space.acting_host is None


def test_host_seen_again_by_a_sweep_is_back(space, acting):
    sweep(space)

    assert (space.host_away_since, space.acting_host) == (None, None)


def test_host_whose_page_opens_is_back_at_once(space, hana, acting):
    actions.host_came_back(actor=hana, space=space)

    space.refresh_from_db()
    assert (space.host_away_since, space.acting_host) == (None, None)


def test_page_of_another_person_brings_no_host_back(space, sami, acting):
    actions.host_came_back(actor=sami, space=space)

    space.refresh_from_db()
    assert space.acting_host == acting


def test_lost_host_who_comes_in_by_the_door_is_there_for_the_next_sweep(
    client, space, hana, host, redis_server
):
    sweep(space, {host: LOST})
    client.force_login(hana)

    enter_space(space.public_id, client.session.session_key, Marks(), is_back=True)

    space.refresh_from_db()
    assert space.host_away_since is None
    assert absence.look(connection(), space) == {}


def test_lost_host_who_comes_at_the_moment_of_the_end_is_let_in_to_see_it(
    client, space, hana, host, redis_server, monkeypatch
):
    sweep(space, {host: LOST})
    client.force_login(hana)
    monkeypatch.setattr(succession, "lock", over)

    entry = enter_space(space.public_id, client.session.session_key, Marks(), is_back=True)

    assert entry.space == space


def over(space):
    raise actions.SpaceOver("This Space has ended.")


# --- The next one ---


def test_acting_host_missed_for_a_moment_goes_on(space, host, acting, second_co_host):
    sweep(space, {host: GONE, acting: 10})

    assert space.acting_host == acting


def test_next_co_host_acts_when_the_acting_one_is_lost(space, host, acting, second_co_host):
    sweep(space, {host: GONE, acting: LOST})

    assert space.acting_host == second_co_host


def test_co_host_who_comes_later_acts(space, host, sami):
    sweep(space, {host: LOST})
    co_host = make_participant(space, user=sami, role=Role.CO_HOST)

    sweep(space, {host: LOST + 5}, at=NOW + timedelta(seconds=5))

    assert space.acting_host == co_host


def test_acting_host_who_steps_down_holds_nothing_more(space, host, sami, acting):
    actions.step_down(actor=sami, space=space)

    space.refresh_from_db()
    assert (space.acting_host, space.host_away_since > NOW) == (None, True)


def test_next_one_acts_after_the_acting_host_stepped_down(
    space, host, sami, acting, second_co_host
):
    actions.step_down(actor=sami, space=space)

    sweep(space, {host: LOST + 5})

    assert space.acting_host == second_co_host


def test_acting_host_ends_the_space(space, sami, acting):
    actions.end_space(actor=sami, space=space)

    assert Space.objects.get().end_reason == Space.EndReason.HOST


def test_who_acted_may_not_end_once_the_host_is_back(space, hana, sami, acting):
    """The page of the one who acted may still show the button."""
    stale = Space.objects.get(pk=space.pk)
    actions.host_came_back(actor=hana, space=space)

    with pytest.raises(NotAllowed):
        actions.end_space(actor=sami, space=stale)


# --- A co-host in the audience ---


@pytest.fixture
def waiting(space, otto):
    """Otto accepted to co-host, and the small stage is full without him."""
    Space.objects.filter(pk=space.pk).update(stage_size=Space.StageSize.SMALL)
    for _ in range(3):
        make_participant(space, role=Role.SPEAKER)
    ask_to_co_host(space, otto, state=Invitation.State.ACCEPTED)
    return make_participant(space, user=otto)


def test_co_host_who_waits_for_a_place_comes_up_beyond_it_and_acts(space, host, waiting):
    sweep(space, {host: LOST})

    waiting.refresh_from_db()
    assert (space.acting_host, waiting.role) == (waiting, Role.CO_HOST)
    assert space.participants.on_stage().count() == 5


def test_co_host_who_comes_while_the_host_is_away_is_called_up(space, host, waiting):
    sweep(space, {host: LOST, waiting: LOST})
    was_held = space.acting_host is not None

    sweep(space, {host: LOST + 5}, at=NOW + timedelta(seconds=5))

    assert (was_held, space.acting_host) == (False, waiting)


def test_co_host_on_stage_goes_before_one_who_waits(space, host, co_host, waiting):
    sweep(space, {host: LOST})

    waiting.refresh_from_db()
    assert (space.acting_host, waiting.role) == (co_host, Role.LISTENER)


def test_co_host_on_stage_who_is_missed_for_a_moment_is_waited_for(space, host, co_host, waiting):
    sweep(space, {host: LOST, co_host: 5})
    was_held = space.acting_host is not None

    sweep(space, {host: LOST + 5}, at=NOW + timedelta(seconds=5))

    assert (was_held, space.acting_host) == (False, co_host)


def test_co_host_who_waits_acts_when_the_one_on_stage_is_lost_too(space, host, co_host, waiting):
    sweep(space, {host: LOST, co_host: LOST})

    assert space.acting_host == waiting


def test_co_host_waits_on_while_the_host_is_there_or_missed_for_a_moment(space, host, waiting):
    sweep(space, {host: 15})

    waiting.refresh_from_db()
    assert waiting.role == Role.LISTENER


@pytest.mark.parametrize("state", [Invitation.State.PENDING, Invitation.State.WITHDRAWN])
def test_nobody_is_called_up_who_does_not_co_host(space, host, waiting, state):
    space.invitations.all().delete()
    ask_to_co_host(space, waiting.user, state=state)

    sweep(space, {host: LOST})

    assert space.acting_host is None


def test_space_ends_when_the_co_host_who_waited_is_gone_too(space, host, waiting):
    sweep(space, {host: LOST, waiting: LOST})

    sweep(space, {host: LOST + 300, waiting: LOST + 300}, at=NOW + GRACE)

    assert space.end_reason == Space.EndReason.HOST_LOST


def test_calling_up_again_changes_nothing_more(space, host, waiting):
    sweep(space, {host: LOST})
    version = space.version

    sweep(space, {host: LOST})

    assert space.version == version


# --- The end ---


def test_space_ends_when_nobody_held_it_for_the_grace(space, host):
    sweep(space, {host: LOST})

    sweep(space, {host: LOST + 300}, at=NOW + GRACE)

    assert (space.state, space.end_reason) == (Space.State.ENDED, Space.EndReason.HOST_LOST)


def test_space_goes_on_until_the_grace_is_over(space, host):
    sweep(space, {host: LOST})

    sweep(space, {host: LOST + 299}, at=NOW + GRACE - timedelta(seconds=1))

    assert space.is_live


def test_space_with_an_acting_host_goes_on(space, host, acting):
    sweep(space, {host: 7200}, at=NOW + timedelta(hours=2))

    assert (space.is_live, space.acting_host) == (True, acting)


def test_grace_counts_from_when_the_acting_host_was_lost_too(space, host, acting):
    later = NOW + timedelta(hours=1)
    sweep(space, {host: 3600, acting: LOST}, at=later)

    sweep(space, {host: 3900, acting: 300}, at=later + GRACE - timedelta(seconds=1))
    is_kept = space.is_live
    sweep(space, {host: 3901, acting: 301}, at=later + GRACE)

    assert (is_kept, space.is_live) == (True, False)


def test_space_does_not_end_while_redis_has_just_forgotten_its_people(space, host):
    sweep(space, {host: LOST})

    sweep(space, {host: 0}, at=NOW + GRACE)

    assert space.is_live


def test_host_who_came_back_since_the_look_ends_nothing(space, hana, host):
    sweep(space, {host: LOST})
    stale = Space.objects.get(pk=space.pk)
    actions.host_came_back(actor=hana, space=space)

    actions.sweep_absent(space=stale, missing={str(host.public_id): 400}, now=NOW + GRACE)

    space.refresh_from_db()
    assert (space.is_live, space.host_away_since) == (True, None)


def test_host_is_not_taken_off_the_stage(space, host):
    sweep(space, {host: 200})

    host.refresh_from_db()
    assert host.role == Role.HOST


# --- The others ---


@pytest.mark.parametrize("role", [Role.SPEAKER, Role.CO_HOST])
def test_who_is_missing_for_longer_than_the_grace_goes_down(space, sami, role):
    person = make_participant(space, user=sami, role=role)

    sweep(space, {person: GONE})

    person.refresh_from_db()
    assert (person.role, space.is_live) == (Role.LISTENER, True)


def test_speaker_in_their_grace_stays(space, speaker):
    sweep(space, {speaker: 60})

    speaker.refresh_from_db()
    assert speaker.role == Role.SPEAKER


# --- The line ---


@pytest.mark.parametrize("is_invited", [False, True])
def test_who_is_gone_for_longer_than_the_grace_is_out_of_the_line(
    space, hana, listener, is_invited
):
    request = listener.speak_requests.create(invited_by=hana if is_invited else None)

    sweep(space, {listener: GONE})

    request.refresh_from_db()
    assert (request.state, request.answered_at) == (SpeakRequest.State.WITHDRAWN, NOW)


def test_who_stands_in_line_in_their_grace_stays(space, listener, speak_request):
    sweep(space, {listener: 60})

    assert SpeakRequest.objects.pending().get() == speak_request


def test_accepting_who_is_gone_comes_too_late(space, hana, listener, speak_request):
    sweep(space, {listener: GONE})

    with pytest.raises(Conflict, match="answered already"):
        actions.accept_request(actor=hana, space=space, request=speak_request)


def test_all_who_are_gone_leave_the_line_in_one_message(
    space, listener, speak_request, news, django_capture_on_commit_callbacks
):
    late = make_request(space).participant

    with django_capture_on_commit_callbacks(execute=True):
        sweep(space, {listener: GONE, late: GONE})
        sweep(space, {listener: GONE + 5, late: GONE + 5})

    gone = {"state": "withdrawn", "is_invitation": False}
    assert len(news.of(space)) == 1
    assert heard(news, space) == [
        ("request.changed", {"person": str(person.public_id), **gone})
        for person in (listener, late)
    ]


# --- What pages hear ---


def heard(news, space):
    return [
        (event["name"], event["data"]) for message in news.of(space) for event in message["events"]
    ]


def test_pages_hear_who_acts_and_that_the_host_is_back(
    space, host, co_host, news, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        sweep(space, {host: LOST})
        sweep(space)

    acting = str(co_host.public_id)
    assert heard(news, space) == [
        ("space.host_changed", {"is_away": True, "acting": acting}),
        ("space.host_changed", {"is_away": False, "acting": ""}),
    ]


def test_acting_host_who_steps_down_is_one_message(
    space, host, sami, acting, news, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        actions.step_down(actor=sami, space=space)

    (message,) = news.of(space)
    assert [event["name"] for event in message["events"]] == [
        "space.host_changed",
        "participant.role_changed",
    ]


def test_sweeping_again_changes_nothing_more(space, host, co_host):
    missing = {host: LOST, make_participant(space, role=Role.SPEAKER): GONE}
    sweep(space, missing)
    version = space.version

    sweep(space, missing)

    assert space.version == version


def test_sweep_of_a_space_that_ended_meanwhile_is_harmless(space, hana, host, speaker):
    stale = Space.objects.get(pk=space.pk)
    actions.end_space(actor=hana, space=space)

    actions.sweep_absent(space=stale, missing={str(host.public_id): 400}, now=NOW)

    assert Space.objects.get().end_reason == Space.EndReason.HOST


def test_space_where_nobody_is_missing_is_not_locked(space, django_assert_num_queries):
    with django_assert_num_queries(2):  # the savepoint
        actions.sweep_absent(space=space, missing={}, now=NOW)


# --- The task ---


@pytest.fixture
def missed_for(redis_server):
    """Look as if the first look that missed people had been `seconds` ago."""

    def miss(space, seconds):
        absence.look(connection(), space, now=time.time() - seconds)

    return miss


def test_task_sees_to_every_live_space(space, missed_for):
    other = make_space(make_host("rival"))
    for live in (space, other):
        missed_for(live, LOST)

    tasks.sweep_absent()

    assert Space.objects.filter(host_away_since__isnull=False).count() == 2


def test_task_takes_who_closed_the_page_out_of_the_line(space, listener, speak_request, missed_for):
    missed_for(space, GONE)

    tasks.sweep_absent()

    speak_request.refresh_from_db()
    assert speak_request.state == SpeakRequest.State.WITHDRAWN


def test_task_leaves_a_space_alone_whose_people_are_there(space, hana, redis_server):
    person = presence.signed_in(hana.pk)
    presence.add(connection(), str(space.public_id), [person], now=time.time())

    tasks.sweep_absent()

    assert Space.objects.get().version == space.version
