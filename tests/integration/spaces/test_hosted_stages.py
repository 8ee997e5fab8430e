"""What a media node reads of a stage."""

import uuid

from django.utils import timezone

from spaces.media.stages import Stage, live_versions, read_stage
from spaces.models import Participant, Space
from tests.factories import make_user


def test_stage_is_read_from_the_database(space, sami):
    host = space.participants.get()
    Participant.objects.filter(pk=host.pk).update(microphone=Participant.Microphone.OPEN)
    Participant.objects.create(space=space, user=sami)
    speaker = Participant.objects.create(
        space=space,
        user=make_user("lena"),
        role=Participant.Role.SPEAKER,
        on_stage_since=timezone.now(),
        talk_ms=1500,
    )

    stage = read_stage(str(space.public_id))

    hana, lena = str(host.public_id), str(speaker.public_id)
    assert stage == Stage(
        space.version, people={hana: True, lena: False}, talk_ms={hana: 0, lena: 1500}
    )


def test_who_was_removed_is_barred(space, listener):
    Participant.objects.filter(pk=listener.pk).update(removed_at=timezone.now())

    assert read_stage(str(space.public_id)).barred == {str(listener.public_id)}


def test_space_that_ended_has_no_stage(space):
    Space.objects.filter(pk=space.pk).update(state=Space.State.ENDED, ended_at=timezone.now())

    assert read_stage(str(space.public_id)) is None
    assert read_stage("no uuid") is None


def test_versions_of_many_spaces_are_one_query(space, django_assert_num_queries):
    with django_assert_num_queries(1):
        versions = live_versions([str(space.public_id), str(uuid.uuid4()), "no uuid"])

    assert versions == {str(space.public_id): space.version}
