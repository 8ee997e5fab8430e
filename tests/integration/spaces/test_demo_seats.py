"""Where the demo host speaks, and how she comes back after a visitor left her muted."""

import time

import pytest

from config import news
from spaces.live import presence
from spaces.management.commands import rundemovoice
from spaces.models import Participant

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(space, redis_server, monkeypatch):
    monkeypatch.setattr(rundemovoice, "LEFT_ALONE_S", 0.0)
    # It runs on a thread of its own, where this gives a connection back; here it is the test's.
    monkeypatch.setattr(rundemovoice, "close_old_connections", lambda: None)
    return space.participants.get(role=Participant.Role.HOST)


def test_host_left_muted_and_alone_is_opened_again(host):
    seats = rundemovoice.Seats().look()

    host.refresh_from_db()
    assert host.is_open
    assert {seat.person for seat in seats} == {str(host.public_id)}


def test_host_whose_page_is_open_stays_muted(host):
    pipeline = news.connection().pipeline()
    person = presence.signed_in(host.user_id)
    presence.add(pipeline, str(host.space.public_id), [person], now=time.time())
    pipeline.execute()

    seats = rundemovoice.Seats().look()

    host.refresh_from_db()
    assert not host.is_open
    assert seats == set()
