"""How long people were heard, as the database keeps it and the crew reads it."""

import threading

import pytest
from django.db import transaction

from spaces.media.talk_time import keep_talk_times
from spaces.models import Participant
from tests.factories import make_participant

from .reading import page

Role = Participant.Role


def talk_ms(participant):
    participant.refresh_from_db()
    return participant.talk_ms


@pytest.mark.django_db
def test_totals_are_kept_in_few_queries_however_many_talked(
    space, speaker, django_assert_num_queries
):
    others = [make_participant(space, role=Role.SPEAKER) for _ in range(5)]
    totals = {str(person.public_id): 2_000 for person in (speaker, *others)}

    # Savepoint, rows, update, savepoint.
    with django_assert_num_queries(4):
        kept = keep_talk_times(totals)

    assert kept == totals.keys()
    assert [talk_ms(person) for person in (speaker, *others)] == [2_000] * 6


@pytest.mark.django_db
@pytest.mark.parametrize("total", [2_000, 1_000])
def test_total_said_again_or_late_changes_nothing(speaker, total):
    keep_talk_times({str(speaker.public_id): 2_000})

    keep_talk_times({str(speaker.public_id): total})

    assert talk_ms(speaker) == 2_000


@pytest.mark.django_db(transaction=True)
def test_row_that_an_action_holds_is_left_for_the_next_time(at_once, space, speaker):
    free = make_participant(space, role=Role.SPEAKER)
    totals = {str(person.public_id): 2_000 for person in (speaker, free)}
    is_held, is_done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Participant.objects.select_for_update().get(pk=speaker.pk)
            is_held.set()
            assert is_done.wait(10)

    def keep():
        assert is_held.wait(10)
        try:
            return keep_talk_times(totals)
        finally:
            is_done.set()

    _held, kept = at_once(hold, keep)

    assert kept == {str(free.public_id)}
    assert (talk_ms(speaker), talk_ms(free)) == (0, 2_000)


@pytest.mark.django_db
def test_crew_reads_how_long_everybody_on_stage_talked_and_nobody_else_does(
    client, space, hana, sami, speaker
):
    Participant.objects.filter(pk=speaker.pk).update(talk_ms=125_900)
    address = f"/spaces/{space.public_id}/people/"

    client.force_login(hana)
    assert "2:05" in page(client, address)
    for reader in (sami, None):
        client.force_login(reader) if reader else client.logout()
        assert "talk" not in page(client, address)
