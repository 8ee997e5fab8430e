"""People who vanish: their grace, and the sweep that ends it."""

import time

import pytest
from django.utils import timezone

from spaces import actions, tasks
from spaces.events import connection
from spaces.live import absence, presence
from spaces.models import Participant, Space
from tests.factories import make_host, make_space

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]

Role, Microphone = Participant.Role, Participant.Microphone
NOBODY = absence.Gone(host=False, speakers=frozenset())


def come_in(space, *users):
    pipeline = connection().pipeline()
    people = [presence.signed_in(user.pk) for user in users]
    presence.add(pipeline, str(space.public_id), people, now=time.time())
    pipeline.execute()


def leave(space, user):
    presence.remove(connection(), str(space.public_id), [presence.signed_in(user.pk)])


def look(space, at):
    return absence.look(connection(), space, now=at)


def only_speaker(participant):
    return absence.Gone(host=False, speakers=frozenset({str(participant.public_id)}))


# --- Grace ---


def test_people_who_are_there_are_not_gone(space, hana, sami, speaker):
    come_in(space, hana, sami)

    assert look(space, at=0) == look(space, at=10_000) == NOBODY


def test_grace_starts_at_the_first_look_that_misses(space, hana, speaker):
    """However long the sweep itself was away."""
    come_in(space, hana)

    assert look(space, at=50_000) == NOBODY
    assert look(space, at=50_060) == NOBODY
    assert look(space, at=50_061) == only_speaker(speaker)


def test_host_has_the_longer_grace(space, hana, settings):
    look(space, at=0)

    assert look(space, at=settings.SPEAKER_GRACE_S + 1) == NOBODY
    assert look(space, at=settings.HOST_GRACE_S + 1).host


def test_coming_back_starts_a_new_grace(space, hana, sami, speaker):
    come_in(space, hana)
    look(space, at=0)
    come_in(space, sami)
    look(space, at=50)
    leave(space, sami)

    assert look(space, at=100) == look(space, at=160) == NOBODY
    assert look(space, at=161) == only_speaker(speaker)


def test_listener_is_never_gone(space, hana, listener):
    come_in(space, hana)
    look(space, at=0)

    assert look(space, at=10_000) == NOBODY


def test_lost_redis_gives_everybody_a_new_grace(space, speaker):
    look(space, at=0)
    connection().flushdb()

    assert look(space, at=1000) == NOBODY


def test_absence_in_one_space_is_none_in_another(space, hana, sami, speaker):
    other = make_space(make_host("rival"))
    look(space, at=0)

    assert look(other, at=1000) == NOBODY


# --- The sweep ---


@pytest.fixture
def long_gone(monkeypatch):
    """Look as if the first look that missed people had been `seconds` ago."""

    def miss(space, seconds):
        absence.look(connection(), space, now=time.time() - seconds)

    return miss


def test_sweep_brings_an_absent_speaker_down(space, hana, speaker, long_gone):
    come_in(space, hana)
    long_gone(space, 61)

    tasks.sweep_absent()

    speaker.refresh_from_db()
    space.refresh_from_db()
    assert (speaker.role, space.is_live) == (Role.LISTENER, True)


def test_sweep_leaves_a_speaker_in_their_grace(space, hana, speaker, long_gone):
    come_in(space, hana)
    long_gone(space, 50)

    tasks.sweep_absent()

    speaker.refresh_from_db()
    assert speaker.role == Role.SPEAKER


def test_sweep_ends_a_space_without_its_host(space, sami, speaker, long_gone):
    come_in(space, sami)
    long_gone(space, 301)

    tasks.sweep_absent()

    space.refresh_from_db()
    assert (space.is_live, space.ended_at is not None) == (False, True)


def test_sweep_leaves_other_spaces_alone(space, hana, long_gone):
    other = make_space(make_host("rival"))
    come_in(other, other.host)
    long_gone(space, 301)

    tasks.sweep_absent()

    assert list(Space.objects.live()) == [other]


def test_sweeping_twice_changes_nothing_more(space, hana, speaker, long_gone):
    come_in(space, hana)
    long_gone(space, 61)
    tasks.sweep_absent()
    version = Space.objects.get().version

    tasks.sweep_absent()

    assert Space.objects.get().version == version


def sweep(space, *, absent=(), host_gone=False):
    actions.sweep_absent(
        space=space,
        absent=frozenset(str(participant.public_id) for participant in absent),
        host_gone=host_gone,
        now=timezone.now(),
    )


def test_sweep_tells_the_pages(space, speaker, news, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        sweep(space, absent=[speaker])

    (message,) = news.of(space)
    assert [event["name"] for event in message["events"]] == ["participant.role_changed"]
    assert news.stages == [space.public_id]


def test_sweep_of_a_space_that_ended_meanwhile_is_harmless(space, hana, speaker):
    actions.end_space(actor=hana, space=space)

    sweep(space, absent=[speaker], host_gone=True)

    assert not Space.objects.get().is_live


def test_sweep_moves_no_host_down(space, hana):
    sweep(space, absent=[space.participants.get()])

    assert space.participants.get().role == Role.HOST
