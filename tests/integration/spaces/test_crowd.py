"""The crowd that lists are measured with; and that no list asks more of the database for it."""

from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Follow, User
from spaces.live import home
from spaces.models import Participant, Space
from tests.benchmarks.pages import listings
from tests.factories import make_topic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def seed(people=30, spaces=6, **options):
    call_command("seed_crowd", people=people, spaces=spaces, **{"yes": True, **options})


def handles(follows):
    return set(follows.values_list("follower__handle", "followed__handle"))


def test_crowd_counts_who_follows_whom():
    seed()

    received = Counter(Follow.objects.values_list("followed", flat=True))
    made = Counter(Follow.objects.values_list("follower", flat=True))
    for person in User.objects.all():
        assert (person.follower_count, person.following_count) == (
            received[person.pk],
            made[person.pk],
        )


def test_first_of_the_crowd_is_followed_by_half_of_it():
    seed(people=100)

    assert User.objects.get(handle="crowd_000000").follower_count == 50


def test_crowd_has_spaces_in_every_state_of_a_list():
    seed(spaces=100)

    states = Counter(Space.objects.values_list("state", flat=True))
    assert states == {"live": 3, "scheduled": 7, "ended": 90}


def test_every_space_that_has_begun_has_its_host_on_stage():
    seed(spaces=40)

    begun = Space.objects.exclude(started_at=None).values_list("pk", "host")
    hosts = Participant.objects.filter(role="host").values_list("space", "user")
    assert set(begun) == set(hosts)


def test_same_seed_makes_the_same_crowd():
    with transaction.atomic():
        seed()
        first = handles(Follow.objects.all()), set(Space.objects.values_list("public_id", "title"))
        transaction.set_rollback(True)

    seed()

    again = handles(Follow.objects.all()), set(Space.objects.values_list("public_id", "title"))
    assert again == first


def test_crowd_is_refused_outside_demo_mode():
    with pytest.raises(CommandError, match="--yes"):
        seed(yes=False)

    assert not User.objects.exists()


def test_second_crowd_is_refused():
    seed()

    with pytest.raises(CommandError, match="already"):
        seed()


def queries(people, spaces):
    """How many each listing takes, in a crowd of that size that is gone afterwards."""
    counts = {}
    with transaction.atomic():
        # A test before may have emptied every table, the topics of the migrations too.
        make_topic("Coast")
        seed(people=people, spaces=spaces)
        for listing in listings(people):
            client = Client()
            if listing.handle:
                client.force_login(User.objects.get(handle=listing.handle))
            with CaptureQueriesContext(connection) as asked:
                assert client.get(listing.address).status_code == 200, listing
            # Which parts a name finds is chance in a small crowd: test_search pins those by rows.
            if not listing.name.startswith("search"):
                counts[listing.name] = len(asked)
        transaction.set_rollback(True)
    return counts


def test_no_list_asks_more_queries_of_a_larger_crowd(monkeypatch):
    # Whether a card was drawn for somebody a second ago must not decide what this list asks.
    monkeypatch.setattr(home, "CARD_KEPT_S", -1.0)
    small = queries(people=100, spaces=100)

    large = queries(people=300, spaces=300)

    assert {name: (small[name], large[name]) for name in small if large[name] > small[name]} == {}
