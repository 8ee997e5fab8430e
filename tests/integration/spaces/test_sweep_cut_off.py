"""A sweep whose process dies in the middle of it is done by the next."""

import time

import pytest
from django.db import connection as database
from django.db import transaction

from config.news import connection
from spaces import tasks
from spaces.live import absence
from spaces.models import Space
from tests.stack import Stack

SWEEP = "from spaces import tasks; tasks.sweep_absent()"
WITHIN_S = 30


@pytest.fixture
def sweeper(transactional_db, services):
    """A process that sweeps once."""
    stack = Stack(services.redis_url)
    yield stack.run("sweep", "manage.py", "shell", "--no-imports", "-c", SWEEP)
    stack.stop()


@pytest.fixture
def lost_space(space, redis_server):
    absence.look(connection(), space, now=time.time() - 60)
    return space


def wait_for_a_waiting_lock():
    deadline = time.monotonic() + WITHIN_S
    while True:
        with database.cursor() as cursor:
            # This database's alone, seen anew: a transaction keeps what it saw first.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] > 0:
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_next_sweep_does_what_a_killed_one_did_not(lost_space, sweeper):
    with transaction.atomic():
        Space.objects.select_for_update().get(pk=lost_space.pk)
        wait_for_a_waiting_lock()
        sweeper.kill()
    lost_space.refresh_from_db()
    was_away = lost_space.host_away_since is not None

    tasks.sweep_absent()

    lost_space.refresh_from_db()
    assert (was_away, lost_space.host_away_since is not None) == (False, True)
